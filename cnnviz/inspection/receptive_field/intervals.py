"""Which rows and columns of earlier maps can reach each number of a tensor.

An interval is closed. It is kept as first and -last, so that two of them are joined, into the
smallest interval that holds both, by the minimum of each. An interval that holds nothing is
`NOTHING` twice. An array of intervals has the shape (2, S, *tensor): first and -last, the S sources
whose rows it counts, and the tensor's own shape, with 1 where nothing changes along a dimension.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int16]
Index = NDArray[np.intp]  # (outputs, taps), -1 for padding
Shape = tuple[int, ...]

NOTHING = 32_767
CAP = 1_000_000  # intervals a source; above it a dimension is given up for its hull


@dataclass(frozen=True)
class Window:
    """One step of the recurrence along a path of windows.

    Attributes:
        layer: dotted name of the module whose forward does it.
        kind: "convolution", "max pool", "average pool".
        kernel, stride, padding, dilation: (rows, columns).
        size: of the receptive field after it, r + (k - 1) * dilation * jump.
        jump: pixels between the fields of neighbors after it, jump * stride.
        start: middle of the first unit's field in pixels, the first pixel's middle being 0.
        joined: whether the path came through a place where branches met since the last step; the
            one with the largest field is followed.
        before: the step before; None at the input.
    """

    layer: str
    kind: str
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    size: tuple[int, int]
    jump: tuple[int, int]
    start: tuple[float, float]
    joined: bool
    before: "Window | None"


@dataclass(frozen=True)
class Path:
    """The way from the input to a tensor, and where it leads.

    Attributes:
        step: the last window; None as long as none was met.
        size, jump, start: as a `Window` has them, after branches have met.
        joined: whether branches have met since the last window.
    """

    step: Window | None = None
    size: tuple[int, int] = (1, 1)
    jump: tuple[int, int] = (1, 1)
    start: tuple[float, float] = (0.0, 0.0)
    joined: bool = False


@dataclass(frozen=True, eq=False)
class Intervals:
    """What reaches each number of a tensor.

    Attributes:
        rows, columns: (2, S, *tensor), see above.
        gates: names of the modules where the whole image was left out, because it only scales or
            shifts a map: squeeze-excitation, norms over space.
        pooled: whether it is the same for the whole image, made by pooling all of it.
        unbounded: whether the reach grows with the input, as that of attention and of linear
            layers over places does.
        path: the windows on the way; None where the way is no chain of windows.
    """

    rows: Array
    columns: Array
    gates: frozenset[str] = frozenset()
    pooled: bool = False
    unbounded: bool = False
    path: Path | None = None

    @property
    def both(self) -> tuple[Array, Array]:
        """Rows and columns."""
        return self.rows, self.columns

    def apply(self, change: Callable[[Array], Array]) -> "Intervals":
        """Return the same with rows and columns changed in one way."""
        return replace(self, rows=change(self.rows), columns=change(self.columns))

    def varies(self, dims: Sequence[int]) -> bool:
        """Tell whether intervals differ along any of the dimensions, counted from the end."""
        return any(v.shape[d] > 1 for v in self.both for d in dims)


def nothing(sources: int, dims: int) -> Intervals:
    """Return the intervals of a constant: nothing reaches it."""
    v = np.full((2, sources, *(1,) * dims), NOTHING, np.int16)
    return Intervals(v, v)


def places(count: int) -> Array:
    """Return the intervals of `count` rows that each hold themselves, (2, count)."""
    first = np.arange(count, dtype=np.int16)
    return np.stack([first, -first])


def union(parts: Sequence[Intervals], dims: int) -> Intervals:
    """Return what reaches numbers that are made of those of several tensors by broadcasting."""
    if len(parts) == 1 and parts[0].rows.ndim == parts[0].columns.ndim == dims + 2:
        return parts[0]
    rows, columns = (_join([_pad(part, dims) for part in axis]) for axis in _axes(parts))
    return combined(parts, rows, columns)


def combined(parts: Sequence[Intervals], rows: Array, columns: Array) -> Intervals:
    """Return new rows and columns with all else that several parts bring along."""
    return Intervals(
        rows,
        columns,
        gates=frozenset().union(*(part.gates for part in parts)),
        pooled=all(part.pooled for part in parts),
        unbounded=any(part.unbounded for part in parts),
        path=_longest([part.path for part in parts]),
    )


def window(v: Array, dim: int, size: int, index: Index) -> Array:
    """Return the hull of the taps of each output along a dimension.

    Args:
        v: (2, S, *tensor).
        dim: counted from the end.
        size: of the tensor along it.
        index: (outputs, taps), -1 for padding, which holds nothing.
    """
    if v.shape[dim] == 1 != size:
        return v
    return capped(gather(v, dim, index).min(axis=dim))


def gather(v: Array, dim: int, index: Index) -> Array:
    """Return the taps along a dimension, which becomes two: outputs and taps."""
    axis = v.ndim + dim
    edge = np.full((*v.shape[:axis], 1, *v.shape[axis + 1 :]), NOTHING, np.int16)
    return np.take(np.concatenate([v, edge], axis=axis), index, axis=axis)


@lru_cache(maxsize=1024)
def taps(
    size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int = 1
) -> Index:
    """Return which inputs each output of a window reads, (outputs, kernel), -1 for padding."""
    start = np.arange(outputs)[:, None] * stride - padding
    return _inside(start + dilation * np.arange(kernel), size)


@lru_cache(maxsize=1024)
def transposed_taps(
    size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int
) -> Index:
    """Return which inputs each output of a transposed convolution reads, -1 for none."""
    reach = np.arange(outputs)[:, None] + padding - dilation * np.arange(kernel)
    return _inside(np.where(reach % stride == 0, reach // stride, -1), size)


@lru_cache(maxsize=1024)
def adaptive_taps(size: int, outputs: int) -> Index:
    """Return which inputs each output of an adaptive pool reads, -1 where it reads fewer."""
    first = np.arange(outputs) * size // outputs
    end = -(-(np.arange(1, outputs + 1) * size) // outputs)
    reach = first[:, None] + np.arange((end - first).max())
    return np.where(reach < end[:, None], reach, -1)


def reduce(v: Array, dims: Sequence[int], *, keep: bool = True) -> Array:
    """Return the hull over dimensions counted from the end."""
    if keep and all(v.shape[d] == 1 for d in dims):
        return v
    found: Array = v.min(axis=tuple(dims), keepdims=keep)
    return found


def reshape(v: Array, before: Shape, after: Shape) -> Array:
    """Return the intervals of a tensor laid out in another shape.

    Dimensions that become others together are written out, unless nothing changes along them.
    """
    if before == after:
        return v
    full: list[int] = []
    new: list[int] = []
    for old_dims, new_dims in _groups(before, after):
        constant = all(v.shape[2 + d] == 1 for d in old_dims)
        full += [1 if constant else before[d] for d in old_dims]
        new += [1 if constant else after[d] for d in new_dims]
    if math.prod(full) > CAP:
        return hull(v, len(after))
    return squeeze(np.broadcast_to(v, (*v.shape[:2], *full)).reshape(*v.shape[:2], *new))


def squeeze(v: Array) -> Array:
    """Return the same with 1 for the dimensions along which nothing changes."""
    for axis in range(2, v.ndim):
        if v.shape[axis] > 1:
            first = np.take(v, [0], axis=axis)
            if (v == first).all():
                v = first
    return v


def write(v: Array, part: Array, region: Sequence[slice], shape: Shape) -> Array:
    """Return the intervals of a tensor after a part of it was overwritten.

    Args:
        v: before.
        part: of what was written, with as many dimensions.
        region: where it was written, a slice for each of the tensor's dimensions.
        shape: of the tensor.
    """
    whole = [len(range(n)[cut]) == n for n, cut in zip(shape, region, strict=True)]
    full = [
        1 if all_of_it and v.shape[2 + d] == part.shape[2 + d] == 1 else n
        for d, (n, all_of_it) in enumerate(zip(shape, whole, strict=True))
    ]
    if math.prod(full) > CAP:
        return np.minimum(hull(v, len(shape)), hull(part, len(shape)))
    found = np.broadcast_to(v, (*v.shape[:2], *full)).copy()
    places = [slice(None) if n == 1 else cut for n, cut in zip(full, region, strict=True)]
    found[(slice(None), slice(None), *places)] = part
    return found


def hull(v: Array, dims: int) -> Array:
    """Return one interval that holds all, for a tensor of so many dimensions."""
    found: Array = v.min(axis=tuple(range(2, v.ndim)))
    return found.reshape(*v.shape[:2], *(1,) * dims)


def capped(v: Array) -> Array:
    """Return the same, or the hull along its longest dimensions where it is too large."""
    while math.prod(v.shape[2:]) > CAP:
        v = v.min(axis=2 + int(np.argmax(v.shape[2:])), keepdims=True)
    return v


def _axes(parts: Sequence[Intervals]) -> tuple[list[Array], list[Array]]:
    return [part.rows for part in parts], [part.columns for part in parts]


def _pad(v: Array, dims: int) -> Array:
    missing = dims + 2 - v.ndim
    return v.reshape(*v.shape[:2], *(1,) * missing, *v.shape[2:]) if missing else v


def _join(parts: Sequence[Array]) -> Array:
    found = parts[0]
    for part in parts[1:]:
        shape = np.broadcast_shapes(found.shape[2:], part.shape[2:])
        while math.prod(shape) > CAP:
            axis = 1 + len(shape) - int(np.argmax(shape[::-1]))  # the last of the longest
            found, part = (v.min(axis=axis, keepdims=True) for v in (found, part))
            shape = np.broadcast_shapes(found.shape[2:], part.shape[2:])
        found = np.minimum(found, part)
    return found


def _longest(paths: Sequence[Path | None]) -> Path | None:
    """Return the path with the largest field, and the largest size along either dimension."""
    known = [path for path in paths if path is not None]
    if len(known) < len(paths):
        return None
    longest = max(known, key=lambda path: math.prod(path.size))
    if all(path.step is longest.step for path in known):
        return longest
    largest = [max(known, key=lambda path: path.size[axis]) for axis in (0, 1)]
    return Path(
        longest.step,
        size=(largest[0].size[0], largest[1].size[1]),
        jump=longest.jump,
        start=(largest[0].start[0], largest[1].start[1]),
        joined=True,
    )


def _inside(reach: Index, size: int) -> Index:
    return np.where((reach >= 0) & (reach < size), reach, -1)


def _groups(before: Shape, after: Shape) -> list[tuple[list[int], list[int]]]:
    """Return the dimensions that become others together: the shortest runs of equal product."""
    found = []
    i = j = 0
    while i < len(before) or j < len(after):
        old, new, numbers, others = [], [], 1, 1
        if i < len(before):
            old, numbers, i = [i], before[i], i + 1
        if j < len(after):
            new, others, j = [j], after[j], j + 1
        while numbers != others:
            if numbers < others:
                old.append(i)
                numbers, i = numbers * before[i], i + 1
            else:
                new.append(j)
                others, j = others * after[j], j + 1
        found.append((old, new))
    return found
