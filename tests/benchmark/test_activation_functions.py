from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from cnnviz.benchmark import activation_functions
from cnnviz.benchmark.activation_functions import activation_costs
from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize, to_unit_range

DIGITS = load_digits("embedded")
PIXELS = torch.from_numpy(DIGITS.test_images[:8])
LABELS = torch.from_numpy(DIGITS.test_labels[:8])


def test_gradients_are_those_of_the_chain_rule_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation_functions, "milliseconds", lambda _: 0.0)
    costs = activation_costs(1, PIXELS, LABELS, initialization="PyTorch")
    torch.manual_seed(0)  # the same weights, drawn in the same order
    stem = torch.nn.Conv2d(1, 16, 3, stride=2, padding=1)
    layer = torch.nn.Conv2d(16, 16, 3, padding=1)
    head = torch.nn.Linear(16, 10)
    slopes: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "ReLU": lambda y: (y > 0).float(),
        "tanh": lambda y: 1 - y**2,
        "sigmoid": lambda y: y * (1 - y),
    }
    functions = {"ReLU": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
    with torch.no_grad():
        x = normalize(to_unit_range(PIXELS), size=28)  # (N, 1, 28, 28)
        for name, function in functions.items():
            before = function(stem(x))  # (N, 16, 14, 14)
            after = function(layer(before))  # (N, 16, 14, 14)
            logits = head(after.mean(dim=(2, 3)))  # (N, 10)
            error = (logits.softmax(1) - F.one_hot(LABELS, 10)) / len(LABELS)
            pooled = (error @ head.weight)[:, :, None, None] / (14 * 14)
            delta = pooled * slopes[name](after)
            of_layer = torch.nn.grad.conv2d_weight(before, layer.weight.shape, delta, padding=1)
            back = torch.nn.grad.conv2d_input(before.shape, layer.weight, delta, padding=1)
            of_stem = torch.nn.grad.conv2d_weight(
                x, stem.weight.shape, back * slopes[name](before), stride=2, padding=1
            )
            expected = [float(of_stem.norm()), float(of_layer.norm())]
            assert costs[name].gradient_norms == pytest.approx(expected, rel=1e-4)


def test_a_timed_step_is_a_forward_and_a_backward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []

    def once(call: Callable[[], list[float]]) -> float:
        steps.append(call())
        return 3.0

    monkeypatch.setattr(activation_functions, "milliseconds", once)
    costs = activation_costs(2, PIXELS, LABELS, initialization="He")
    assert [cost.gradient_norms for cost in costs.values()] == steps
    assert {cost.milliseconds for cost in costs.values()} == {3.0}
    assert [len(norms) for norms in steps] == [3, 3, 3]


def test_measuring_leaves_the_random_state_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation_functions, "milliseconds", lambda _: 0.0)
    state = torch.random.get_rng_state()
    activation_costs(1, PIXELS, LABELS, initialization="He")
    assert torch.equal(torch.random.get_rng_state(), state)
