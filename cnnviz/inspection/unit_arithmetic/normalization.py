"""Batch norm and layer norm: the formula with its numbers."""

import math
from typing import Any

import numpy as np
from torch import nn

from cnnviz.inspection.unit_arithmetic import activations
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Activated, Normalized, Numbers
from cnnviz.inspection.unit_arithmetic.weighted_sums import common


def batch_norm(run: LayerRun, unit: Unit) -> Normalized:
    """Work out a unit of a batch norm, and of the activation that it may carry with it."""
    module: Any = run.module
    return _normalized(
        run,
        unit,
        inputs=np.empty(0),
        mean=float(module.running_mean[unit.channel].item()),
        variance=float(module.running_var[unit.channel].item()),
    )


def layer_norm(run: LayerRun, unit: Unit) -> Normalized:
    """Work out a unit of a layer norm over the channels of one place.

    Raises:
        ValueError: if the layer takes its mean over places as well.
    """
    module: Any = run.module
    if len(module.normalized_shape) != 1:
        raise ValueError(f"{run.name} normalizes over places as well as channels")
    inputs = run.inputs[:, unit.row, unit.column].double().numpy()
    return _normalized(
        run, unit, inputs=inputs, mean=float(inputs.mean()), variance=float(inputs.var())
    )


def carried(module: nn.Module) -> nn.Module | None:
    """Return the activation that a normalization applies itself, if it does."""
    inside = getattr(module, "act", None)
    return inside if inside is not None and activations.find(inside) else None


def numbers(module: Any, channels: list[int]) -> dict[str, Any]:
    """Return what a norm knows of some channels: lists of one number for each, and eps."""
    kept = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    found = {
        name.replace("running_", "").replace("var", "variance"): [
            default if numbers is None else float(numbers[channel].item()) for channel in channels
        ]
        for name, default in kept.items()
        for numbers in [getattr(module, name, None)]
    }
    return {**found, "eps": module.eps}


def _normalized(
    run: LayerRun, unit: Unit, *, inputs: Numbers, mean: float, variance: float
) -> Normalized:
    module: Any = run.module
    x = float(run.inputs[unit.channel, unit.row, unit.column].item())
    weight, bias = (
        default if numbers is None else float(numbers[unit.channel].item())
        for numbers, default in ((module.weight, 1.0), (module.bias, 0.0))
    )
    normalized = (x - mean) / math.sqrt(variance + module.eps)
    scaled = weight * normalized + bias
    about = common(run, unit)
    inside: Activated | None = None
    if (act := carried(module)) is not None:
        same = {key: about[key] for key in ("layer", "unit", "index", "tensor")}
        inside = activations.apply(act, scaled, **same)
    return Normalized(
        **about,
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
