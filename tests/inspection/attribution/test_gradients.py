"""Gradient methods: linear networks by hand, and the axiom of completeness on real ones."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.attribution import gradients
from cnnviz.inspection.attribution.grad_cam_layers import default_layer, grad_cam_layers
from cnnviz.inspection.attribution.methods import explain
from cnnviz.inspection.attribution.question import Question, Target
from cnnviz.models.catalog import architecture
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.attribution.shipped_networks import available
from tests.inspection.attribution.small_networks import PICTURE, WEIGHTS, Ink, linear, to


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (gradients.saliency, [[1.0, 2.0], [0.0, 4.0]]),
        (gradients.gradient_times_input, [[1.0, -1.0], [0.0, 0.0]]),
        (gradients.integrated_gradients, [[1.0, -1.0], [0.0, 0.0]]),
    ],
)
def test_maps_of_a_linear_network_are_its_weights(
    method: Callable[[Question, Tensor], Tensor], expected: list[list[float]]
) -> None:
    question = to(linear(WEIGHTS, 2, bias=7.0), 2, Target(0))
    assert torch.allclose(method(question, PICTURE), torch.tensor(expected), atol=1e-5)


def test_a_contrast_explains_the_difference_of_two_logits() -> None:
    question = to(linear(WEIGHTS, 2), 2, Target(0, 1))
    found = gradients.saliency(question, PICTURE)
    assert torch.allclose(found, torch.tensor([[2.0, 2.0], [0.0, 5.0]]), atol=1e-5)
    assert str(question.target) == "logit of 0 − logit of 1"
    assert str(Target(4)) == "logit of 4"


def test_what_only_a_dead_unit_sees_has_no_gradient() -> None:
    first = nn.Linear(4, 2)
    first.weight.data = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]])
    first.bias.data = torch.tensor([0.0, -9.0])  # the second never wakes
    model = nn.Sequential(Ink(), nn.Flatten(), first, nn.ReLU(inplace=True), nn.Linear(2, 3))
    for method in (
        gradients.saliency,
        gradients.gradient_times_input,
        gradients.integrated_gradients,
    ):
        found = method(to(model, 2, Target(1)), torch.ones(1, 2, 2))
        assert found[:, 0].ne(0).all()
        assert found[:, 1].eq(0).all()


@pytest.mark.parametrize("key", ["resnet8", "sprint_cnn", "crossvit", "lenet5"])
def test_integrated_gradients_add_up_to_the_score(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradients, "INTEGRATION_STEPS", 1000)
    row, model = architecture(key), available(key)
    network = LoadedNetwork(model, row)
    layer = default_layer(grad_cam_layers(network))[0].layer
    for index in (0, 389):
        pixels = load_digits("embedded").test_images[index]
        found = explain(network, pixels, Target(0, 8), layer=layer)
        whole = found.score - found.blank
        assert abs(found.missing) < 0.05
        assert found.maps["integrated_gradients"].sum() == pytest.approx(whole + found.missing)
