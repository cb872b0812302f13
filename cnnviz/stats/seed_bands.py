"""Curves of several seeds as one band, and curves of few digits made smooth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Curve = tuple[Values, Values]  # x in ascending order and y, each (n,)

POINTS = 300  # of a band: more than the browser has pixels for would not be seen


@dataclass(frozen=True, eq=False)
class Band:
    """The median of several curves, and how far they lie apart.

    Attributes:
        x: where, (n,).
        middle: median of the curves, (n,).
        low, high: their least and greatest value, (n,).
    """

    x: Values
    middle: Values
    low: Values
    high: Values


def band(curves: Sequence[Curve], *, points: int = POINTS) -> Band:
    """Return the median, least and greatest value of curves on a grid that they share.

    Between its points a curve is a straight line; points that are not finite are left out. The grid
    is even, and covers what every curve covers: where one has not come yet, the median of the
    others would jump. One curve alone keeps its own points: of more than so many, the last and
    every second or third or so before it.

    Args:
        curves: with finite, ascending x; empty ones make an empty band.
        points: of the grid.
    """
    known = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in curves]
    if not known or any(not len(x) for x, _ in known):
        return _empty()
    if len(known) == 1:
        x, y = (values[::-1][:: -(-len(values) // points)][::-1] for values in known[0])
        return Band(x, y, y, y)
    start, end = max(x[0] for x, _ in known), min(x[-1] for x, _ in known)
    if start > end:
        return _empty()
    grid = np.linspace(start, end, points if end > start else 1)
    heights = np.stack([np.interp(grid, x, y) for x, y in known])  # (curves, points)
    return Band(grid, np.median(heights, axis=0), heights.min(axis=0), heights.max(axis=0))


def rolling(counts: Values, values: Values, *, window: float) -> Values:
    """Return at each point the mean over the last `window` digits, or a little more.

    An interval lasts as long for every network, so that a quick one has seen many digits in it and
    a slow one few: means over intervals would tremble by how slow a network is.

    Args:
        counts: digits seen so far, ascending, (n,).
        values: mean over the digits since the point before, (n,); NaN counts for nothing.
        window: digits to look back; whole intervals are taken until they hold so many.
    """
    if not len(counts):
        return values
    known = np.isfinite(values)
    weights = np.where(known, np.diff(counts, prepend=0.0), 0.0)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0) * weights)])
    seen = np.concatenate([[0.0], np.cumsum(weights)])
    first = np.searchsorted(seen, seen[1:] - window, side="right") - 1  # of the window's intervals
    first = np.maximum(first, 0)
    among = seen[1:] - seen[first]
    mean = (sums[1:] - sums[first]) / np.maximum(among, 1e-12)
    return np.where(among > 0, mean, np.nan)


def _empty() -> Band:
    return Band(*[np.empty(0)] * 4)
