"""The arithmetic of one unit: every number that its value is computed from."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.unit_arithmetic import activations, normalization, pooling, weighted_sums
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit, image_range, run_layer
from cnnviz.inspection.unit_arithmetic.pytorch_snippet import (
    pixels,
    pixels_in_code,
    pytorch_program,
)
from cnnviz.inspection.unit_arithmetic.results import Softmaxed, UnitResult
from cnnviz.inspection.unit_arithmetic.weight_gradient import (
    Update,
    WeightGradient,
    gradient_of_weight,
    steepest_weight,
    weight_update,
)
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork

__all__ = [
    "SOFTMAX",
    "LayerRun",
    "Softmaxed",
    "SupportedLayer",
    "Unit",
    "UnitResult",
    "Update",
    "WeightGradient",
    "compute_unit",
    "following_activation",
    "gradient_of_weight",
    "image_range",
    "layer_run",
    "pixels",
    "pixels_in_code",
    "pytorch_program",
    "run_layer",
    "steepest_weight",
    "supported_layers",
    "unit_of_run",
    "weight_update",
]

SOFTMAX = "(softmax)"  # stands for the softmax of the logits; no layer has such a name

_ARITHMETIC: Mapping[type[nn.Module], Callable[[LayerRun, Unit], UnitResult]] = {
    nn.Conv2d: weighted_sums.convolution,
    nn.Linear: weighted_sums.linear,
    nn.BatchNorm1d: normalization.batch_norm,
    nn.BatchNorm2d: normalization.batch_norm,
    nn.LayerNorm: normalization.layer_norm,
    **dict.fromkeys(pooling.POOLINGS, pooling.pooling),
    **dict.fromkeys(activations.ACTIVATION_RULES, activations.activation),
}


@dataclass(frozen=True)
class SupportedLayer:
    """A layer whose arithmetic is known.

    Attributes:
        layer: dotted name, or `SOFTMAX`.
        kind: class of the module.
        convolution: whether it is a `Conv2d`.
    """

    layer: str
    kind: str
    convolution: bool


def supported_layers(model: nn.Module) -> list[SupportedLayer]:
    """Return the layers of a network whose arithmetic is known, in the order of definition."""
    layers = [
        SupportedLayer(name, type(module).__name__, isinstance(module, nn.Conv2d))
        for name, module in innermost_layers(model).items()
        if _arithmetic(module) is not None
    ]
    return [*layers, SupportedLayer(SOFTMAX, "Softmax", convolution=False)]


def compute_unit(network: LoadedNetwork, image: Pixels, layer: str, unit: Unit) -> UnitResult:
    """Return the arithmetic of one unit of a layer, for one image.

    Args:
        network: any network.
        image: uint8, (1, 28, 28).
        layer: one of `supported_layers`.
        unit: position in the layer's output; for `SOFTMAX` its channel is the class.

    Raises:
        ValueError: if the layer is unknown or not supported, or has no such unit.
    """
    return unit_of_run(layer_run(network, image, layer), unit, network.model)


def layer_run(network: LoadedNetwork, image: Pixels, layer: str) -> LayerRun:
    """Return the input and output of a supported layer for an image.

    Args:
        network: any network.
        image: uint8, (1, 28, 28).
        layer: one of `supported_layers`; `SOFTMAX` takes logits and returns probabilities.

    Raises:
        ValueError: if the layer is unknown or not supported.
    """
    x = network.input(image)  # (1, 1, size, size)
    if layer == SOFTMAX:
        with torch.no_grad():
            logits = network.copy().model(x)  # (1, K)
        return LayerRun(SOFTMAX, nn.Softmax(dim=1), logits, logits.softmax(dim=1))
    modules = dict(network.model.named_modules())
    if layer in modules and _arithmetic(modules[layer]) is None:
        choices = ", ".join(supported.layer for supported in supported_layers(network.model))
        kind = type(modules[layer]).__name__
        raise ValueError(f"layer must be one of {choices}, got {layer}, a {kind}")
    return run_layer(network, x, layer)


def unit_of_run(run: LayerRun, unit: Unit, model: nn.Module | None = None) -> UnitResult:
    """Return the arithmetic of one unit of a layer that has run.

    Args:
        run: from `layer_run`.
        unit: position in the layer's output.
        model: the network, to include an activation that follows; None leaves it out.

    Raises:
        ValueError: if there is no such unit.
    """
    _check(run, unit)
    arithmetic = _softmax if run.name == SOFTMAX else _arithmetic(run.module)
    assert arithmetic is not None
    result = arithmetic(run, unit)
    after = following_activation(run, model)
    if after is None:
        return result
    name, module = after
    output = float(run.followers[name][result.index].item())
    activated = activations.apply(
        module, result.value, layer=name, unit=unit, index=result.index, tensor=output
    )
    return dataclasses.replace(result, after=activated)


def following_activation(run: LayerRun, model: nn.Module | None) -> tuple[str, nn.Module] | None:
    """Return name and module of the activation that receives a layer's output; None without one."""
    if model is None:
        return None
    followers = ((name, model.get_submodule(name)) for name in run.followers)
    return next((pair for pair in followers if activations.find(pair[1])), None)


def _arithmetic(module: nn.Module) -> Callable[[LayerRun, Unit], UnitResult] | None:
    return next((_ARITHMETIC[kind] for kind in type(module).__mro__ if kind in _ARITHMETIC), None)


def _softmax(run: LayerRun, unit: Unit) -> Softmaxed:
    logits = run.received[0].double().numpy()  # (K,)
    largest = float(logits.max())
    exponentials = np.exp(logits - largest)  # (K,), none overflows
    total = float(exponentials.sum())
    return Softmaxed(
        **weighted_sums.layer_and_unit(run, unit),
        value=float(exponentials[unit.channel]) / total,
        logits=logits,
        largest=largest,
        exponentials=exponentials,
        total=total,
    )


def _check(run: LayerRun, unit: Unit) -> None:
    shape = tuple(run.outputs.shape)  # (C, H, W)
    index = (unit.channel, unit.row, unit.column)
    if not all(0 <= i < size for i, size in zip(index, shape, strict=True)):
        raise ValueError(
            f"unit of {run.name} must lie in {shape[0]} channels of {shape[1]} × {shape[2]}, "
            f"got channel {unit.channel}, row {unit.row}, column {unit.column}"
        )
