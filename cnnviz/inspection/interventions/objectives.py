"""Objectives of feature visualization: the quantity to maximize."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.inspection.activations.map_layers import MapLayer

LOGITS = ""  # the network's own name among its layers


@dataclass(frozen=True)
class Objective:
    """A number to maximize, computed from layer outputs.

    Attributes:
        layers: dotted names of the layers read; `LOGITS` for the network's output.
        value: maps these outputs by name to one number per image, (N,).
    """

    layers: tuple[str, ...]
    value: Callable[[Mapping[str, Tensor]], Tensor]


def channel_objective(layer: MapLayer, channel: int) -> Objective:
    """Return the mean activation of a channel."""
    return Objective(
        (layer.name,),
        lambda outputs: layer.maps(outputs[layer.name])[:, channel].mean(dim=(1, 2)),  # (N,)
    )


def unit_objective(layer: MapLayer, channel: int, row: int, column: int) -> Objective:
    """Return the activation of one unit of a channel."""
    return Objective(
        (layer.name,),
        lambda outputs: layer.maps(outputs[layer.name])[:, channel, row, column],  # (N,)
    )


def logit_objective(digit: int) -> Objective:
    """Return the logit of a class."""
    return Objective((LOGITS,), lambda outputs: outputs[LOGITS][:, digit])  # (N, K) to (N,)


def difference_objective(more: Objective, less: Objective) -> Objective:
    """Return one objective minus another."""
    return Objective(
        (*more.layers, *less.layers), lambda outputs: more.value(outputs) - less.value(outputs)
    )


def best_logit(logits: NDArray[np.float32], digit: int, less: int | None = None) -> float:
    """Return the largest logit of a class, or its largest excess over another, among digits.

    Args:
        logits: (N, K).
        digit: the class.
        less: class whose logit is subtracted; None for none.
    """
    values = logits[:, digit] if less is None else logits[:, digit] - logits[:, less]  # (N,)
    return float(values.max())
