"""What the chart of a race is sent, on histories written down by hand."""

import itertools
from typing import Any

import numpy as np
import pytest

from cnnviz.training.race.standings import learning_curves, race_standings
from cnnviz.ui.race.chart import _learning_curves, _tests, network_colors
from cnnviz.ui.race.form import RACERS
from tests.training.race.tracks import history, interval


def test_bands_share_a_grid_on_every_axis() -> None:
    one = learning_curves(history([interval(s) for s in (1, 2, 3)], []), batch_size=10, digits=100)
    other = learning_curves(
        history([interval(s, accuracy=1.0, seconds=s / 5) for s in (1, 2)], []),
        batch_size=10,
        digits=100,
    )
    way = _learning_curves([one, other], 1_000_000)
    assert len({len(values) for values in way.values()}) == 1
    assert (way["digits"][0], way["digits"][-1]) == (10, 20)  # as far as both have come
    assert (way["steps"][0], way["steps"][-1]) == (1, 2)
    # after 20 digits: 0.2 s and 0.4 s; after 10: 0.1 s and 0.2 s
    assert way["seconds"][[0, -1]] == pytest.approx([0.15, 0.3])
    # 3 x a million x 20 digits
    assert way["GMAC"][-1] == pytest.approx(0.06)
    assert {*way["accuracy"]} == {0.75}
    assert {*way["accuracy_low"]} == {0.5}
    assert {*way["accuracy_high"]} == {1.0}


def test_tests_are_drawn_after_the_passes_that_all_have_done() -> None:
    def tested(*accuracies: float, pace: float) -> Any:
        epochs = [
            {"step": 10 * (n + 1), "seconds": pace * (n + 1), "test_accuracy": a}
            for n, a in enumerate(accuracies)
        ]
        return learning_curves(history([interval(10)], epochs), batch_size=10, digits=100)

    drawn = _tests([tested(0.5, 0.7, pace=1.0), tested(0.9, pace=3.0)], 1, 1)
    assert drawn["digits"].tolist() == [100]
    assert drawn["seconds"].tolist() == [2]  # the median
    assert [drawn[name].tolist() for name in ("test", "test_low", "test_high")] == [
        [pytest.approx(0.7)],
        [pytest.approx(0.5)],
        [pytest.approx(0.9)],
    ]
    # others have done one pass only: bubbles are compared there
    further = _tests([tested(0.5, 0.7, pace=1.0)], 1, 1)
    assert further["test"].tolist() == pytest.approx([0.5, 0.7])
    assert further["compared"].tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    assert all(len(values) == 0 for values in _tests([], 1, 0).values())


def test_curves_and_bubbles_end_at_the_figures_of_the_table() -> None:
    ways = [(2, 4), (3, 4), (7, 4), (5, 3)]  # paces, intervals
    tracks = [
        learning_curves(
            history(
                [interval(s, accuracy=0.1 * s + 0.01 * p, seconds=p * s) for s in range(1, n)], []
            ),
            batch_size=10,
            digits=1000,
        )
        for p, n in ways
    ]
    [row] = race_standings({"lenet5": tracks}, over=True)
    way = _learning_curves(tracks, 1)
    assert row.accuracy is not None
    assert row.seconds is not None
    assert way["accuracy"][-1] == pytest.approx(row.accuracy.middle)
    assert (way["accuracy_low"][-1], way["accuracy_high"][-1]) == pytest.approx(
        (row.accuracy.low, row.accuracy.high)
    )
    # the slowest to come has seen 20 digits: after two intervals of 2, 3, 7 and 5 s
    assert way["seconds"][-1] == pytest.approx(row.seconds.middle) == pytest.approx(8)


def test_a_network_keeps_its_color_where_it_can() -> None:
    pairs = [["mnist_cnn", "lenet5"], ["lenet5", "vit"], ["vgg11", "lenet5", "swin"]]
    assert len({network_colors(pair)["lenet5"] for pair in pairs}) == 1
    for four in itertools.combinations(RACERS[::3], 4):
        assert len({*network_colors(four).values()}) == 4
