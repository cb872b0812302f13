"""Rules of operators that read all along a dimension: sums, norms, matrix products, attention."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from cnnviz.inspection.receptive_field.intervals import Array, Intervals, reduce, union
from cnnviz.inspection.receptive_field.operator_rules.masks import as_mask, low_values, shown_hull
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall, Result


def reduction(op: OperatorCall) -> Result:
    """Return the hull over the dimensions that a mean, sum, maximum or the like reduces."""
    keep = len(op.output_shape) == len(op.input_shape)
    return pooled(op, op.dims(), keep=keep)


def pooled(op: OperatorCall, dims: list[int], *, keep: bool) -> Intervals:
    """Return the hull over dimensions, marked as pooled if one interval is left for all.

    Args:
        op: the call.
        dims: negative.
        keep: whether the dimensions stay, with length 1.
    """
    hulls = op.intervals.apply(lambda v: reduce(v, dims, keep=keep))
    if not op.intervals.varies(dims):
        return hulls
    whole = all(math.prod(v.shape[2:]) == 1 for v in hulls.both)
    return replace(hulls, pooled=whole, unbounded=True, path=None)


def softmax(op: OperatorCall) -> Result:
    """Return the hull along the normalized dimension; the weight of a hidden score is zero."""
    dim, hidden = op.dim(), op.intervals.masked
    if hidden is None:
        return _hull_along(op.intervals, [dim])
    some = hidden.min(axis=dim, keepdims=True) == 0  # where all are hidden, all weigh the same
    hidden = np.where(some, hidden, np.int16(0))
    hulls = op.intervals.apply(lambda v: shown_hull(v, hidden, dim))
    return replace(hulls, zeros=hidden, unbounded=True, path=None)


def cumulative(op: OperatorCall) -> Result:
    """Return the hull along a dimension, more than a running sum reads: all that comes before."""
    return _hull_along(op.intervals, [op.dim(default=-1)])


def _hull_along(intervals: Intervals, dims: list[int]) -> Intervals:
    """Return the hull along dimensions that stay; unbounded if intervals differed along them."""
    if not intervals.varies(dims):
        return intervals
    return replace(intervals.apply(lambda v: reduce(v, dims)), unbounded=True, path=None)


def native_layer_norm(op: OperatorCall) -> Result:
    """Return the hull along the normalized dimensions; mean and deviation are not followed."""
    dims = list(range(-len(op.arguments["normalized_shape"]), 0))
    return [_hull_along(op.intervals, dims), None, None]


def native_group_norm(op: OperatorCall) -> Result:
    """Return the input's intervals: the norm over space is a gate, as in `pointwise`."""
    return _spatial_norm(op, list(range(1 - len(op.input_shape), 0)))  # over (C, H, W)


def native_batch_norm(op: OperatorCall) -> Result:
    """Return the input's intervals; with batch statistics the norm is a gate, as in `pointwise`."""
    if not op.arguments.get("training", False):
        return [replace(op.intervals, masked=None, zeros=None), None, None]
    return _spatial_norm(op, list(range(2 - len(op.input_shape), 0)))  # over (H, W)


def _spatial_norm(op: OperatorCall, dims: list[int]) -> Result:
    if op.gates:
        return [_hull_along(op.intervals, dims), None, None]
    gates = op.intervals.gates | {op.layer}
    return [replace(op.intervals, gates=gates, masked=None, zeros=None), None, None]


def matrix_product(left: str, right: str, bias: str = "") -> Callable[[OperatorCall], Result]:
    """Return the rule of a matrix product: hulls along rows of the left, columns of the right.

    Args:
        left, right: parameter names of the factors.
        bias: parameter name of what is added; "" for nothing.
    """

    def product(op: OperatorCall) -> Result:
        rows, columns = (op.intervals_of(op.arguments[name]) for name in (left, right))
        terms = []
        if rows is not None:
            terms.append(_hull_along(rows, [-1]))  # (..., n, 1)
        if columns is not None:
            zeros = None if rows is None else rows.zeros
            terms.append(_hull_over_rows(columns, zeros))  # (..., 1 or n, p)
        if bias and (intervals := op.intervals_of(op.arguments[bias])) is not None:
            terms.append(intervals)
        return union(terms, len(op.output_shape))

    return product


def _hull_over_rows(columns: Intervals, hidden: Array | None) -> Intervals:
    """Return the hulls over the rows of a matrix that each row of its left factor reads.

    Args:
        columns: of the matrix, (..., m, p).
        hidden: mask of the left factor, (1, 1, ..., n, m), where it is zero; None if nowhere.
    """
    if hidden is None:
        return _hull_along(columns, [-2])  # (..., 1, p)
    by_column = columns.apply(lambda v: np.swapaxes(reduce(v, [-1]), -1, -2))  # (..., 1, m)
    hulls = by_column.apply(lambda v: shown_hull(v, hidden, -1))  # (..., n, 1)
    return replace(hulls, unbounded=True, path=None)


def scaled_dot_product_attention(op: OperatorCall) -> Result:
    """Return each query's own token and the hull of all keys and values, (N, heads, L, D)."""
    hidden = _hidden_keys(op)
    terms = []
    for name in ("query", "key", "value"):
        if (intervals := op.intervals_of(op.arguments[name])) is not None:
            own = _hull_along(intervals, [-1])  # (N, heads, L, 1)
            terms.append(own if name == "query" else _hull_over_rows(own, hidden))
    rest: list[Intervals | None] = [None] * (len(op.outputs) - 1)
    return [union(terms, len(op.output_shape)), *rest]


def _hidden_keys(op: OperatorCall) -> Array | None:
    """Return where a query does not see a key, (1, 1, ..., L, keys); None if all are seen."""
    mask = op.arguments.get("attn_mask")
    if op.arguments.get("is_causal"):
        queries, keys = (op.arguments[name].shape[-2] for name in ("query", "key"))
        return np.triu(np.ones((1, 1, queries, keys), np.int16), 1)
    known, scores = op.value(mask), op.intervals_of(mask)
    if known is not None:
        return as_mask(~known) if known.dtype == torch.bool else low_values(known)
    return None if scores is None else scores.masked
