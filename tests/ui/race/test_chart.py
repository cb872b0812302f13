"""Colors of the networks in a race."""

import itertools

from cnnviz.ui.race.chart import network_colors
from cnnviz.ui.race.form import RACERS


def test_a_network_keeps_its_color_where_it_can() -> None:
    pairs = [["mnist_cnn", "lenet5"], ["lenet5", "vit"], ["vgg11", "lenet5", "swin"]]
    assert len({network_colors(pair)["lenet5"] for pair in pairs}) == 1
    for four in itertools.combinations(RACERS[::3], 4):
        assert len({*network_colors(four).values()}) == 4
