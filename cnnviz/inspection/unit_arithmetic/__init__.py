"""One unit of a network worked out: each number that its value comes from."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.unit_arithmetic import activations, normalization, pooling, weighted_sums
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit, run
from cnnviz.inspection.unit_arithmetic.pytorch_snippet import pixels, pixels_in_code, six_lines
from cnnviz.inspection.unit_arithmetic.results import Shared, Worked
from cnnviz.inspection.unit_arithmetic.weight_gradient import (
    Update,
    WeightGradient,
    gradient,
    steepest,
    update,
)
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork

__all__ = [
    "SOFTMAX",
    "LayerRun",
    "Shared",
    "Unit",
    "Update",
    "WeightGradient",
    "Workable",
    "Worked",
    "follower",
    "gradient",
    "layer_run",
    "of_run",
    "pixels",
    "pixels_in_code",
    "run",
    "six_lines",
    "steepest",
    "update",
    "work_out",
    "workable",
]

SOFTMAX = "(softmax)"  # what makes probabilities of the logits; no layer has such a name

_WAYS: Mapping[type[nn.Module], Callable[[LayerRun, Unit], Worked]] = {
    nn.Conv2d: weighted_sums.convolution,
    nn.Linear: weighted_sums.linear,
    nn.BatchNorm1d: normalization.batch_norm,
    nn.BatchNorm2d: normalization.batch_norm,
    nn.LayerNorm: normalization.layer_norm,
    **dict.fromkeys(pooling.POOLINGS, pooling.pooling),
    **dict.fromkeys(activations.ACTIVATIONS, activations.activation),
}


@dataclass(frozen=True)
class Workable:
    """A layer that can be worked out.

    Attributes:
        layer: dotted name, or `SOFTMAX`.
        kind: class of the module.
        convolution: whether it is one.
    """

    layer: str
    kind: str
    convolution: bool


def workable(model: nn.Module) -> list[Workable]:
    """Return the layers of a network that can be worked out, in the order of definition."""
    found = [
        Workable(name, type(module).__name__, isinstance(module, nn.Conv2d))
        for name, module in innermost_layers(model).items()
        if _way(module) is not None
    ]
    return [*found, Workable(SOFTMAX, "Softmax", convolution=False)]


def work_out(network: LoadedNetwork, image: Pixels, layer: str, unit: Unit) -> Worked:
    """Work out one unit of one layer, for one image.

    Args:
        network: any network.
        image: uint8, (1, 28, 28).
        layer: one of `workable`.
        unit: place in the layer's output; for `SOFTMAX` its channel is the class.

    Raises:
        ValueError: if the layer is unknown or does something else, or has no such unit.
    """
    return of_run(layer_run(network, image, layer), unit, network.model)


def layer_run(network: LoadedNetwork, image: Pixels, layer: str) -> LayerRun:
    """Return what a layer that can be worked out does to an image.

    Args:
        network: any network.
        image: uint8, (1, 28, 28).
        layer: one of `workable`; for `SOFTMAX` the logits come in and probabilities go out.

    Raises:
        ValueError: if the layer is unknown or does something else.
    """
    model, x = network.copy().model, network.input(image)
    if layer == SOFTMAX:
        with torch.no_grad():
            logits = model(x)
        return LayerRun(SOFTMAX, nn.Softmax(dim=1), logits, logits.softmax(dim=1))
    modules = dict(model.named_modules())
    if layer in modules and _way(modules[layer]) is None:
        others = ", ".join(found.layer for found in workable(model))
        kind = type(modules[layer]).__name__
        raise ValueError(f"{layer} is a {kind}, which is not worked out: choose {others}")
    return run(model, x, layer, channels_last=network.architecture.channels_last)


def of_run(found: LayerRun, unit: Unit, model: nn.Module | None = None) -> Worked:
    """Work out one unit of a layer that has run.

    Args:
        found: what `layer_run` returned.
        unit: place in its output.
        model: the network, to see whether an activation follows; None to leave that open.

    Raises:
        ValueError: if there is no such unit.
    """
    _check(found, unit)
    way = _softmax if found.name == SOFTMAX else _way(found.module)
    assert way is not None
    worked = way(found, unit)
    after = follower(found, model)
    if after is None:
        return worked
    name, module = after
    put_out = float(found.followers[name][worked.index].item())
    taken = activations.apply(
        module, worked.value, layer=name, unit=unit, index=worked.index, tensor=put_out
    )
    return dataclasses.replace(worked, after=taken)


def follower(found: LayerRun, model: nn.Module | None) -> tuple[str, nn.Module] | None:
    """Return the activation that takes a layer's output as it is, with its name, if one does."""
    if model is None:
        return None
    taking = ((name, model.get_submodule(name)) for name in found.followers)
    return next((pair for pair in taking if activations.find(pair[1])), None)


def _way(module: nn.Module) -> Callable[[LayerRun, Unit], Worked] | None:
    return next((_WAYS[kind] for kind in type(module).__mro__ if kind in _WAYS), None)


def _softmax(found: LayerRun, unit: Unit) -> Shared:
    logits = found.received[0].double().numpy()
    largest = float(logits.max())
    exponentials = np.exp(logits - largest)
    total = float(exponentials.sum())
    return Shared(
        **weighted_sums.common(found, unit),
        value=float(exponentials[unit.channel]) / total,
        logits=logits,
        largest=largest,
        exponentials=exponentials,
        total=total,
    )


def _check(found: LayerRun, unit: Unit) -> None:
    shape = tuple(found.outputs.shape)
    asked = (unit.channel, unit.row, unit.column)
    if not all(0 <= i < size for i, size in zip(asked, shape, strict=True)):
        raise ValueError(
            f"{found.name} has no unit {asked}: it puts out {shape[0]} channels of "
            f"{shape[1]} × {shape[2]}"
        )
