import math
from dataclasses import replace

import pytest

from cnnviz.comparison.layer_matching import (
    DEPTH_MEASURES,
    LayerDepth,
    is_near,
    layer_depths,
    match_layer,
)
from cnnviz.inspection.activations.map_layers import MapLayer, map_layers
from cnnviz.inspection.receptive_field.fields import receptive_fields
from cnnviz.models.catalog import CATALOG, of_task
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.summary import network_structure

ROWS = of_task("classify")


def level(name: str, done: int, side: int, field: int) -> LayerDepth:
    layer = MapLayer(name, "Conv2d", "", 4, (side, side), 1)
    return LayerDepth(layer, done, 4, field)


# conv, its activation, its pooling, conv, its activation
FIVE = (
    level("conv1", 1, 28, 3),
    level("relu1", 1, 28, 3),
    level("pool1", 1, 14, 4),
    level("conv2", 2, 14, 8),
    level("relu2", 2, 14, 8),
)


def of_row(key: str) -> tuple[LayerDepth, ...]:
    row = CATALOG[key]
    model = row.build()
    network = LoadedNetwork(model, row)
    fields = receptive_fields(network, (1, row.input_size, row.input_size))
    return layer_depths(map_layers(network), network_structure(row, published=False).count, fields)


@pytest.mark.parametrize(
    ("measure", "wanted", "name"),
    [
        ("share", 0, "relu1"),  # conv1, relu1 and pool1 lie at 25%: the finest maps, the last
        ("share", 37, "relu1"),  # 12 points away, relu2 13
        ("share", 38, "relu2"),
        ("share", 100, "relu2"),
        ("size", 28, "relu1"),
        ("size", 20, "relu1"),  # 28/20 is less than 20/14
        ("size", 19, "relu2"),  # 19/14 is less than 28/19
        ("size", 1, "relu2"),
        ("field", 3, "relu1"),
        ("field", 4, "pool1"),
        ("field", 6, "relu2"),  # 8/6 is less than 6/4
        ("field", 5, "pool1"),  # 5/4 is less than 8/5
    ],
)
def test_the_match_layer_worked_out_by_hand(measure: str, wanted: float, name: str) -> None:
    assert match_layer(FIVE, measure, wanted).layer.name == name


def test_values_of_a_level() -> None:
    values = {key: measure.value(FIVE[-1]) for key, measure in DEPTH_MEASURES.items()}
    assert values == {"share": 50, "size": 14, "field": 8}
    tall = replace(FIVE[0], layer=replace(FIVE[0].layer, grid=(7, 3)))
    assert tall.side == 7
    assert DEPTH_MEASURES["size"].distance(7, 14) == DEPTH_MEASURES["size"].distance(28, 14)
    assert DEPTH_MEASURES["field"].distance(10, 20) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("measure", "wanted", "near"),
    [
        ("share", 40, True),  # relu2 lies at 50%
        ("share", 39, False),
        ("size", 14, True),
        ("size", 15, False),
        ("field", 7, True),  # 8 is at most 1.75 away from 7
        ("field", 10, True),
        ("field", 11, False),
        ("field", 6, False),
    ],
)
def test_a_layer_is_near_up_to_the_tolerance_of_the_measure(
    measure: str, wanted: float, near: bool
) -> None:
    assert is_near(FIVE[-1], measure, wanted) is near


def test_what_cannot_be_matched_is_refused() -> None:
    with pytest.raises(ValueError, match="measure must be one of share, size, field, got 'color'"):
        match_layer(FIVE, "color", 1)
    with pytest.raises(ValueError, match="measure must be one of share, size, field, got 'color'"):
        is_near(FIVE[0], "color", 1)
    with pytest.raises(ValueError, match="there must be a layer with maps"):
        match_layer((), "share", 50)


def test_half_of_the_depth_is_half_of_it_where_networks_have_maps_there() -> None:
    matches = {key: match_layer(of_row(key), "share", 50) for key in ("mnist_cnn", "resnet50")}
    assert [(share.done, share.total) for share in matches.values()] == [(2, 4), (27, 54)]
    assert matches["mnist_cnn"].layer.name == "relu2"


def test_a_size_is_met_by_maps_of_it() -> None:
    for key in ("mnist_cnn", "resnet50"):
        assert match_layer(of_row(key), "size", 7).layer.grid == (7, 7)
    assert match_layer(of_row("lenet5"), "size", 7).layer.grid == (5, 5)  # it has 10 and 5


def test_a_field_is_the_theoretical_one() -> None:
    # 5 x 5, then 2 x 2 pooled, then 5 x 5: 5, 6, 6 + 4 * 2 = 14
    match = match_layer(of_row("lenet5"), "field", 14)
    assert (match.layer.name, match.field) == ("tanh3", 14)


@pytest.mark.parametrize("key", ROWS)
def test_every_network_has_its_three_layers_among_its_levels(key: str) -> None:
    levels = of_row(key)
    assert {level.layer.role for level in levels} >= {"early", "middle", "late"}
    assert all(0 <= level.done <= level.total and level.field > 0 for level in levels)
    row = ROWS[key]
    assert max(level.side for level in levels) <= row.input_size
