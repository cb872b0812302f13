"""Activations at points that are known, and against PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnviz.inspection.unit_arithmetic import Unit, activations
from tests.inspection.unit_arithmetic.layers import CLOSE, ran


@pytest.mark.parametrize(
    ("module", "values"),
    [
        (nn.ReLU(), {-2.0: 0.0, 3.0: 3.0}),
        (nn.ReLU6(), {-2.0: 0.0, 3.0: 3.0, 9.0: 6.0}),
        (nn.LeakyReLU(0.1), {-2.0: -0.2, 3.0: 3.0}),
        (nn.Hardswish(), {-4.0: 0.0, 0.0: 0.0, 3.0: 3.0, -1.0: -1 / 3}),
        (nn.Hardsigmoid(), {-4.0: 0.0, 0.0: 0.5, 3.0: 1.0}),
        (nn.Sigmoid(), {0.0: 0.5}),
        (nn.Tanh(), {0.0: 0.0}),
        (nn.SiLU(), {0.0: 0.0}),
        (nn.GELU(), {0.0: 0.0}),
        (nn.ELU(), {0.0: 0.0, 2.0: 2.0}),
    ],
)
def test_an_activation_at_points_that_are_known(
    module: nn.Module, values: dict[float, float]
) -> None:
    run = ran(module, torch.tensor([list(values)]))
    found = [activations.activation(run, Unit(i)).value for i in range(len(values))]
    assert found == pytest.approx(list(values.values()))


@pytest.mark.parametrize("kind", [*activations.ACTIVATION_RULES, "tanh"])
def test_an_activation_is_pytorchs(kind: type[nn.Module] | str) -> None:
    module = nn.GELU("tanh") if isinstance(kind, str) else kind()
    x = torch.linspace(-8, 8, 65)[None]
    run = ran(module, x)
    for i in range(65):
        assert activations.activation(run, Unit(i)).difference < CLOSE
    expected = eval(activations.code(module), {"F": F, "x": x})  # the line that is shown
    assert torch.equal(expected, run.output)
    assert "{" not in activations.formula(module)
