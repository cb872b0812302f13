"""Which layers Grad-CAM offers, and which it proposes."""

import pytest

from cnnviz.inspection.attribution.grad_cam_layers import (
    GradCamLayer,
    default_layer,
    grad_cam_layers,
)
from cnnviz.models.catalog import architecture
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.attribution.shipped_networks import available, jittered


@pytest.mark.parametrize("key", ["vit", "convit", "t2t_vit"])
def test_the_last_block_of_a_class_token_network_is_not_offered(key: str) -> None:
    row, model = architecture(key), jittered(key)
    network = LoadedNetwork(model, row)
    names = [place.layer for place in grad_cam_layers(network)]
    last = f"blocks.{len(model.blocks) - 1}"
    assert last not in names
    assert "norm" not in names
    assert default_layer(grad_cam_layers(network))[0].layer == f"blocks.{len(model.blocks) - 2}"


@pytest.mark.parametrize(
    ("key", "layer", "grid"),
    [
        ("mnist_cnn", "pool2", (7, 7)),
        ("lenet5", "s4", (5, 5)),  # what follows has one cell
        ("resnet20", "layer3", (7, 7)),
        ("vgg16", "relu4_3", (4, 4)),  # what follows has 2 × 2 cells
    ],
)
def test_the_last_layer_that_still_tells_where_is_proposed(
    key: str, layer: str, grid: tuple[int, int]
) -> None:
    best, reason = default_layer(grad_cam_layers(LoadedNetwork(available(key), architecture(key))))
    assert best == GradCamLayer(layer, grid)
    assert f"{grid[0]} × {grid[1]} positions" in reason


def test_without_four_cells_the_finest_layer_is_proposed() -> None:
    best, reason = default_layer((GradCamLayer("a", (3, 3)), GradCamLayer("b", (2, 2))))
    assert best.layer == "a"
    assert reason == "no layer has 4 × 4 positions; this one has most, 3 × 3 positions"
    with pytest.raises(
        ValueError, match="network must have a layer with several positions, got none"
    ):
        default_layer(())
