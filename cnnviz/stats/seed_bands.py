"""Learning curves of several seeds as one band, and rolling means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
XY = tuple[Values, Values]  # x in ascending order and y, each (n,)

POINTS = 300  # of a band, about as many as a chart has pixels to show


@dataclass(frozen=True, eq=False)
class SeedBand:
    """Median and range of several curves.

    Attributes:
        x: common grid, (n,).
        middle: median of the curves, (n,).
        low, high: minimum and maximum of the curves, (n,).
    """

    x: Values
    middle: Values
    low: Values
    high: Values


def seed_band(curves: Sequence[XY], *, points: int = POINTS) -> SeedBand:
    """Return median, minimum and maximum of curves on a common grid.

    Curves are interpolated linearly, and points that are not finite are dropped. The grid is even
    and covers only the range that all curves cover: beyond the end of one curve, the median of the
    others would jump. A single curve keeps its own points, thinned out from its last one.

    Args:
        curves: with finite, ascending x; an empty curve makes the band empty.
        points: number of grid points.
    """
    finite = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in curves]
    if not finite or any(not len(x) for x, _ in finite):
        return _empty()
    if len(finite) == 1:
        x, y = (values[::-1][:: -(-len(values) // points)][::-1] for values in finite[0])
        return SeedBand(x, y, y, y)
    start, end = max(x[0] for x, _ in finite), min(x[-1] for x, _ in finite)
    if start > end:
        return _empty()
    grid = np.linspace(start, end, points if end > start else 1)
    heights = np.stack([np.interp(grid, x, y) for x, y in finite])  # (curves, points)
    return SeedBand(grid, np.median(heights, axis=0), heights.min(axis=0), heights.max(axis=0))


def rolling_mean(counts: Values, values: Values, *, window: float) -> Values:
    """Return at each point the mean over the last `window` digits, or slightly more.

    Logging intervals last equally long for all networks, so that a fast network sees many digits
    in one and a slow network few. Means over intervals would thus be noisier for slow networks.

    Args:
        counts: digits seen so far, ascending, (n,).
        values: mean over the digits since the previous point, (n,); NaN is ignored.
        window: number of digits; whole intervals are taken until they hold that many.
    """
    if not len(counts):
        return values
    finite = np.isfinite(values)
    weights = np.where(finite, np.diff(counts, prepend=0.0), 0.0)  # (n,)
    sums = np.concatenate([[0.0], np.cumsum(np.where(finite, values, 0.0) * weights)])  # (n + 1,)
    seen = np.concatenate([[0.0], np.cumsum(weights)])  # (n + 1,)
    first = np.searchsorted(seen, seen[1:] - window, side="right") - 1  # first interval of each
    first = np.maximum(first, 0)  # (n,)
    digits = seen[1:] - seen[first]
    mean = (sums[1:] - sums[first]) / np.maximum(digits, 1e-12)
    return np.where(digits > 0, mean, np.nan)


def _empty() -> SeedBand:
    return SeedBand(*[np.empty(0)] * 4)
