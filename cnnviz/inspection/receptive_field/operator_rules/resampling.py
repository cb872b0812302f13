"""Rules of padding and of interpolation to another size."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from cnnviz.inspection.receptive_field.intervals import window
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall, Result
from cnnviz.inspection.receptive_field.operator_rules.windows import over_windows
from cnnviz.inspection.receptive_field.taps import Index


def padding(origin: Callable[[Index, int], Index]) -> Callable[[OperatorCall], Result]:
    """Return the rule of one kind of padding.

    Args:
        origin: which place of the input a place of the output copies, given the places counted
            from the input's first and the input's size; -1 for a constant.
    """

    def pad(op: OperatorCall) -> Result:
        amounts = op.arguments.get("pad", op.arguments.get("padding"))
        intervals = op.intervals
        for i in range(len(amounts) // 2):  # the last dimension comes first
            before, after = amounts[2 * i : 2 * i + 2]
            size = op.input_shape[-1 - i]
            index = origin(np.arange(-before, size + after), size)[:, None]  # (outputs, 1)
            intervals = intervals.apply(
                lambda v, i=i, size=size, index=index: window(v, -1 - i, size, index)  # type: ignore[misc]
            )
        return intervals

    return pad


def constant_border(places: Index, size: int) -> Index:
    """Return indices inside the input unchanged, -1 outside."""
    return np.where((places >= 0) & (places < size), places, -1)


def reflected_border(places: Index, size: int) -> Index:
    """Return each place mirrored at the first or last of the input."""
    places = np.abs(places)  # mirrored at the first
    return np.where(places >= size, 2 * (size - 1) - places, places)  # and at the last


def replicated_border(places: Index, size: int) -> Index:
    """Return the nearest place inside the input."""
    return np.clip(places, 0, size - 1)


def resizing(
    reach: Callable[[OperatorCall, int, int, int], Index],
) -> Callable[[OperatorCall], Result]:
    """Return the rule of one kind of interpolation.

    Args:
        reach: taps along one dimension, (outputs, taps), given the call, the input's size, the
            output's size and the dimension.
    """

    def resize(op: OperatorCall) -> Result:
        indices = [reach(op, op.input_shape[dim], op.output_shape[dim], dim) for dim in (-2, -1)]
        return replace(over_windows(op.intervals, op, indices), path=None)

    return resize


def nearest_taps(op: OperatorCall, size: int, out: int, dim: int) -> Index:
    """Return the one pixel that nearest-neighbor interpolation copies."""
    center = 0.5 if "exact" in op.name else 0.0
    places = np.floor((np.arange(out) + center) * _scale(op, size, out, dim)).astype(np.intp)
    index: Index = np.minimum(places, size - 1)[:, None]  # (outputs, 1)
    return index


def linear_taps(op: OperatorCall, size: int, out: int, dim: int) -> Index:
    """Return the two pixels beside each sampling point."""
    first = np.floor(np.maximum(_centers(op, size, out, dim), 0)).astype(np.intp)  # (outputs,)
    index: Index = np.minimum(np.stack([first, first + 1], axis=1), size - 1)  # (outputs, 2)
    return index


def cubic_taps(op: OperatorCall, size: int, out: int, dim: int) -> Index:
    """Return the four pixels around each sampling point."""
    first = np.floor(_centers(op, size, out, dim)).astype(np.intp)  # (outputs,)
    index: Index = np.clip(first[:, None] + np.arange(-1, 3), 0, size - 1)  # (outputs, 4)
    return index


def antialiased_taps(op: OperatorCall, size: int, out: int, dim: int) -> Index:
    """Return the first and last pixel of a filter whose support grows with the factor."""
    scale = max(_scale(op, size, out, dim), 1.0)
    support = scale * (2 if "bicubic" in op.name else 1)
    center = _centers(op, size, out, dim) + 0.5
    ends = [np.floor(center - support + 0.5), np.floor(center + support + 0.5) - 1]
    return np.clip(np.stack(ends, axis=1).astype(np.intp), 0, size - 1)  # (outputs, 2)


def _scale(op: OperatorCall, size: int, out: int, dim: int) -> float:
    """Return the pixels of the input per pixel of the output."""
    factor = op.arguments.get("scales_h" if dim == -2 else "scales_w")
    return 1 / factor if factor else size / out


def _centers(op: OperatorCall, size: int, out: int, dim: int) -> np.ndarray[Any, Any]:
    """Return the sampling points in pixels of the input, the first pixel's center being 0."""
    if op.arguments.get("align_corners"):
        return np.arange(out) * ((size - 1) / max(out - 1, 1))  # (out,)
    return (np.arange(out) + 0.5) * _scale(op, size, out, dim) - 0.5  # (out,)
