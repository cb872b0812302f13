"""Intervals of a layer's output on the grid of its map: rows and columns, or tokens."""

from dataclasses import replace

import numpy as np

from cnnviz.inspection.receptive_field.intervals import (
    NOTHING,
    Array,
    Intervals,
    identity_intervals,
    with_dims,
)
from cnnviz.models.feature_maps import Layout


def on_grid(layout: Layout, v: Array, dims: int) -> Array:
    """Return the hull over all dimensions but those of the grid, (2, S, h or 1, w or 1).

    Args:
        layout: where rows and columns lie in the tensor.
        v: (2, S, *tensor).
        dims: number of the tensor's dimensions.
    """
    grid_axes = [2 + d for d in layout.dimensions]
    v = with_dims(v, dims)  # (2, S, *tensor)
    v = v.min(axis=tuple(a for a in range(2, v.ndim) if a not in grid_axes), keepdims=True)
    if len(grid_axes) == 2:
        order = [0, 1, *grid_axes]
        return v.transpose(*order, *(a for a in range(2, v.ndim) if a not in grid_axes)).reshape(
            *v.shape[:2], *(v.shape[a] for a in grid_axes)
        )
    flat = v.reshape(*v.shape[:2], -1)  # (2, S, tokens or 1)
    if flat.shape[2] == 1:
        return flat[..., None]
    return flat[..., layout.class_tokens :].reshape(*v.shape[:2], *layout.grid)  # (2, S, h, w)


def consistent_layout(
    layout: Layout, shape: tuple[int, ...], intervals: Intervals
) -> Layout | None:
    """Return the layout of a four-dimensional output that is consistent with its intervals.

    Inside a block it may differ from the network's: ConvNeXt's blocks have channels last, and
    MaxViT's have windows side by side, which are no map. If all intervals are equal, or no layout
    fits, as after a rotation, the layout stays.
    """
    down, across = (_varying(v[:, 0]) for v in intervals.both)
    for rows, columns in (layout.dimensions, (2, 3), (1, 2)):
        (channels,) = {1, 2, 3} - {rows, columns}
        crossed = columns in down or rows in across
        windows = any(
            channels in varying and own not in varying and shape[own] > 1
            for varying, own in ((down, rows), (across, columns))
        )
        if not crossed and not windows:
            return Layout((rows, columns), (shape[rows], shape[columns]))
    return layout if 3 in down | across else None


def _varying(v: Array) -> set[int]:
    """Return the dimensions of a tensor along which intervals (2, *tensor) differ."""
    nonempty = np.where(v == NOTHING, np.iinfo(v.dtype).min, v)  # below every maximum
    varying = set()
    for dim in range(1, v.ndim - 1):
        least, most = v.min(axis=dim + 1), nonempty.max(axis=dim + 1)
        if v.shape[dim + 1] > 1 and ((least != most) & (least != NOTHING)).any():
            varying.add(dim)
    return varying


def with_source(intervals: Intervals, slot: int, dims: int, layout: Layout) -> Intervals:
    """Return intervals in which each unit of a map depends on itself, as its own source.

    Args:
        intervals: of the map's tensor.
        slot: index of the source.
        dims: number of the tensor's dimensions.
        layout: where rows and columns lie in it.
    """
    height, width = layout.grid
    rows, columns = identity_intervals(height), identity_intervals(width)  # (2, h), (2, w)
    if len(layout.dimensions) == 2:
        down, across = layout.dimensions
    else:
        rows, columns = np.repeat(rows, width, axis=1), np.tile(columns, height)  # (2, tokens)
        class_tokens = np.full((2, layout.class_tokens), NOTHING, np.int16)  # without a position
        rows, columns = (np.concatenate([class_tokens, v], axis=1) for v in (rows, columns))
        down = across = 1
    if not layout.dimensions:
        rows, columns = rows[:, :1], columns[:, :1]  # a vector: one unit, (2, 1)
    return replace(
        intervals,
        rows=_put(intervals.rows, slot, rows, down, dims),
        columns=_put(intervals.columns, slot, columns, across, dims),
    )


def _put(v: Array, slot: int, line: Array, dim: int, dims: int) -> Array:
    """Return a copy in which one source has the intervals `line`, (2, n), along a dimension."""
    own = line.reshape(2, *(line.shape[1] if d == dim else 1 for d in range(dims)))
    v = with_dims(v, dims)
    shape = np.broadcast_shapes(v.shape[2:], own.shape[1:])
    v = np.broadcast_to(v, (*v.shape[:2], *shape)).copy()  # (2, S, *tensor)
    v[:, slot] = own  # (2, *tensor)
    return v


def cleared(v: Array, slot: int) -> Array:
    """Return a copy in which the intervals of one source are empty."""
    v = v.copy()
    v[:, slot] = NOTHING
    return v
