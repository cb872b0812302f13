"""Activations: a function of one number each, with the formula that says so."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Activated


@dataclass(frozen=True)
class Activation:
    """One activation function.

    Attributes:
        formula: in x; what is in braces is an attribute of the module.
        compute: the function, of the module and x.
        code: the same as PyTorch has it, in x.
    """

    formula: str
    compute: Callable[[Any, float], float]
    code: str


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _gelu(module: nn.GELU, x: float) -> float:
    if module.approximate == "tanh":
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * (1 + math.erf(x / math.sqrt(2))) / 2


ACTIVATIONS: Mapping[type[nn.Module], Activation] = {
    nn.ReLU: Activation("max(0, x)", lambda _, x: max(0.0, x), "relu(x)"),
    nn.ReLU6: Activation("min(max(0, x), 6)", lambda _, x: min(max(0.0, x), 6.0), "relu6(x)"),
    nn.LeakyReLU: Activation(
        "x if x > 0, else {negative_slope} · x",
        lambda m, x: x if x > 0 else m.negative_slope * x,
        "leaky_relu(x, {negative_slope})",
    ),
    nn.ELU: Activation(
        "x if x > 0, else {alpha} · (exp(x) - 1)",
        lambda m, x: x if x > 0 else m.alpha * math.expm1(x),
        "elu(x, {alpha})",
    ),
    nn.Sigmoid: Activation("1 / (1 + exp(-x))", lambda _, x: _sigmoid(x), "sigmoid(x)"),
    nn.Tanh: Activation("tanh(x)", lambda _, x: math.tanh(x), "tanh(x)"),
    nn.SiLU: Activation("x / (1 + exp(-x))", lambda _, x: x * _sigmoid(x), "silu(x)"),
    nn.GELU: Activation("x · Φ(x)", _gelu, "gelu(x, approximate={approximate!r})"),
    nn.Hardswish: Activation(
        "x · min(max(0, x + 3), 6) / 6",
        lambda _, x: x * min(max(0.0, x + 3), 6.0) / 6,
        "hardswish(x)",
    ),
    nn.Hardsigmoid: Activation(
        "min(max(0, x + 3), 6) / 6", lambda _, x: min(max(0.0, x + 3), 6.0) / 6, "hardsigmoid(x)"
    ),
}


def find(module: nn.Module) -> Activation | None:
    """Return the function that a module applies to each number by itself, if it is known."""
    return next((ACTIVATIONS[kind] for kind in type(module).__mro__ if kind in ACTIVATIONS), None)


def formula(module: nn.Module) -> str:
    """Return the formula of an activation of the table in x, its parameters filled in."""
    return _known(module).formula.format(**vars(module))


def code(module: nn.Module) -> str:
    """Return an activation of the table as a call of `torch.nn.functional`, `F`, with x."""
    return f"F.{_known(module).code.format(**vars(module))}"


def apply(
    module: nn.Module, x: float, *, layer: str, unit: Unit, index: tuple[int, ...], tensor: float
) -> Activated:
    """Return an activation of the table, of one number."""
    return Activated(
        layer=layer,
        kind=type(module).__name__,
        unit=unit,
        index=index,
        value=_known(module).compute(module, x),
        tensor=tensor,
        input=x,
        formula=formula(module),
    )


def activation(run: LayerRun, unit: Unit) -> Activated:
    """Work out a unit of an activation layer."""
    x = float(run.inputs[unit.channel, unit.row, unit.column].item())
    index = run.index(unit)
    tensor = float(run.output[index].item())
    return apply(run.module, x, layer=run.name, unit=unit, index=index, tensor=tensor)


def _known(module: nn.Module) -> Activation:
    found = find(module)
    if found is None:
        raise KeyError(f"{type(module).__name__} is no activation of the table")
    return found
