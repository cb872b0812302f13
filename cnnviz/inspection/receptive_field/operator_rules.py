"""What each of PyTorch's operations does to intervals of rows and columns: one table.

A rule is exact where its operation reads whole runs of rows and columns. It is the hull where the
operation leaves holes: the taps of a dilated or strided kernel, channels that are joined.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cnnviz.inspection.receptive_field.intervals import (
    CAP,
    Array,
    Index,
    Intervals,
    Path,
    Window,
    adaptive_taps,
    capped,
    combined,
    gather,
    hull,
    nothing,
    reduce,
    reshape,
    taps,
    transposed_taps,
    union,
    window,
)

Result = Intervals | list[Intervals | None]


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of an operation of which at least one tensor comes from a source.

    Attributes:
        name: as the dispatcher has it, without the underscore of an operation in place.
        arguments: by their names in the operation's schema.
        known: the tensors it reads that come from a source, and their intervals.
        outputs: the tensors it puts out.
        layer: dotted name of the module at work.
        gates: whether a gate counts as the whole image, in place of nothing and a name.
    """

    name: str
    arguments: Mapping[str, Any]
    known: Sequence[tuple[Tensor, Intervals]]
    outputs: Sequence[Tensor]
    layer: str
    gates: bool

    @property
    def size(self) -> tuple[int, ...]:
        """Shape of the first tensor that comes from a source."""
        return tuple(self.known[0][0].shape)

    @property
    def output(self) -> tuple[int, ...]:
        """Shape of the first tensor it puts out."""
        return tuple(self.outputs[0].shape)

    @property
    def intervals(self) -> Intervals:
        """Intervals of the first tensor that comes from a source."""
        return self.known[0][1]

    @property
    def sources(self) -> int:
        """How many sources there are."""
        return int(self.intervals.rows.shape[1])

    def of(self, tensor: object) -> Intervals | None:
        """Return a tensor's intervals, None for one that comes from no source."""
        return next((found for t, found in self.known if t is tensor), None)

    def dim(self, name: str = "dim", default: int = 0) -> int:
        """Return a dimension among the arguments, counted from the end of the first tensor."""
        dims = len(self.size)
        return int(self.arguments.get(name, default)) % dims - dims

    def dims(self) -> list[int]:
        """Return the dimensions to reduce, counted from the end; all of them by default."""
        count = len(self.size)
        given = self.arguments.get("dim")
        if given is None or given == []:
            return list(range(-count, 0))
        return [d % count - count for d in ([given] if isinstance(given, int) else given)]


def rule(op: Operation) -> Result | None:
    """Return the intervals of what an operation puts out; None if no rule covers it."""
    found = RULES.get(op.name)
    return found(op) if found else None


def pointwise(op: Operation) -> Result:
    """Numbers of one place make the number of that place; a gate is left out and named."""
    parts = [found for _, found in op.known]
    pooled = [part for part in parts if part.pooled]
    if pooled and len(pooled) < len(parts) and not op.gates:
        rest = [part for part in parts if not part.pooled]
        names = {op.layer}.union(*(part.gates for part in pooled))
        joined = union(rest, len(op.output))
        return replace(joined, gates=joined.gates | names)
    return union(parts, len(op.output))


def _copied(op: Operation) -> Result:
    """Copying overwrites what was there before."""
    source = op.of(op.arguments["src"])
    dims = len(op.output)
    return union([source], dims) if source is not None else nothing(op.sources, dims)


def assume_all(op: Operation) -> Result:
    """Every number may come from all: the hull, where nothing better is known."""
    dims = len(op.output)
    parts = [found.apply(lambda v: hull(v, dims)) for _, found in op.known]
    return replace(union(parts, dims), unbounded=True, path=None)


def _convolution(op: Operation) -> Result:
    weight, groups = op.arguments["weight"], op.arguments["groups"]
    kernel = tuple(weight.shape[2:])
    count = len(kernel)
    stride, padding, dilation = (
        _per_dim(op.arguments[name], count) for name in ("stride", "padding", "dilation")
    )
    mixed = op.intervals.apply(lambda v: _mix(v, op, count, groups))
    if op.arguments["transposed"]:
        find = transposed_taps
        mixed = replace(mixed, path=None)
    else:
        find = taps
        mixed = replace(mixed, path=_step(op, kernel, stride, padding, dilation))
    return _windows(
        mixed,
        op,
        [
            find(size, out, *how) if tuple(how[:3]) != (1, 1, 0) else None
            for size, out, *how in zip(
                op.size[-count:], op.output[-count:], kernel, stride, padding, dilation, strict=True
            )
        ],
    )


def _mix(v: Array, op: Operation, count: int, groups: int) -> Array:
    """Return the hull over the channels of each group, laid out as the output's channels."""
    axis = v.ndim - count - 1
    if v.shape[axis] == 1:
        return v
    if groups == 1:
        whole: Array = v.min(axis=axis, keepdims=True)
        return whole
    split = v.reshape(*v.shape[:axis], groups, -1, *v.shape[axis + 1 :]).min(axis=axis + 1)
    out = op.output[axis - 2 if axis >= 2 else axis]
    return np.repeat(split, out // groups, axis=axis)


def _pool(op: Operation) -> Result:
    kernel = _per_dim(op.arguments["kernel_size"], 2)
    stride = _per_dim(op.arguments.get("stride") or kernel, 2)
    padding = _per_dim(op.arguments.get("padding", 0), 2)
    dilation = _per_dim(op.arguments.get("dilation", 1), 2)
    sizes = zip(op.size[-2:], op.output[-2:], kernel, stride, padding, dilation, strict=True)
    path = _step(op, kernel, stride, padding, dilation)
    return _windows(replace(op.intervals, path=path), op, [taps(*how) for how in sizes])


def _adaptive(op: Operation) -> Result:
    sizes = list(zip(op.size[-2:], op.output[-2:], strict=True))
    if all(out == 1 for _, out in sizes):
        return _pooled(op, [-2, -1], keep=True)
    found = _windows(op.intervals, op, [adaptive_taps(*size) for size in sizes])
    changed = any(size != out for size, out in sizes)
    return replace(found, unbounded=True, path=None) if changed else found


def _windows(found: Intervals, op: Operation, indices: Sequence[Index | None]) -> Intervals:
    """Return the hull over a window along each of the last dimensions; None is a 1×1 one."""

    def change(v: Array) -> Array:
        for i, index in enumerate(indices):
            if index is not None:
                dim = i - len(indices)
                v = window(v, dim, op.size[dim], index)
        return v

    return found.apply(change)


def _step(
    op: Operation,
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


def _reduction(op: Operation) -> Result:
    keep = len(op.output) == len(op.size)
    return _pooled(op, op.dims(), keep=keep)


def _pooled(op: Operation, dims: list[int], *, keep: bool) -> Intervals:
    """Return the hull over dimensions, marked if nothing but the whole image is left."""
    before = op.intervals
    if not before.varies(dims):
        return before.apply(lambda v: reduce(v, dims, keep=keep))
    found = before.apply(lambda v: reduce(v, dims, keep=keep))
    whole = all(math.prod(v.shape[2:]) == 1 for v in found.both)
    return replace(found, pooled=whole, unbounded=True, path=None)


def _mixed_along(op: Operation) -> Result:
    """Softmax: each number reads all along a dimension."""
    return _over(op.intervals, [op.dim()])


def _over(found: Intervals, dims: list[int]) -> Intervals:
    """Return the hull over dimensions that stay; a reach that grows if there was something."""
    if not found.varies(dims):
        return found
    return replace(found.apply(lambda v: reduce(v, dims)), unbounded=True, path=None)


def _layer_norm(op: Operation) -> Result:
    dims = list(range(-len(op.arguments["normalized_shape"]), 0))
    return [_over(op.intervals, dims), None, None]


def _group_norm(op: Operation) -> Result:
    found = op.intervals
    if op.gates:
        return [_over(found, list(range(1 - len(op.size), 0))), None, None]
    return [replace(found, gates=found.gates | {op.layer}), None, None]


def _batch_norm(op: Operation) -> Result:
    found = op.intervals
    if not op.arguments.get("training", False):
        return [found, None, None]
    if op.gates:
        return [_over(found, list(range(2 - len(op.size), 0))), None, None]
    return [replace(found, gates=found.gates | {op.layer}), None, None]


def _product(first: str, second: str, added: str = "") -> Callable[[Operation], Result]:
    """Return the rule of a matrix product: rows of the first, columns of the second."""

    def product(op: Operation) -> Result:
        sides = ((first, -1), (second, -2))
        parts = [
            _over(found, [dim])
            for name, dim in sides
            if (found := op.of(op.arguments[name])) is not None
        ]
        if added and (found := op.of(op.arguments[added])) is not None:
            parts.append(found)
        return union(parts, len(op.output))

    return product


def _attention(op: Operation) -> Result:
    sides = (("query", [-1]), ("key", [-2, -1]), ("value", [-2, -1]))
    parts = [
        _over(found, dims)
        for name, dims in sides
        if (found := op.of(op.arguments[name])) is not None
    ]
    rest: list[Intervals | None] = [None] * (len(op.outputs) - 1)
    return [union(parts, len(op.output)), *rest]


def _view(op: Operation) -> Result:
    return op.intervals.apply(lambda v: reshape(v, op.size, op.output))


def _permute(op: Operation) -> Result:
    count = len(op.size)
    order = [2 + d % count for d in op.arguments["dims"]]
    return op.intervals.apply(lambda v: v.transpose(0, 1, *order))


def _transpose(op: Operation) -> Result:
    first, second = op.dim("dim0"), op.dim("dim1")
    return op.intervals.apply(lambda v: np.swapaxes(v, first, second))


def _t(op: Operation) -> Result:
    return op.intervals.apply(lambda v: np.swapaxes(v, 2, v.ndim - 1))


def _unsqueeze(op: Operation) -> Result:
    axis = 2 + op.arguments["dim"] % (len(op.size) + 1)
    return op.intervals.apply(lambda v: np.expand_dims(v, axis))


def _expand(op: Operation) -> Result:
    dims = len(op.output)
    return op.intervals.apply(
        lambda v: v.reshape(*v.shape[:2], *(1,) * (dims + 2 - v.ndim), *v.shape[2:])
    )


def _repeat(op: Operation) -> Result:
    times = op.arguments["repeats"]
    dims = len(times)

    def change(v: Array) -> Array:
        v = v.reshape(*v.shape[:2], *(1,) * (dims + 2 - v.ndim), *v.shape[2:])
        each = [n if v.shape[2 + i] > 1 else 1 for i, n in enumerate(times)]
        return capped(np.tile(v, (1, 1, *each)))

    return op.intervals.apply(change)


def _slice(op: Operation) -> Result:
    dim = op.dim()
    cut = slice(*(op.arguments.get(name) for name in ("start", "end", "step")))
    return op.intervals.apply(lambda v: _take(v, dim, range(*cut.indices(op.size[dim]))))


def _select(op: Operation) -> Result:
    dim, place = op.dim(), op.arguments["index"]
    place = place % op.size[dim]
    return op.intervals.apply(lambda v: _take(v, dim, [place]).squeeze(v.ndim + dim))


def _split(op: Operation) -> Result:
    dim = op.dim()
    edges = np.cumsum([0, *(t.shape[dim] for t in op.outputs)])
    return [
        op.intervals.apply(lambda v, a=a, b=b: _take(v, dim, range(a, b)))  # type: ignore[misc]
        for a, b in pairwise(edges)
    ]


def _unbind(op: Operation) -> Result:
    dim = op.dim()
    return [
        op.intervals.apply(lambda v, i=i: _take(v, dim, [i]).squeeze(v.ndim + dim))  # type: ignore[misc]
        for i in range(len(op.outputs))
    ]


def _take(v: Array, dim: int, chosen: Sequence[int]) -> Array:
    """Return the chosen places along a dimension; all are alike where nothing changes."""
    return v if v.shape[dim] == 1 else np.take(v, chosen, axis=v.ndim + dim)


def _cat(op: Operation) -> Result:
    tensors = [t for t in op.arguments["tensors"] if t.shape != (0,)]
    dim = op.arguments.get("dim", 0) % len(op.output) - len(op.output)
    parts = [op.of(t) or nothing(op.sources, t.ndim) for t in tensors]
    lengths = [t.shape[dim] for t in tensors]
    return _joined(op, parts, dim, lengths)


def _stack(op: Operation) -> Result:
    tensors = op.arguments["tensors"]
    dims = len(op.output)
    dim = op.arguments.get("dim", 0) % dims - dims
    parts = [
        (op.of(t) or nothing(op.sources, t.ndim)).apply(
            lambda v: np.expand_dims(v, v.ndim + 1 + dim)
        )
        for t in tensors
    ]
    return _joined(op, parts, dim, [1] * len(parts))


def _joined(
    op: Operation, parts: Sequence[Intervals], dim: int, lengths: Sequence[int]
) -> Intervals:
    """Return the intervals of tensors laid one behind the other."""
    rows = _concatenate([part.rows for part in parts], dim, lengths)
    columns = _concatenate([part.columns for part in parts], dim, lengths)
    return combined([found for _, found in op.known], rows, columns)


def _concatenate(parts: Sequence[Array], dim: int, lengths: Sequence[int]) -> Array:
    axis = parts[0].ndim + dim
    flat = [(*v.shape[:axis], 1, *v.shape[axis + 1 :]) for v in parts]
    shape = np.broadcast_shapes(*flat)
    if math.prod(shape[2:]) * sum(lengths) > CAP:
        hulls: Array = np.minimum.reduce([v.min(axis=axis, keepdims=True) for v in parts])
        return hulls
    whole = [
        np.broadcast_to(v, (*shape[:axis], n, *shape[axis + 1 :]))
        for v, n in zip(parts, lengths, strict=True)
    ]
    if all(v.shape[axis] == 1 for v in parts) and all(
        v.shape == parts[0].shape and (v == parts[0]).all() for v in parts[1:]
    ):
        return parts[0]
    return np.concatenate(whole, axis=axis)


def _roll(op: Operation) -> Result:
    shifts, dims = op.arguments["shifts"], op.arguments.get("dims") or []
    count = len(op.size)
    if not dims:
        return op.intervals.apply(
            lambda v: reshape(
                np.roll(reshape(v, op.size, (math.prod(op.size),)), shifts[0], axis=2),
                (math.prod(op.size),),
                op.size,
            )
        )
    axes = tuple(2 + d % count for d in dims)
    return op.intervals.apply(lambda v: np.roll(v, shifts, axis=axes))


def _flip(op: Operation) -> Result:
    axes = tuple(2 + d % len(op.size) for d in op.arguments["dims"])
    return op.intervals.apply(lambda v: np.flip(v, axis=axes))


def _pad(fold: Callable[[Index, int], Index]) -> Callable[[Operation], Result]:
    """Return the rule of padding; `fold` tells which places the padded ones copy, -1 for none."""

    def pad(op: Operation) -> Result:
        amounts = op.arguments.get("pad", op.arguments.get("padding"))
        found = op.intervals
        for i in range(len(amounts) // 2):
            before, after = amounts[2 * i : 2 * i + 2]
            size = op.size[-1 - i]
            index = fold(np.arange(-before, size + after), size)[:, None]
            found = found.apply(
                lambda v, i=i, size=size, index=index: window(v, -1 - i, size, index)  # type: ignore[misc]
            )
        return found

    return pad


def _constant(place: Index, size: int) -> Index:
    return np.where((place >= 0) & (place < size), place, -1)


def _reflected(place: Index, size: int) -> Index:
    place = np.abs(place)
    return np.where(place >= size, 2 * (size - 1) - place, place)


def _replicated(place: Index, size: int) -> Index:
    return np.clip(place, 0, size - 1)


def _resize(reach: Callable[[Operation, int, int, int], Index]) -> Callable[[Operation], Result]:
    """Return the rule of resizing; `reach` gives the taps along one dimension."""

    def resize(op: Operation) -> Result:
        indices = [reach(op, op.size[dim], op.output[dim], dim) for dim in (-2, -1)]
        return replace(_windows(op.intervals, op, indices), path=None)

    return resize


def _scale(op: Operation, size: int, out: int, dim: int) -> float:
    """Return the pixels of the input for one of the output."""
    given = op.arguments.get("scales_h" if dim == -2 else "scales_w")
    return 1 / given if given else size / out


def _centers(op: Operation, size: int, out: int, dim: int) -> np.ndarray[Any, Any]:
    if op.arguments.get("align_corners"):
        return np.arange(out) * ((size - 1) / max(out - 1, 1))
    return (np.arange(out) + 0.5) * _scale(op, size, out, dim) - 0.5


def _nearest(op: Operation, size: int, out: int, dim: int) -> Index:
    middle = 0.5 if "exact" in op.name else 0.0
    place = np.floor((np.arange(out) + middle) * _scale(op, size, out, dim)).astype(np.intp)
    index: Index = np.minimum(place, size - 1)[:, None]
    return index


def _linear(op: Operation, size: int, out: int, dim: int) -> Index:
    first = np.floor(np.maximum(_centers(op, size, out, dim), 0)).astype(np.intp)
    index: Index = np.minimum(np.stack([first, first + 1], axis=1), size - 1)
    return index


def _cubic(op: Operation, size: int, out: int, dim: int) -> Index:
    first = np.floor(_centers(op, size, out, dim)).astype(np.intp)
    index: Index = np.clip(first[:, None] + np.arange(-1, 3), 0, size - 1)
    return index


def _smooth(op: Operation, size: int, out: int, dim: int) -> Index:
    """Anti-aliased: the filter's support grows with the factor."""
    scale = max(_scale(op, size, out, dim), 1.0)
    support = scale * (2 if "bicubic" in op.name else 1)
    middle = _centers(op, size, out, dim) + 0.5
    ends = [np.floor(middle - support + 0.5), np.floor(middle + support + 0.5) - 1]
    return np.clip(np.stack(ends, axis=1).astype(np.intp), 0, size - 1)


def _im2col(op: Operation) -> Result:
    """Unfold patches of (N, C, H, W) into (N, C * kernel, places)."""
    names = ("kernel_size", "stride", "padding", "dilation")
    kernel, stride, padding, dilation = (_per_dim(op.arguments[name], 2) for name in names)
    height, width = op.size[-2:]
    spans = zip((height, width), kernel, stride, padding, dilation, strict=True)
    out = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans]
    down, across = (
        taps(n, o, k, s, p, d)
        for n, o, k, s, p, d in zip(
            (height, width), out, kernel, stride, padding, dilation, strict=True
        )
    )
    channels = op.size[-3]
    shape = (*op.size[:-3], channels, kernel[0], kernel[1], out[0], out[1])

    def change(v: Array) -> Array:
        v = _read(v, -2, height, down)  # (..., C, oh, kh, W)
        v = _read(v, -1, width, across)  # (..., C, oh, kh, ow, kw)
        v = np.moveaxis(v, (-3, -1), (-4, -3))  # (..., C, kh, kw, oh, ow)
        return reshape(v, shape, op.output)

    return replace(op.intervals.apply(change), path=None)


def _unfold(op: Operation) -> Result:
    """Windows along one dimension, which go to the end: (..., places, ..., size)."""
    dim = op.dim("dimension")
    size, step = op.arguments["size"], op.arguments["step"]
    index = taps(op.size[dim], op.output[dim - 1], size, step, 0)
    return replace(
        op.intervals.apply(lambda v: np.moveaxis(_read(v, dim, op.size[dim], index), dim, -1)),
        path=None,
    )


def _read(v: Array, dim: int, size: int, index: Index) -> Array:
    """Return the taps along a dimension, which becomes two; 1 and 1 where nothing changes."""
    if v.shape[dim] == 1 != size and (index >= 0).all():
        return np.expand_dims(v, v.ndim + dim + 1)
    if v.shape[dim] == 1 != size:
        v = np.repeat(v, size, axis=v.ndim + dim)
    return gather(v, dim, index)


def _pixel_shuffle(op: Operation) -> Result:
    r = op.arguments["upscale_factor"]
    *rest, channels, height, width = op.size
    split = (*rest, channels // r**2, r, r, height, width)
    n = len(rest)
    order = [*range(n + 1), n + 3, n + 1, n + 4, n + 2]  # (..., C, H, r, W, r)
    return replace(_rearranged(op, split, order), path=None)


def _pixel_unshuffle(op: Operation) -> Result:
    r = op.arguments["downscale_factor"]
    *rest, channels, height, width = op.size
    split = (*rest, channels, height // r, r, width // r, r)
    n = len(rest)
    order = [*range(n + 1), n + 2, n + 4, n + 1, n + 3]  # (..., C, r, r, H, W)
    return replace(_rearranged(op, split, order), path=None)


def _channel_shuffle(op: Operation) -> Result:
    groups = op.arguments["groups"]
    count, channels, *rest = op.size
    split = (count, groups, channels // groups, *rest)
    return _rearranged(op, split, [0, 2, 1, *range(3, len(split))])


def _rearranged(op: Operation, split: tuple[int, ...], order: Sequence[int]) -> Intervals:
    """Return the intervals after a view, a permutation and a view."""
    moved = tuple(split[i] for i in order)
    return op.intervals.apply(
        lambda v: reshape(
            reshape(v, op.size, split).transpose(0, 1, *(2 + i for i in order)), moved, op.output
        )
    )


def _as_strided(op: Operation) -> Result | None:
    """Lay memory out anew: the same where all numbers are alike."""
    dims = len(op.output)
    if any(math.prod(v.shape[2:]) > 1 for v in op.intervals.both):
        return None
    return op.intervals.apply(lambda v: v.reshape(*v.shape[:2], *(1,) * dims))


def _index(op: Operation) -> Result | None:
    """Pick by one list of places that is known; those on the meta device are not."""
    lists = op.arguments["indices"]
    used = [d for d, places in enumerate(lists) if places is not None]
    chosen = lists[used[0]]
    if len(used) > 1 or chosen.dim() != 1 or chosen.is_meta or chosen.dtype == torch.bool:
        return None
    dim = used[0] - len(op.size)
    return op.intervals.apply(lambda v: _take(v, dim, chosen.tolist()))


def _cumulative(op: Operation) -> Result:
    """Running sums: everything before along a dimension; its hull."""
    return _over(op.intervals, [op.dim(default=-1)])


def _per_dim(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    values = [value] if isinstance(value, int) else list(value)
    return tuple(values * count if len(values) == 1 else values)


def _several(names: str, rule: Callable[[Operation], Result]) -> dict[str, Any]:
    return dict.fromkeys(names.split(), rule)


_KINDS = {
    "convolution": "convolution",
    "max_pool2d_with_indices": "max pool",
    "max_pool2d": "max pool",
    "avg_pool2d": "average pool",
}

RULES: Mapping[str, Callable[[Operation], Result | None]] = {
    "convolution": _convolution,
    **_several("max_pool2d max_pool2d_with_indices avg_pool2d", _pool),
    **_several("_adaptive_avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d", _adaptive),
    **_several(
        "mean sum prod amax amin max min argmax argmin any all std var var_mean", _reduction
    ),
    **_several("logsumexp linalg_vector_norm norm std_mean", _reduction),
    **_several("_softmax _safe_softmax _log_softmax softmax log_softmax", _mixed_along),
    **_several("cumsum cumprod sort topk kthvalue", _cumulative),
    "native_layer_norm": _layer_norm,
    "native_group_norm": _group_norm,
    **_several("native_batch_norm cudnn_batch_norm _native_batch_norm_legit", _batch_norm),
    "_native_batch_norm_legit_no_training": _batch_norm,
    "mm": _product("self", "mat2"),
    "bmm": _product("self", "mat2"),
    "addmm": _product("mat1", "mat2", "self"),
    "baddbmm": _product("batch1", "batch2", "self"),
    **_several(
        "_scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu "
        "_scaled_dot_product_efficient_attention _scaled_dot_product_attention_math "
        "_scaled_dot_product_cudnn_attention",
        _attention,
    ),
    **_several("view _unsafe_view _reshape_alias _reshape_copy reshape flatten squeeze", _view),
    "unsqueeze": _unsqueeze,
    "permute": _permute,
    **_several("transpose swapaxes", _transpose),
    "t": _t,
    "expand": _expand,
    "repeat": _repeat,
    "slice": _slice,
    "select": _select,
    **_several("split split_with_sizes chunk unsafe_split unsafe_chunk", _split),
    "unbind": _unbind,
    "cat": _cat,
    "stack": _stack,
    "roll": _roll,
    "flip": _flip,
    "constant_pad_nd": _pad(_constant),
    **_several("reflection_pad1d reflection_pad2d", _pad(_reflected)),
    **_several("replication_pad1d replication_pad2d", _pad(_replicated)),
    **_several("upsample_nearest2d _upsample_nearest_exact2d", _resize(_nearest)),
    "upsample_bilinear2d": _resize(_linear),
    "upsample_bicubic2d": _resize(_cubic),
    **_several("_upsample_bilinear2d_aa _upsample_bicubic2d_aa", _resize(_smooth)),
    "im2col": _im2col,
    "unfold": _unfold,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "channel_shuffle": _channel_shuffle,
    "copy": _copied,
    "as_strided": _as_strided,
    "index": _index,
    **_several(  # one number of each place, though the dispatcher does not say so
        "_to_copy clone detach alias lift_fresh contiguous native_dropout bernoulli hardswish "
        "masked_fill prelu _prelu_kernel rsub where",
        pointwise,
    ),
}

CONSTANTS = frozenset(  # what is put out depends on shapes alone
    [
        *("new_zeros", "new_ones", "new_empty", "new_full", "new_empty_strided", "zeros_like"),
        *("ones_like", "empty_like", "full_like", "rand_like", "randn_like", "zero"),
    ]
)
