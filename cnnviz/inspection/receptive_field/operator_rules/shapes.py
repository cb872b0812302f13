"""Rules of operators that lay the same numbers out in another shape or order."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cnnviz.inspection.receptive_field.intervals import (
    Array,
    Intervals,
    capped,
    reshape,
    with_dims,
)
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall, Result


def view(op: OperatorCall) -> Result:
    """Return the intervals reshaped."""
    return op.intervals.move(lambda v: reshape(v, op.input_shape, op.output_shape))


def permute(op: OperatorCall) -> Result:
    """Return the intervals with their dimensions reordered."""
    order = [2 + d % len(op.input_shape) for d in op.arguments["dims"]]  # after (2, S)
    return op.intervals.move(lambda v: v.transpose(0, 1, *order))


def transpose(op: OperatorCall) -> Result:
    """Return the intervals with two dimensions swapped."""
    first, second = op.dim("dim0"), op.dim("dim1")
    return op.intervals.move(lambda v: np.swapaxes(v, first, second))


def matrix_transpose(op: OperatorCall) -> Result:
    """Return the intervals of `t`, which swaps rows and columns of a matrix."""
    return op.intervals.move(lambda v: np.swapaxes(v, 2, v.ndim - 1))


def unsqueeze(op: OperatorCall) -> Result:
    """Return the intervals with one more dimension, of length 1."""
    axis = 2 + op.arguments["dim"] % (len(op.input_shape) + 1)  # after (2, S)
    return op.intervals.move(lambda v: np.expand_dims(v, axis))


def expand(op: OperatorCall) -> Result:
    """Return the intervals as they are, but for leading dimensions: repeats are all alike."""
    return op.intervals.move(lambda v: with_dims(v, len(op.output_shape)))


def repeat(op: OperatorCall) -> Result:
    """Return the intervals tiled."""
    repeats = op.arguments["repeats"]

    def change(v: Array) -> Array:
        v = with_dims(v, len(repeats))
        tiles = [n if v.shape[2 + i] > 1 else 1 for i, n in enumerate(repeats)]
        return capped(np.tile(v, (1, 1, *tiles)))  # (2, S, *output)

    return op.intervals.move(change)


def roll(op: OperatorCall) -> Result:
    """Return the intervals shifted in a circle along dimensions; by default, of the flat tensor."""
    shifts, dims = op.arguments["shifts"], op.arguments.get("dims") or []
    if not dims:
        flat = (math.prod(op.input_shape),)

        def change(v: Array) -> Array:
            rolled = np.roll(reshape(v, op.input_shape, flat), shifts[0], axis=2)  # (2, S, numel)
            return reshape(rolled, flat, op.input_shape)

        return op.intervals.move(change)
    axes = tuple(2 + d % len(op.input_shape) for d in dims)
    return op.intervals.move(lambda v: np.roll(v, shifts, axis=axes))


def flip(op: OperatorCall) -> Result:
    """Return the intervals reversed along dimensions."""
    axes = tuple(2 + d % len(op.input_shape) for d in op.arguments["dims"])  # after (2, S)
    return op.intervals.move(lambda v: np.flip(v, axis=axes))


def pixel_shuffle(op: OperatorCall) -> Result:
    """Return (..., C * r * r, H, W) laid out as (..., C, H * r, W * r)."""
    r = op.arguments["upscale_factor"]
    *rest, channels, height, width = op.input_shape
    split = (*rest, channels // r**2, r, r, height, width)
    n = len(rest)
    order = [*range(n + 1), n + 3, n + 1, n + 4, n + 2]  # (..., C, H, r, W, r)
    return replace(_rearranged(op, split, order), path=None)


def pixel_unshuffle(op: OperatorCall) -> Result:
    """Return (..., C, H * r, W * r) laid out as (..., C * r * r, H, W)."""
    r = op.arguments["downscale_factor"]
    *rest, channels, height, width = op.input_shape
    split = (*rest, channels, height // r, r, width // r, r)
    n = len(rest)
    order = [*range(n + 1), n + 2, n + 4, n + 1, n + 3]  # (..., C, r, r, H, W)
    return replace(_rearranged(op, split, order), path=None)


def channel_shuffle(op: OperatorCall) -> Result:
    """Return the channels of (N, C, ...) interleaved across groups."""
    groups = op.arguments["groups"]
    count, channels, *rest = op.input_shape
    split = (count, groups, channels // groups, *rest)
    return _rearranged(op, split, [0, 2, 1, *range(3, len(split))])  # (N, C / groups, groups, ...)


def _rearranged(op: OperatorCall, split: tuple[int, ...], order: Sequence[int]) -> Intervals:
    """Return the intervals viewed as `split`, permuted by `order`, viewed as the output."""
    moved = tuple(split[i] for i in order)
    axes = [2 + i for i in order]

    def change(v: Array) -> Array:
        permuted = reshape(v, op.input_shape, split).transpose(0, 1, *axes)  # (2, S, *moved)
        return reshape(permuted, moved, op.output_shape)

    return op.intervals.move(change)
