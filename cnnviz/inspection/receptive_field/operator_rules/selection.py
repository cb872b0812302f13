"""Rules of operators that take parts of a tensor, or join tensors."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from cnnviz.inspection.receptive_field.intervals import (
    CAP,
    Array,
    Intervals,
    combined,
    empty_intervals,
)
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall, Result


def slices(op: OperatorCall) -> Result:
    """Return the intervals from start to end along a dimension."""
    dim = op.dim()
    span = slice(*(op.arguments.get(name) for name in ("start", "end", "step")))
    places = range(*span.indices(op.input_shape[dim]))
    return op.intervals.move(lambda v: _take(v, dim, places))


def select(op: OperatorCall) -> Result:
    """Return the intervals at one index of a dimension, which goes."""
    dim = op.dim()
    return _at(op, dim, op.arguments["index"] % op.input_shape[dim])


def split(op: OperatorCall) -> Result:
    """Return the intervals of the runs that a dimension is cut into."""
    dim = op.dim()
    edges = np.cumsum([0, *(t.shape[dim] for t in op.outputs)])  # (outputs + 1,)
    return [
        op.intervals.move(lambda v, a=a, b=b: _take(v, dim, range(a, b)))  # type: ignore[misc]
        for a, b in pairwise(edges)
    ]


def unbind(op: OperatorCall) -> Result:
    """Return the intervals at every index of a dimension, which goes."""
    dim = op.dim()
    return [_at(op, dim, i) for i in range(len(op.outputs))]


def index(op: OperatorCall) -> Result | None:
    """Return the intervals at one list of indices; None if it is unknown, on the meta device."""
    indices = op.arguments["indices"]
    used = [d for d, places in enumerate(indices) if places is not None]
    places = indices[used[0]]
    if len(used) > 1 or places.dim() != 1 or places.is_meta or places.dtype == torch.bool:
        return None
    dim = used[0] - len(op.input_shape)  # negative: intervals may have fewer dimensions
    return op.intervals.move(lambda v: _take(v, dim, places.tolist()))


def _at(op: OperatorCall, dim: int, place: int) -> Intervals:
    return op.intervals.move(lambda v: _take(v, dim, [place]).squeeze(v.ndim + dim))


def _take(v: Array, dim: int, places: Sequence[int]) -> Array:
    """Return the intervals at places along a dimension; all of them are alike if it is 1."""
    return v if v.shape[dim] == 1 else np.take(v, places, axis=v.ndim + dim)


def cat(op: OperatorCall) -> Result:
    """Return the intervals of tensors joined along a dimension; empty tensors do not count."""
    tensors = [t for t in op.arguments["tensors"] if t.shape != (0,)]
    ndim = len(op.output_shape)
    dim = op.arguments.get("dim", 0) % ndim - ndim
    pieces = [op.intervals_of(t) or empty_intervals(op.source_count, t.ndim) for t in tensors]
    return _joined(op, pieces, dim, [t.shape[dim] for t in tensors])


def stack(op: OperatorCall) -> Result:
    """Return the intervals of tensors joined along a new dimension."""
    tensors = op.arguments["tensors"]
    ndim = len(op.output_shape)
    dim = op.arguments.get("dim", 0) % ndim - ndim
    pieces = [
        (op.intervals_of(t) or empty_intervals(op.source_count, t.ndim)).apply(
            lambda v: np.expand_dims(v, v.ndim + 1 + dim)
        )
        for t in tensors
    ]
    return _joined(op, pieces, dim, [1] * len(pieces))


def _joined(
    op: OperatorCall, pieces: Sequence[Intervals], dim: int, lengths: Sequence[int]
) -> Intervals:
    rows = _concatenate([piece.rows for piece in pieces], dim, lengths)
    columns = _concatenate([piece.columns for piece in pieces], dim, lengths)
    return combined([intervals for _, intervals in op.inputs], rows, columns)


def _concatenate(arrays: Sequence[Array], dim: int, lengths: Sequence[int]) -> Array:
    """Return arrays of intervals laid end to end, each as long as its tensor along `dim`.

    Their hull where that would be more than `CAP` intervals; the first where all are alike.
    """
    axis = arrays[0].ndim + dim
    flat = [(*v.shape[:axis], 1, *v.shape[axis + 1 :]) for v in arrays]
    shape = np.broadcast_shapes(*flat)
    if math.prod(shape[2:]) * sum(lengths) > CAP:
        hulls: Array = np.minimum.reduce([v.min(axis=axis, keepdims=True) for v in arrays])
        return hulls
    if all(v.shape[axis] == 1 for v in arrays) and all(
        v.shape == arrays[0].shape and (v == arrays[0]).all() for v in arrays[1:]
    ):
        return arrays[0]
    whole = [
        np.broadcast_to(v, (*shape[:axis], n, *shape[axis + 1 :]))
        for v, n in zip(arrays, lengths, strict=True)
    ]
    return np.concatenate(whole, axis=axis)  # (2, S, ..., sum of lengths, ...)
