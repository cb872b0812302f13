"""What attention masks hide: scores so low that their weight vanishes, then weights of zero."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from cnnviz.inspection.receptive_field.intervals import (
    CAP,
    NOTHING,
    Array,
    Intervals,
    capped,
    reduce,
    with_dims,
)
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall

# beside a score of 0 the weight is below the smallest normal number of 32 bits, 1.2e-38
LOWEST = math.log(torch.finfo(torch.float32).tiny)  # -87.3
MASKING = frozenset(["add", "masked_fill", "where"])  # operators that hide scores
_COPIES = frozenset(
    ["clone", "detach", "alias", "contiguous", "lift_fresh", "_to_copy", "native_dropout"]
)


def with_masks(op: OperatorCall, result: Intervals) -> Intervals:
    """Return the intervals of an elementwise operator's output with what stays hidden in it."""
    dims = len(op.output_shape)
    return replace(result, masked=_masked(op, dims), zeros=_zeros(op, dims))


def _masked(op: OperatorCall, dims: int) -> Array | None:
    """Return where scores are hidden: a constant far below all others was added, or put there."""
    arrays = []
    if op.name == "add" or op.name in _COPIES:
        arrays = [i.masked for _, i in op.inputs]
        if op.arguments.get("alpha", 1) == 1:
            arrays += [low_values(op.value(op.arguments.get(name))) for name in ("self", "other")]
    elif op.name == "masked_fill" and _is_low(op, op.arguments["value"]):
        before = op.intervals_of(op.arguments["self"])
        arrays = [as_mask(op.value(op.arguments["mask"])), before.masked if before else None]
    elif op.name == "where" and _is_low(op, op.arguments["other"]):
        shown = op.value(op.arguments["condition"])
        arrays = [as_mask(None if shown is None else ~shown)]
    return _either(arrays, dims)


def _zeros(op: OperatorCall, dims: int) -> Array | None:
    """Return where an output is zero because a factor or a copied number is."""
    if op.name == "mul" or op.name in _COPIES:
        return _either([i.zeros for _, i in op.inputs], dims)
    if op.name == "div" and (left := op.intervals_of(op.arguments["self"])) is not None:
        return _either([left.zeros], dims)
    return None


def _is_low(op: OperatorCall, value: object) -> bool:
    if isinstance(value, Tensor):
        numbers = op.value(value)
        return numbers is not None and bool((numbers <= LOWEST).all())
    return isinstance(value, int | float) and value <= LOWEST


def low_values(value: Tensor | None) -> Array | None:
    """Return where the values of a constant, (*tensor), hide a score: (1, 1, *tensor)."""
    if value is None or not value.is_floating_point():
        return None
    return as_mask(value <= LOWEST)


def as_mask(hidden: Tensor | None) -> Array | None:
    """Return a boolean constant (*tensor) as a mask, (1, 1, *tensor); None if it hides nothing."""
    if hidden is None or not hidden.any():
        return None
    return hidden.numpy(force=True).astype(np.int16)[None, None]


def _either(arrays: Sequence[Array | None], dims: int) -> Array | None:
    """Return where one of several masks hides, broadcast to `dims` dimensions, or less if large."""
    joined: Array | None = None
    for array in arrays:
        if array is not None:
            array = with_dims(array, dims)
            joined = array if joined is None else np.maximum(joined, array)
    return None if joined is None else capped(joined)


def shown_hull(v: Array, hidden: Array | None, dim: int) -> Array:
    """Return the hull along a dimension, which stays, over what is not hidden.

    Args:
        v: intervals, (2, S, *tensor).
        hidden: mask, (1, 1, *tensor); None if nothing is hidden.
        dim: negative.
    """
    if hidden is None:
        return reduce(v, [dim])
    hidden = with_dims(hidden, v.ndim - 2)
    v = with_dims(v, hidden.ndim - 2)
    shape = np.broadcast_shapes(v.shape[2:], hidden.shape[2:])
    if math.prod(shape) > CAP:
        return reduce(v, [dim])
    hulls: Array = np.where(hidden == 1, np.int16(NOTHING), v).min(axis=dim, keepdims=True)
    return hulls
