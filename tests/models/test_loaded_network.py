from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.loaded_network import LoadedNetwork, PretrainedNetwork
from cnnviz.models.pretrained import PRETRAINED

ROWS = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


def test_the_input_of_a_padded_network_is_worked_out_by_hand() -> None:
    row = CATALOG["lenet5"]
    pixels = np.zeros((1, 28, 28), np.uint8)
    pixels[0, 3, 5] = 255
    x = LoadedNetwork(torch.nn.Identity(), row).input(pixels)
    black, white = (0 - 0.1307) / 0.3081, (1 - 0.1307) / 0.3081
    expected = torch.full((1, 1, 32, 32), black)
    expected[0, 0, 5, 7] = white  # two rows and columns of black before the digit
    assert torch.allclose(x, expected, atol=1e-6)


def test_a_batch_is_prepared_as_its_images_are_one_by_one_and_stays_as_it_is() -> None:
    network = LoadedNetwork(torch.nn.Identity(), CATALOG["vit"])
    pixels = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 28), np.uint8)
    before = pixels.copy()
    x = network.input(pixels)
    assert torch.equal(x, torch.cat([network.input(image) for image in pixels]))
    assert torch.equal(x, network.input(torch.from_numpy(pixels)))
    assert (pixels == before).all()


def test_images_larger_than_the_input_are_refused() -> None:
    network = LoadedNetwork(torch.nn.Identity(), CATALOG["mnist_cnn"])
    with pytest.raises(ValueError, match="images must have at most 28 pixels a side, got 32"):
        network.input(np.zeros((1, 32, 32), np.uint8))


@ROWS
def test_a_copy_has_modules_of_its_own_at_rest_and_the_same_weights(row: Architecture) -> None:
    network = LoadedNetwork(row.build().train(), row)
    copy = network.copy()
    assert copy.architecture is row
    assert not any(module.training for module in copy.model.modules())
    assert all(module.training for module in network.model.modules())
    shared = {id(module) for module in network.model.modules()}
    assert not any(id(module) in shared for module in copy.model.modules())
    weights = dict(network.model.named_parameters())
    assert all(weights[name] is weight for name, weight in copy.model.named_parameters())


@pytest.mark.parametrize(
    ("module", "row_says_last", "last"),
    [
        (nn.Conv2d(1, 1, 1), True, False),
        (nn.Linear(1, 1), False, True),
        (nn.GELU(), True, True),
        (nn.GELU(), False, False),
    ],
    ids=str,
)
def test_maps_depend_on_the_kind_of_layer_before_the_row(
    module: nn.Module, row_says_last: bool, last: bool
) -> None:
    maps = torch.arange(12.0).reshape(1, 2, 2, 3)  # (1, C, H, W)
    output = torch.einsum("nchw->nhwc", maps) if last else maps
    digits = replace(CATALOG["lenet5"], nhwc=row_says_last)
    photographs = replace(PRETRAINED["resnet18"], nhwc=row_says_last)
    model = nn.Sequential(module)
    for network in (LoadedNetwork(model, digits), PretrainedNetwork(model, photographs)):
        assert network.nhwc("0") is last
        assert torch.equal(network.maps("0", output), maps)
        layout = network.layout("0", tuple(output.shape))
        assert layout is not None
        assert layout.grid == (2, 3)
