"""Rules of operators that slide a window: convolution, pooling, unfolding.

A rule is exact where a window reads whole runs of rows and columns. Where it leaves holes, as a
dilated kernel does, the result is the hull.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cnnviz.inspection.receptive_field.intervals import Array, Intervals, gather, reshape, window
from cnnviz.inspection.receptive_field.operator_rules.operator_call import (
    OperatorCall,
    Result,
    per_dim,
)
from cnnviz.inspection.receptive_field.operator_rules.reductions import pooled
from cnnviz.inspection.receptive_field.paths import Path, Window
from cnnviz.inspection.receptive_field.taps import Index, adaptive_taps, taps, transposed_taps

_KINDS = {
    "convolution": "convolution",
    "max_pool2d_with_indices": "max pool",
    "max_pool2d": "max pool",
    "avg_pool2d": "average pool",
}


def conv(op: OperatorCall) -> Result:
    """Return the hull over the channels of each group and over the kernel's taps."""
    weight, groups = op.arguments["weight"], op.arguments["groups"]
    kernel = tuple(weight.shape[2:])
    count = len(kernel)
    stride, padding, dilation = (
        per_dim(op.arguments[name], count) for name in ("stride", "padding", "dilation")
    )
    mixed = op.intervals.apply(lambda v: _over_channels(v, op, count, groups))
    if op.arguments["transposed"]:
        kernel_taps = transposed_taps
        mixed = replace(mixed, path=None)
    else:
        kernel_taps = taps
        mixed = replace(mixed, path=_step(op, kernel, stride, padding, dilation))
    sizes = zip(op.input_shape[-count:], op.output_shape[-count:], strict=True)
    windows = zip(kernel, stride, padding, dilation, strict=True)
    return over_windows(
        mixed,
        op,
        [
            kernel_taps(size, out, *arguments) if arguments[:3] != (1, 1, 0) else None
            for (size, out), arguments in zip(sizes, windows, strict=True)
        ],
    )


def _over_channels(v: Array, op: OperatorCall, count: int, groups: int) -> Array:
    """Return the hull over the input channels of each group, one per output channel."""
    axis = v.ndim - count - 1
    if v.shape[axis] == 1:
        return v
    if groups == 1:
        hulls: Array = v.min(axis=axis, keepdims=True)  # (2, S, N, 1, H, W)
        return hulls
    by_group = v.reshape(*v.shape[:axis], groups, -1, *v.shape[axis + 1 :])
    group_hulls = by_group.min(axis=axis + 1)  # (2, S, N, groups, H, W)
    out = op.output_shape[axis - 2 if axis >= 2 else axis]
    return np.repeat(group_hulls, out // groups, axis=axis)  # (2, S, N, F, H, W)


def pool(op: OperatorCall) -> Result:
    """Return the hull over the taps of each pooling window."""
    kernel = per_dim(op.arguments["kernel_size"], 2)
    stride = per_dim(op.arguments.get("stride") or kernel, 2)
    padding = per_dim(op.arguments.get("padding", 0), 2)
    dilation = per_dim(op.arguments.get("dilation", 1), 2)
    sizes = zip(
        *(op.input_shape[-2:], op.output_shape[-2:], kernel, stride, padding, dilation),
        strict=True,
    )
    path = _step(op, kernel, stride, padding, dilation)
    return over_windows(replace(op.intervals, path=path), op, [taps(*size) for size in sizes])


def adaptive_pool(op: OperatorCall) -> Result:
    """Return the hull over the windows of an adaptive pool; to one unit, over the whole map."""
    sizes = list(zip(op.input_shape[-2:], op.output_shape[-2:], strict=True))
    if all(out == 1 for _, out in sizes):
        return pooled(op, [-2, -1], keep=True)
    intervals = over_windows(op.intervals, op, [adaptive_taps(*size) for size in sizes])
    changed = any(size != out for size, out in sizes)
    return replace(intervals, unbounded=True, path=None) if changed else intervals


def over_windows(
    intervals: Intervals, op: OperatorCall, indices: Sequence[Index | None]
) -> Intervals:
    """Return the hull over the taps along each of the last dimensions; None leaves one as it is."""

    def change(v: Array) -> Array:
        for i, index in enumerate(indices):
            if index is not None:
                dim = i - len(indices)
                v = window(v, dim, op.input_shape[dim], index)
        return v

    return intervals.apply(change)


def _step(
    op: OperatorCall,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Path | None:
    """Return the path with one more window: r + (k - 1) d j, j s, start + ((k - 1) d / 2 - p) j.

    Reference:
        Araujo et al. 2019, "Computing Receptive Fields of Convolutional Neural Networks",
        https://distill.pub/2019/computing-receptive-fields
    """
    path = op.intervals.path
    if path is None or len(kernel) != 2:
        return None
    reach = [(k - 1) * d for k, d in zip(kernel, dilation, strict=True)]
    step = Window(
        layer=op.layer,
        kind=_KINDS[op.name],
        kernel=_pair(kernel),
        stride=_pair(stride),
        padding=_pair(padding),
        dilation=_pair(dilation),
        size=_pair([r + e * j for r, e, j in zip(path.size, reach, path.jump, strict=True)]),
        jump=_pair([j * s for j, s in zip(path.jump, stride, strict=True)]),
        start=_pair(
            [
                b + (e / 2 - p) * j
                for b, e, p, j in zip(path.start, reach, padding, path.jump, strict=True)
            ]
        ),
        joined=path.joined,
        before=path.step,
    )
    return Path(step, step.size, step.jump, step.start)


def _pair(values: Sequence[Any]) -> tuple[Any, Any]:
    first, second = values
    return first, second


def im2col(op: OperatorCall) -> Result:
    """Return the taps of each patch: (N, C, H, W) to (N, C * kernel, patches)."""
    names = ("kernel_size", "stride", "padding", "dilation")
    kernel, stride, padding, dilation = (per_dim(op.arguments[name], 2) for name in names)
    height, width = op.input_shape[-2:]
    spans = zip((height, width), kernel, stride, padding, dilation, strict=True)
    out = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans]
    down, across = (
        taps(n, o, k, s, p, d)
        for n, o, k, s, p, d in zip(
            (height, width), out, kernel, stride, padding, dilation, strict=True
        )
    )
    channels = op.input_shape[-3]
    shape = (*op.input_shape[:-3], channels, kernel[0], kernel[1], out[0], out[1])

    def change(v: Array) -> Array:
        v = _read(v, -2, height, down)  # (..., C, oh, kh, W)
        v = _read(v, -1, width, across)  # (..., C, oh, kh, ow, kw)
        v = np.moveaxis(v, (-3, -1), (-4, -3))  # (..., C, kh, kw, oh, ow)
        return reshape(v, shape, op.output_shape)  # (..., C * kh * kw, oh * ow)

    return replace(op.intervals.apply(change), path=None)


def unfold(op: OperatorCall) -> Result:
    """Return the taps of windows along one dimension, moved last: (..., windows, ..., size)."""
    dim = op.dim("dimension")
    length = op.input_shape[dim]
    size, step = op.arguments["size"], op.arguments["step"]
    index = taps(length, op.output_shape[dim - 1], size, step, 0)  # (outputs, size)
    return replace(
        op.intervals.apply(lambda v: np.moveaxis(_read(v, dim, length, index), dim, -1)),
        path=None,
    )


def _read(v: Array, dim: int, size: int, index: Index) -> Array:
    """Return the taps along a dimension, which becomes two; 1 and 1 where nothing changes."""
    if v.shape[dim] == 1 != size and (index >= 0).all():
        return np.expand_dims(v, v.ndim + dim + 1)
    if v.shape[dim] == 1 != size:
        v = np.repeat(v, size, axis=v.ndim + dim)
    return gather(v, dim, index)  # (..., outputs, taps, ...)
