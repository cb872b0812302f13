"""Intervals of the rows and columns of source maps that each number of a tensor depends on.

A closed interval is stored as first and -last: the hull of two, the smallest interval that contains
both, is then the minimum of each. An empty interval is `NOTHING` twice. An array of intervals has
the shape (2, S, *tensor): first and -last, the S sources, and the shape of the tensor, with 1 for
each dimension along which all intervals are equal.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cnnviz.inspection.receptive_field.paths import Path, joined_path
from cnnviz.inspection.receptive_field.taps import Index

Array = NDArray[np.int16]
Shape = tuple[int, ...]

NOTHING = 32_767
CAP = 1_000_000  # intervals per source; above it a dimension is reduced to its hull


@dataclass(frozen=True, eq=False)
class Intervals:
    """The source rows and columns that each number of a tensor depends on.

    Attributes:
        rows, columns: (2, S, *tensor), as the module describes.
        gates: names of the modules whose dependence on the whole image is left out, as it only
            scales or shifts a map: squeeze-excitation, norms over space.
        pooled: whether the tensor was pooled over the whole image.
        unbounded: whether the dependence grows with the input, as in attention and in linear
            layers over positions.
        path: the windows on the way from the input; None if it is no chain of windows.
        masked: 1 where an attention mask has put a score so far below the others that its weight
            vanishes, else 0: (1, 1, *tensor); None if there is no such score.
        zeros: 1 where a number is zero whatever the input is, as the weight of such a score.
    """

    rows: Array
    columns: Array
    gates: frozenset[str] = frozenset()
    pooled: bool = False
    unbounded: bool = False
    path: Path | None = None
    masked: Array | None = None
    zeros: Array | None = None

    @property
    def both(self) -> tuple[Array, Array]:
        """Rows and columns."""
        return self.rows, self.columns

    def apply(self, change: Callable[[Array], Array]) -> "Intervals":
        """Return intervals with the same change made to rows and columns."""
        rows, columns = change(self.rows), change(self.columns)
        return replace(self, rows=rows, columns=columns, masked=None, zeros=None)

    def move(self, change: Callable[[Array], Array]) -> "Intervals":
        """Return intervals with the same change of shape or order, made to masks too."""
        masked, zeros = (v if v is None else change(v) for v in (self.masked, self.zeros))
        return replace(self.apply(change), masked=masked, zeros=zeros)

    def varies(self, dims: Sequence[int]) -> bool:
        """Return whether intervals differ along any of these dimensions, which are negative."""
        return any(v.shape[d] > 1 for v in self.both for d in dims)


def empty_intervals(sources: int, dims: int) -> Intervals:
    """Return the empty intervals of a constant."""
    v = np.full((2, sources, *(1,) * dims), NOTHING, np.int16)  # (2, S, 1, ..., 1)
    return Intervals(v, v)


def identity_intervals(count: int) -> Array:
    """Return intervals that contain their own index alone, (2, count)."""
    first = np.arange(count, dtype=np.int16)  # (count,)
    return np.stack([first, -first])  # (2, count)


def union(operands: Sequence[Intervals], dims: int) -> Intervals:
    """Return the hulls of several operands' intervals, broadcast to `dims` dimensions."""
    if len(operands) == 1 and operands[0].rows.ndim == operands[0].columns.ndim == dims + 2:
        return operands[0]
    rows = _join([with_dims(operand.rows, dims) for operand in operands])
    columns = _join([with_dims(operand.columns, dims) for operand in operands])
    return combined(operands, rows, columns)


def combined(operands: Sequence[Intervals], rows: Array, columns: Array) -> Intervals:
    """Return new rows and columns with the joined gates, flags and paths of several operands."""
    return Intervals(
        rows,
        columns,
        gates=frozenset().union(*(operand.gates for operand in operands)),
        pooled=all(operand.pooled for operand in operands),
        unbounded=any(operand.unbounded for operand in operands),
        path=joined_path([operand.path for operand in operands]),
    )


def window(v: Array, dim: int, size: int, index: Index) -> Array:
    """Return the hull of each output's taps along a dimension.

    Args:
        v: (2, S, *tensor).
        dim: negative.
        size: of the tensor along it.
        index: (outputs, taps), -1 for padding, whose interval is empty.
    """
    if v.shape[dim] == 1 != size:
        return v
    return capped(gather(v, dim, index).min(axis=dim))  # (..., outputs, taps, ...), over the taps


def gather(v: Array, dim: int, index: Index) -> Array:
    """Return the taps along a dimension, which becomes two: outputs and taps."""
    axis = v.ndim + dim
    padding = np.full((*v.shape[:axis], 1, *v.shape[axis + 1 :]), NOTHING, np.int16)
    padded = np.concatenate([v, padding], axis=axis)  # index -1 reads the last, which is empty
    return np.take(padded, index, axis=axis)  # (..., outputs, taps, ...)


def reduce(v: Array, dims: Sequence[int], *, keep: bool = True) -> Array:
    """Return the hull over dimensions, which are negative."""
    if keep and all(v.shape[d] == 1 for d in dims):
        return v
    hulls: Array = v.min(axis=tuple(dims), keepdims=keep)  # of first and -last alike
    return hulls


def reshape(v: Array, before: Shape, after: Shape) -> Array:
    """Return the intervals of a tensor after a view in another shape.

    Dimensions that are merged or split are expanded, unless all intervals along them are equal.
    """
    if before == after:
        return v
    full: list[int] = []  # shape before, with 1 for constant dimensions
    new: list[int] = []  # shape after, likewise
    for old_dims, new_dims in _groups(before, after):
        constant = all(v.shape[2 + d] == 1 for d in old_dims)
        full += [1 if constant else before[d] for d in old_dims]
        new += [1 if constant else after[d] for d in new_dims]
    if math.prod(full) > CAP:
        return hull(v, len(after))
    return squeeze(np.broadcast_to(v, (*v.shape[:2], *full)).reshape(*v.shape[:2], *new))


def squeeze(v: Array) -> Array:
    """Return the intervals with 1 for each dimension along which all are equal."""
    for axis in range(2, v.ndim):
        if v.shape[axis] > 1:
            first = np.take(v, [0], axis=axis)  # length 1 along this dimension
            if (v == first).all():
                v = first
    return v


def overwrite(v: Array, written: Array, region: Sequence[slice], shape: Shape) -> Array:
    """Return the intervals of a tensor after a region of it was overwritten.

    Args:
        v: intervals before, (2, S, *tensor).
        written: intervals of what was written, with as many dimensions.
        region: where it was written, one slice per dimension of the tensor.
        shape: of the tensor.
    """
    whole = [len(range(n)[span]) == n for n, span in zip(shape, region, strict=True)]
    full = [
        1 if covered and v.shape[2 + d] == written.shape[2 + d] == 1 else n
        for d, (n, covered) in enumerate(zip(shape, whole, strict=True))
    ]
    if math.prod(full) > CAP:
        return np.minimum(hull(v, len(shape)), hull(written, len(shape)))
    after = np.broadcast_to(v, (*v.shape[:2], *full)).copy()  # (2, S, *full), to write to
    spans = [slice(None) if n == 1 else span for n, span in zip(full, region, strict=True)]
    after[(slice(None), slice(None), *spans)] = written
    return after


def hull(v: Array, dims: int) -> Array:
    """Return the hull of all intervals, (2, S, 1, ..., 1) with `dims` ones."""
    whole: Array = v.min(axis=tuple(range(2, v.ndim)))  # (2, S)
    return whole.reshape(*v.shape[:2], *(1,) * dims)


def capped(v: Array) -> Array:
    """Return the intervals, reduced to hulls along the longest dimensions if more than `CAP`."""
    while math.prod(v.shape[2:]) > CAP:
        v = v.min(axis=2 + int(np.argmax(v.shape[2:])), keepdims=True)
    return v


def with_dims(v: Array, dims: int) -> Array:
    """Return intervals with leading dimensions of length 1, up to `dims`."""
    missing = dims + 2 - v.ndim
    return v.reshape(*v.shape[:2], *(1,) * missing, *v.shape[2:]) if missing else v


def _join(arrays: Sequence[Array]) -> Array:
    """Return the hulls of arrays that are broadcast against each other, capped."""
    joined = arrays[0]
    for v in arrays[1:]:
        shape = np.broadcast_shapes(joined.shape[2:], v.shape[2:])
        while math.prod(shape) > CAP:
            axis = 1 + len(shape) - int(np.argmax(shape[::-1]))  # the last of the longest
            joined, v = (a.min(axis=axis, keepdims=True) for a in (joined, v))
            shape = np.broadcast_shapes(joined.shape[2:], v.shape[2:])
        joined = np.minimum(joined, v)  # the hull, see the module
    return joined


def _groups(before: Shape, after: Shape) -> list[tuple[list[int], list[int]]]:
    """Return the dimensions that a view merges or splits: the shortest runs of equal product."""
    groups = []
    i = j = 0
    while i < len(before) or j < len(after):
        old, new, old_size, new_size = [], [], 1, 1
        if i < len(before):
            old, old_size, i = [i], before[i], i + 1
        if j < len(after):
            new, new_size, j = [j], after[j], j + 1
        while old_size != new_size:
            if old_size < new_size:
                old.append(i)
                old_size, i = old_size * before[i], i + 1
            else:
                new.append(j)
                new_size, j = new_size * after[j], j + 1
        groups.append((old, new))
    return groups
