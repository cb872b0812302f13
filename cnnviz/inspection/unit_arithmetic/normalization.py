"""The arithmetic of batch norm and layer norm."""

import math
from typing import Any

import numpy as np
from torch import nn

from cnnviz.inspection.unit_arithmetic import activations
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Activated, Normalized, Numbers
from cnnviz.inspection.unit_arithmetic.weighted_sums import layer_and_unit


def batch_norm(run: LayerRun, unit: Unit) -> Normalized:
    """Return the arithmetic of a unit of a batch norm, with the activation it may apply itself."""
    module: Any = run.module
    return _normalized(
        run,
        unit,
        inputs=np.empty(0),
        mean=float(module.running_mean[unit.channel].item()),
        variance=float(module.running_var[unit.channel].item()),
    )


def layer_norm(run: LayerRun, unit: Unit) -> Normalized:
    """Return the arithmetic of a unit of a layer norm over the channels of one position.

    Raises:
        ValueError: if the layer normalizes over positions as well.
    """
    module: Any = run.module
    if len(module.normalized_shape) != 1:
        raise ValueError(
            f"{run.name} must normalize over channels alone, got shape {module.normalized_shape}"
        )
    inputs = run.inputs[:, unit.row, unit.column].double().numpy()  # (C,)
    return _normalized(
        run, unit, inputs=inputs, mean=float(inputs.mean()), variance=float(inputs.var())
    )


def own_activation(module: nn.Module) -> nn.Module | None:
    """Return the activation that a norm layer applies itself; None if it does not."""
    inside = getattr(module, "act", None)
    return inside if inside is not None and activations.find(inside) else None


def norm_parameters(module: Any, channels: list[int]) -> dict[str, Any]:
    """Return weight, bias, mean and variance of channels, one list each, and the number eps."""
    defaults = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    parameters = {
        name.replace("running_", "").replace("var", "variance"): [
            default if values is None else float(values[channel].item()) for channel in channels
        ]
        for name, default in defaults.items()
        for values in [getattr(module, name, None)]
    }
    return {**parameters, "eps": module.eps}


def _normalized(
    run: LayerRun, unit: Unit, *, inputs: Numbers, mean: float, variance: float
) -> Normalized:
    module: Any = run.module
    x = float(run.inputs[unit.channel, unit.row, unit.column].item())
    weight, bias = (
        default if values is None else float(values[unit.channel].item())
        for values, default in ((module.weight, 1.0), (module.bias, 0.0))
    )
    normalized = (x - mean) / math.sqrt(variance + module.eps)
    scaled = weight * normalized + bias
    identity = layer_and_unit(run, unit)
    inside: Activated | None = None
    if (act := own_activation(module)) is not None:
        arguments = {key: identity[key] for key in ("layer", "unit", "index", "tensor")}
        inside = activations.apply(act, scaled, **arguments)
    return Normalized(
        **identity,
        value=scaled if inside is None else inside.value,
        input=x,
        inputs=inputs,
        mean=mean,
        variance=variance,
        eps=module.eps,
        weight=weight,
        bias=bias,
        normalized=normalized,
        scaled=scaled,
        inside=inside,
    )
