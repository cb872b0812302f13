"""Rules of operators that compute each output number from the input numbers at its place."""

import math
from dataclasses import replace

from cnnviz.inspection.receptive_field.intervals import empty_intervals, hull, union
from cnnviz.inspection.receptive_field.operator_rules.masks import with_masks
from cnnviz.inspection.receptive_field.operator_rules.operator_call import OperatorCall, Result


def pointwise(op: OperatorCall) -> Result:
    """Return the union of the inputs' intervals.

    An input pooled over the whole image is a gate on the others: unless `op.gates` says otherwise
    it is left out, and the layer is recorded among the gates.
    """
    inputs = [intervals for _, intervals in op.inputs]
    pooled = [intervals for intervals in inputs if intervals.pooled]
    if pooled and len(pooled) < len(inputs) and not op.gates:
        gated = union([i for i in inputs if not i.pooled], len(op.output_shape))
        names = {op.layer}.union(*(intervals.gates for intervals in pooled))
        return replace(gated, gates=gated.gates | names)
    return with_masks(op, union(inputs, len(op.output_shape)))


def copied(op: OperatorCall) -> Result:
    """Return the intervals of the tensor copied: what was there before is overwritten."""
    source = op.intervals_of(op.arguments["src"])
    ndim = len(op.output_shape)
    return union([source], ndim) if source is not None else empty_intervals(op.source_count, ndim)


def assume_all(op: OperatorCall) -> Result:
    """Return the hull of all inputs, for an operator without a rule: any may reach any output."""
    ndim = len(op.output_shape)
    hulls = [intervals.apply(lambda v: hull(v, ndim)) for _, intervals in op.inputs]
    return replace(union(hulls, ndim), unbounded=True, path=None)


def as_strided(op: OperatorCall) -> Result | None:
    """Return the input's one interval; None if it has several, as memory is laid out anew."""
    ndim = len(op.output_shape)
    if any(math.prod(v.shape[2:]) > 1 for v in op.intervals.both):
        return None
    return op.intervals.apply(lambda v: v.reshape(*v.shape[:2], *(1,) * ndim))  # (2, S, 1, ..., 1)
