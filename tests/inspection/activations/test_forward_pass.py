import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.forward_pass import (
    FeatureMaps,
    ForwardPass,
    forward_pass,
    likeness,
)
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork

ROWS = pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)


def maps(values: list[list[list[float]]]) -> FeatureMaps:
    array = np.array(values, np.float32)
    return FeatureMaps("early", "relu1", "ReLU", array, np.zeros(len(array), np.float32))


@ROWS
def test_the_answer_is_the_networks(row: Architecture) -> None:
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    digit = load_digits("embedded").test_images[7]
    found = forward_pass(network, digit)
    scores = logits(model, torch.from_numpy(digit)[None], size=row.input_size)
    assert found.probabilities == pytest.approx(scores.softmax(dim=1)[0].numpy(), abs=1e-6)
    assert [m.layer for m in found.maps] == [row.early, row.middle, row.late]
    assert all(m.values.ndim == 3 and m.values.dtype == np.float32 for m in found.maps)


def test_classes_are_ranked_by_probability() -> None:
    assert ForwardPass((), np.array([0.2, 0.5, 0.3, 0.0], np.float32)).ranking == [1, 2, 0, 3]
    assert ForwardPass((), np.array([0.25, 0.5, 0.25], np.float32)).ranking == [1, 0, 2]


@ROWS
def test_the_model_is_not_touched(row: Architecture) -> None:
    model = row.build().train()
    network = LoadedNetwork(model, row)
    forward_pass(network, load_digits("embedded").test_images[0])
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks for module in model.modules())


def test_the_first_maps_equal_the_convolution_done_by_itself() -> None:
    row = CATALOG["mnist_cnn"]
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    digit = load_digits("embedded").test_images[3]
    x = (torch.from_numpy(digit)[None] / 255 - 0.1307) / 0.3081
    first = model.get_submodule("conv1")
    assert isinstance(first, nn.Conv2d)
    expected = nn.functional.conv2d(x, first.weight, first.bias, padding=1).clamp(min=0)[0]
    found = forward_pass(network, digit).maps[0].values
    assert found == pytest.approx(expected.detach().numpy(), abs=1e-5)


def test_a_map_of_the_ink_has_correlation_one_and_its_negative_minus_one() -> None:
    image = torch.rand(1, 4, 4)
    found = likeness(torch.cat([3 * image + 1, -image, torch.ones(1, 4, 4)]), image)
    assert found.tolist() == pytest.approx([1, -1, 0], abs=1e-5)


def test_likeness_compares_on_the_maps_own_grid() -> None:
    image = torch.tensor([[[1.0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 2, 2], [0, 0, 2, 2]]])
    coarse = torch.tensor([[[1.0, 0], [0, 2]]])
    assert likeness(coarse, image).tolist() == pytest.approx([1])


def test_a_map_of_one_value_has_no_likeness() -> None:
    assert likeness(torch.rand(3, 1, 1), torch.rand(1, 28, 28)).tolist() == [0, 0, 0]


def test_the_peak_is_the_value_farthest_from_zero() -> None:
    assert maps([[[0, 1], [2, 0]], [[0, 0], [-5, 1]]]).peak == (1, 1, 0)


def test_silent_channels_are_zero_everywhere() -> None:
    assert maps([[[0, 0]], [[0, 1]], [[0, 0]]]).silent == {0, 2}
