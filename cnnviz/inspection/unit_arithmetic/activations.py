"""Activation functions of one number, with their formulas."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Activated


@dataclass(frozen=True)
class ActivationFunction:
    """One activation function.

    Attributes:
        formula: in x; names in braces are attributes of the module.
        compute: the function of the module and x.
        code: the call in `torch.nn.functional`, in x; braces as in `formula`.
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


ACTIVATION_RULES: Mapping[type[nn.Module], ActivationFunction] = {
    nn.ReLU: ActivationFunction("max(0, x)", lambda _, x: max(0.0, x), "relu(x)"),
    nn.ReLU6: ActivationFunction(
        "min(max(0, x), 6)", lambda _, x: min(max(0.0, x), 6.0), "relu6(x)"
    ),
    nn.LeakyReLU: ActivationFunction(
        "x if x > 0, else {negative_slope} · x",
        lambda m, x: x if x > 0 else m.negative_slope * x,
        "leaky_relu(x, {negative_slope})",
    ),
    nn.ELU: ActivationFunction(
        "x if x > 0, else {alpha} · (exp(x) - 1)",
        lambda m, x: x if x > 0 else m.alpha * math.expm1(x),
        "elu(x, {alpha})",
    ),
    nn.Sigmoid: ActivationFunction("1 / (1 + exp(-x))", lambda _, x: _sigmoid(x), "sigmoid(x)"),
    nn.Tanh: ActivationFunction("tanh(x)", lambda _, x: math.tanh(x), "tanh(x)"),
    nn.SiLU: ActivationFunction("x / (1 + exp(-x))", lambda _, x: x * _sigmoid(x), "silu(x)"),
    nn.GELU: ActivationFunction("x · Φ(x)", _gelu, "gelu(x, approximate={approximate!r})"),
    nn.Hardswish: ActivationFunction(
        "x · min(max(0, x + 3), 6) / 6",
        lambda _, x: x * min(max(0.0, x + 3), 6.0) / 6,
        "hardswish(x)",
    ),
    nn.Hardsigmoid: ActivationFunction(
        "min(max(0, x + 3), 6) / 6", lambda _, x: min(max(0.0, x + 3), 6.0) / 6, "hardsigmoid(x)"
    ),
}


def find(module: nn.Module) -> ActivationFunction | None:
    """Return a module's activation function; None if it is not in `ACTIVATION_RULES`."""
    return next(
        (ACTIVATION_RULES[kind] for kind in type(module).__mro__ if kind in ACTIVATION_RULES), None
    )


def formula(module: nn.Module) -> str:
    """Return the formula of an activation module in x, with its parameters filled in."""
    return _function(module).formula.format(**vars(module))


def code(module: nn.Module) -> str:
    """Return an activation module as a call of `F`, `torch.nn.functional`, with x."""
    return f"F.{_function(module).code.format(**vars(module))}"


def apply(
    module: nn.Module, x: float, *, layer: str, unit: Unit, index: tuple[int, ...], tensor: float
) -> Activated:
    """Return an activation module applied to one number; other arguments as in `UnitResult`."""
    return Activated(
        layer=layer,
        kind=type(module).__name__,
        unit=unit,
        index=index,
        value=_function(module).compute(module, x),
        tensor=tensor,
        input=x,
        formula=formula(module),
    )


def activation(run: LayerRun, unit: Unit) -> Activated:
    """Return the arithmetic of a unit of an activation layer."""
    x = float(run.inputs[unit.channel, unit.row, unit.column].item())
    index = run.index(unit)
    tensor = float(run.output[index].item())
    return apply(run.module, x, layer=run.name, unit=unit, index=index, tensor=tensor)


def _function(module: nn.Module) -> ActivationFunction:
    function = find(module)
    if function is None:
        kinds = ", ".join(kind.__name__ for kind in ACTIVATION_RULES)
        raise ValueError(f"activation must be one of {kinds}, got {type(module).__name__}")
    return function
