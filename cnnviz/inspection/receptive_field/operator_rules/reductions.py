"""Rules of operators that read all along a dimension: sums, norms, matrix products, attention."""

import math
from collections.abc import Callable
from dataclasses import replace

from cnnviz.inspection.receptive_field.intervals import Intervals, reduce, union
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
    """Return the hull along the normalized dimension."""
    return _hull_along(op.intervals, [op.dim()])


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
        return [op.intervals, None, None]
    return _spatial_norm(op, list(range(2 - len(op.input_shape), 0)))  # over (H, W)


def _spatial_norm(op: OperatorCall, dims: list[int]) -> Result:
    if op.gates:
        return [_hull_along(op.intervals, dims), None, None]
    return [replace(op.intervals, gates=op.intervals.gates | {op.layer}), None, None]


def matrix_product(left: str, right: str, bias: str = "") -> Callable[[OperatorCall], Result]:
    """Return the rule of a matrix product: hulls along rows of the left, columns of the right.

    Args:
        left, right: parameter names of the factors.
        bias: parameter name of what is added; "" for nothing.
    """

    def product(op: OperatorCall) -> Result:
        terms = [
            _hull_along(intervals, [dim])  # (..., n, 1) and (..., 1, p) broadcast to (..., n, p)
            for name, dim in ((left, -1), (right, -2))
            if (intervals := op.intervals_of(op.arguments[name])) is not None
        ]
        if bias and (intervals := op.intervals_of(op.arguments[bias])) is not None:
            terms.append(intervals)
        return union(terms, len(op.output_shape))

    return product


def scaled_dot_product_attention(op: OperatorCall) -> Result:
    """Return each query's own token and the hull of all keys and values, (N, heads, L, D)."""
    terms = [
        _hull_along(intervals, dims)
        for name, dims in (("query", [-1]), ("key", [-2, -1]), ("value", [-2, -1]))
        if (intervals := op.intervals_of(op.arguments[name])) is not None
    ]
    rest: list[Intervals | None] = [None] * (len(op.outputs) - 1)
    return [union(terms, len(op.output_shape)), *rest]
