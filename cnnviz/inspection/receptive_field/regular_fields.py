"""Receptive fields away from every border: size, jump and padding, the same for all units."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from cnnviz.inspection.receptive_field.propagation import (
    InputSize,
    IntervalPass,
    LayerIntervals,
    Pair,
)
from cnnviz.models.loaded_network import InspectedNetwork

_CANVASES = (512, 1024, 2048, 4096, 8192)  # sides in pixels


@dataclass(frozen=True)
class RegularField:
    """Receptive fields that repeat regularly, along rows and columns.

    Attributes:
        size: pixels of a field.
        jump: pixels between the fields of neighbors.
        padding: pixels that the first unit's field extends beyond the border.
    """

    size: Pair
    jump: Pair
    padding: Pair


def regular_fields(
    network: InspectedNetwork, size: InputSize, propagation: IntervalPass
) -> dict[str, RegularField]:
    """Return the regular fields of the layers that have them, by layer.

    They are read off where the center of the map does not touch the border: at the network's own
    input size if possible, otherwise on larger and larger inputs, as far as the network accepts.

    Args:
        network: on the meta device.
        size: its own input, (C, H, W).
        propagation: that has run at this size.
    """
    bounded = {
        name
        for name, layer in propagation.layers.items()
        if not layer.intervals.unbounded and layer.intervals.rows.ndim > 4
    }
    regular = _regular(propagation, bounded, size)
    for side in _CANVASES:
        missing = bounded - regular.keys()  # too near a border so far
        if not missing:
            break
        if side < _needed(propagation.layers[name] for name in missing) or side <= max(size[1:]):
            continue
        canvas = (size[0], side, side)
        larger = IntervalPass(network, sorted(missing), {"": 0}, stop=True)
        with suppress(RuntimeError, ValueError, AssertionError):
            larger.run(canvas)  # up to the layer where a network for one size fails
        regular |= _regular(larger, missing, canvas)
    return regular


def _needed(layers: Iterable[LayerIntervals]) -> int:
    """Return the input side at which the recurrence expects the center to be off the border."""
    paths = [path for layer in layers if (path := layer.intervals.path) is not None]
    return max((max(path.size) + 4 * max(path.jump) for path in paths), default=0)


def _regular(
    propagation: IntervalPass, names: set[str], size: InputSize
) -> dict[str, RegularField]:
    regular = {}
    for name in names & propagation.layers.keys():
        layer = propagation.layers[name]
        if layer.intervals.unbounded:  # adaptive pooling, which changes nothing at one size
            continue
        axes = [_along(*layer.along(axis), size[1 + axis]) for axis in (0, 1)]
        if None not in axes:
            regular[name] = RegularField(*zip(*filter(None, axes), strict=True))
    return regular


def _along(first: NDArray[Any], last: NDArray[Any], size: int) -> tuple[int, int, int] | None:
    """Return size, jump and padding along one dimension; None if the center touches the border."""
    c = len(first) // 2
    if len(first) < 3 or first[c - 1] <= 0 or last[c] >= size - 1:
        return None
    if last[c] < first[c] or last[c] - last[c - 1] != first[c] - first[c - 1]:
        return None
    jump = int(first[c] - first[c - 1])
    if not jump or first[c + 1] - first[c] != jump:
        return None  # after upsampling, neighbors may have the same field
    return int(last[c] - first[c]) + 1, jump, int(c * jump - first[c])
