import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.photographs import Photograph, photograph
from cnnviz.inspection.activations.forward_pass import FeatureMaps
from cnnviz.inspection.photographs.layer_response import (
    LayerResponse,
    PhotographResponse,
    color_filters,
    most_probable,
    normalized_crop,
    photograph_response,
)
from cnnviz.inspection.photographs.transformations import CHANGES
from cnnviz.models.loaded_network import PretrainedNetwork
from cnnviz.models.pretrained import PRETRAINED, Pretrained, categories, load_pretrained

LITE = PRETRAINED["efficientnet_lite0"]
SIZES = {  # early, middle, late: channels, rows and columns, from the papers and the strides
    "efficientnet_lite0": ((16, 112, 112), (40, 28, 28), (320, 7, 7)),
    "resnet18": ((64, 112, 112), (64, 56, 56), (512, 7, 7)),
    "mobilenet_v2": ((32, 112, 112), (24, 56, 56), (1280, 7, 7)),
    "densenet121": ((64, 112, 112), (256, 56, 56), (1024, 7, 7)),
    "swin_t": ((96, 56, 56), (384, 14, 14), (768, 7, 7)),
    "vit_b_16": ((768, 14, 14), (768, 14, 14), (768, 14, 14)),
}


@pytest.fixture(scope="module")
def lite() -> nn.Module:
    return load_pretrained(LITE)


def noise(height: int = 240, width: int = 320) -> Photograph:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Photograph(pixels, "Noise")


@pytest.mark.parametrize(
    ("key", "name", "probability"), [("flower", "daisy", 0.32), ("china", "palace", 0.30)]
)
def test_it_names_what_is_on_the_photographs(
    lite: nn.Module, key: str, name: str, probability: float
) -> None:
    found = photograph_response(PretrainedNetwork(lite, LITE), photograph(key))
    assert found.best[0].name == name
    assert found.best[0].probability == pytest.approx(probability, abs=0.02)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert len(found.best) == 5


@pytest.mark.parametrize("key", SIZES)
def test_every_kind_of_network_gives_maps(key: str) -> None:
    row = PRETRAINED[key]
    network = row.build().to_empty(device="cpu")
    for tensor in (*network.parameters(), *network.buffers()):
        tensor.zero_()  # what lies in empty memory may be NaN
    found = photograph_response(PretrainedNetwork(network, row), noise())
    assert tuple(layer.maps.values.shape for layer in found.layers) == SIZES[key]


def test_the_first_maps_are_those_of_the_network_itself(lite: nn.Module) -> None:
    found = photograph_response(PretrainedNetwork(lite, LITE), noise(), {"stem": "conv_stem"})
    x = normalized_crop(found.pixels, LITE)
    assert torch.allclose(x, torch.tensor(found.pixels).permute(2, 0, 1)[None] / 127.5 - 1)
    expected = lite.get_submodule("conv_stem")(x)[0].detach().numpy()
    (stem,) = found.layers
    assert (stem.maps.role, stem.maps.layer) == ("stem", "conv_stem")
    assert stem.maps.values == pytest.approx(expected, abs=1e-4)


def test_the_strongest_channel_has_the_value_farthest_from_zero(lite: nn.Module) -> None:
    early = photograph_response(PretrainedNetwork(lite, LITE), photograph("china")).layers[0]
    most = np.abs(early.maps.values).max(axis=(1, 2))
    assert sorted(early.strongest) == list(range(16))
    assert (np.diff(most[list(early.strongest)]) <= 0).all()
    assert early.strongest[0] == early.maps.peak[0]


def test_a_coarse_layer_is_not_said_to_answer_to_a_color(lite: nn.Module) -> None:
    found = photograph_response(PretrainedNetwork(lite, LITE), photograph("flower"))
    assert [len(layer.nearest) for layer in found.layers] == [16, 40, 0]


def symmetric() -> Photograph:
    left = np.random.default_rng(0).integers(0, 256, (224, 112, 1), np.uint8).repeat(3, axis=2)
    return Photograph(np.concatenate([left, left[:, ::-1]], axis=1), "A gray, symmetric picture")


def test_a_change_that_changes_nothing_leaves_the_maps_alone(lite: nn.Module) -> None:
    """Gray stays gray; and a symmetric picture mirrored is the same, its maps not yet mirrored."""
    same = photograph_response(PretrainedNetwork(lite, LITE), symmetric())
    for layer in same.layers:
        assert layer.agreement["gray"] == pytest.approx(1, abs=1e-3)
        assert set(layer.agreement) == set(CHANGES)


def test_late_maps_turn_with_the_photograph_more_than_early_ones(lite: nn.Module) -> None:
    for key in ("flower", "china"):
        found = photograph_response(PretrainedNetwork(lite, LITE), photograph(key))
        early, middle, late = (np.median(layer.agreement["mirror"]) for layer in found.layers)
        assert early < middle < late


def test_the_median_agreement_is_the_middle_channels() -> None:
    values = np.zeros((4, 1, 1), np.float32)
    maps = FeatureMaps("early", "relu1", "ReLU", values, np.zeros(4, np.float32))
    agreement = {"mirror": np.array([0.9, -0.5, 0.2, 0.4], np.float32)}
    layer = LayerResponse(maps, strongest=(0,), nearest=(), agreement=agreement)
    assert layer.median_agreement("mirror") == pytest.approx(0.3)  # between 0.2 and 0.4


def test_the_model_is_not_touched(lite: nn.Module) -> None:
    photograph_response(PretrainedNetwork(lite, LITE), noise())
    assert not any(module._forward_hooks for module in lite.modules())


def test_an_unknown_layer_is_refused(lite: nn.Module) -> None:
    with pytest.raises(ValueError, match=r"layer must be one of .*, got 'relu9'"):
        photograph_response(PretrainedNetwork(lite, LITE), noise(), {"early": "relu9"})


def test_the_best_come_first_and_bear_imagenets_names() -> None:
    assert len(categories()) == 1000
    probabilities = np.zeros(1000, np.float32)
    probabilities[[985, 0, 999]] = 0.5, 0.3, 0.2
    found = most_probable(probabilities, 3)
    assert [answer.name for answer in found] == ["daisy", "tench", "toilet tissue"]
    assert [answer.probability for answer in found] == pytest.approx([0.5, 0.3, 0.2])


@pytest.mark.parametrize("row", PRETRAINED.values(), ids=PRETRAINED)
def test_the_first_filters_see_three_colors(row: Pretrained) -> None:
    network = row.build()
    first = next(m for m in network.modules() if isinstance(m, nn.Conv2d))
    assert first.weight.shape[1] == 3


def test_filters_are_the_first_convolutions(lite: nn.Module) -> None:
    found = color_filters(lite)
    assert found is not None
    assert found.shape == (32, 3, 3, 3)
    assert color_filters(nn.Sequential(nn.Conv2d(1, 2, 3))) is None


def test_a_sight_holds_what_the_network_received(lite: nn.Module) -> None:
    response: PhotographResponse = photograph_response(
        PretrainedNetwork(lite, LITE), noise(427, 640)
    )
    assert response.pixels.shape == (224, 224, 3)
