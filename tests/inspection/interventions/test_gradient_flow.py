import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.inspection.interventions.gradient_flow import (
    ACTIVATION_FUNCTIONS,
    BLOCKS,
    Stack,
    digit_batch,
    first_layer_gradients,
    gradient_norms,
)


def few(count: int = 8) -> tuple[Tensor, Tensor]:
    digits = load_digits("embedded")
    step = len(digits.test_labels) // count
    chosen = slice(0, step * count, step)
    return torch.from_numpy(digits.test_images[chosen]), torch.from_numpy(
        digits.test_labels[chosen]
    )


@pytest.mark.parametrize("block", BLOCKS)
def test_norms_are_those_of_a_backward_pass(block: str) -> None:
    pixels, labels = few()
    model = Stack(3, block)
    norms = gradient_norms(model, pixels, labels)
    assert all(p.grad is None for p in model.parameters())
    F.cross_entropy(model(normalize(to_unit_range(pixels), size=28)), labels).backward()
    gradients = [p.grad for n, p in model.named_parameters() if n.endswith("weight")][:-1]
    assert norms == pytest.approx([float(g.norm()) for g in gradients if g is not None], rel=1e-5)
    assert len(norms) == 4


def test_a_residual_layer_is_the_lectures_formula() -> None:
    model = Stack(1, "residual")
    x = torch.randn(2, 1, 28, 28)
    inside = torch.relu(model.stem(x))
    expected = model.head(torch.relu(model.layers[0](inside) + inside).mean(dim=(2, 3)))
    torch.testing.assert_close(model(x), expected)


def test_a_dense_stack_hands_on_everything() -> None:
    model = Stack(5, "dense")
    assert [layer.in_channels for layer in model.layers] == [16, 20, 24, 28, 32]
    assert model.head.in_features == 36


def test_a_shortcut_carries_the_gradient_that_a_plain_stack_loses() -> None:
    pixels, labels = few()
    plain, residual = (
        first_layer_gradients(block, (2, 16), pixels, labels) for block in ("plain", "residual")
    )
    assert plain[1] < plain[0] / 1000
    assert residual[1] > residual[0] / 10


def test_he_initialization_keeps_a_plain_relu_stack_alive() -> None:
    pixels, labels = few()
    default, he = (
        first_layer_gradients("plain", (16,), pixels, labels, initialization=name)[0]
        for name in ("PyTorch", "He")
    )
    assert he > 100 * default
    weight = Stack(2, width=64, initialization="He").layers[0].weight
    assert float(weight.detach().std()) == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.02)


def test_measuring_leaves_the_random_state_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    first_layer_gradients("plain", (2,), *few())
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize("activation", ACTIVATION_FUNCTIONS)
def test_every_activation_gives_a_network(activation: str) -> None:
    assert Stack(2, activation=activation)(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_a_batch_holds_evenly_spaced_test_digits() -> None:
    pixels, labels = digit_batch(load_digits("embedded"), 8)
    expected_pixels, expected_labels = few(8)
    assert torch.equal(pixels, expected_pixels)
    assert torch.equal(labels, expected_labels)
    assert pixels.dtype == torch.uint8
