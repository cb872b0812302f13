"""Where names beside points go, so that they do not lie upon each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WIDE, _HIGH = 980.0, 400.0  # pixels of a chart on a desk; on a telephone names may still meet
_LETTER, _LINE, _GAP = 6.3, 15.0, 9.0  # pixels of a letter, a line, and from point to name
# Plotly's word for each side, and the name's center in its own widths and heights
_SIDES = {
    "top center": (0.0, 1.0),
    "middle right": (0.5, 0.0),
    "bottom center": (0.0, -1.0),
    "middle left": (-0.5, 0.0),
    "top right": (0.5, 1.0),
    "bottom right": (0.5, -1.0),
    "top left": (-0.5, 1.0),
    "bottom left": (-0.5, -1.0),
}

Points = NDArray[np.float64]


def sides(
    titles: Sequence[str],
    x: Points,
    y: Points,
    radii: Sequence[float] | None = None,
    *,
    most: int | None = None,
) -> list[str]:
    """Return on which side of its point each name stands; "" for a name that has no room.

    One after the other takes the side where it covers the least of points and of names before it.

    Args:
        titles: the names.
        x, y: where the points are, as shares of the chart's width and height.
        radii: of the points, pixels.
        most: so many names stand in any case, the others only where they cover nothing; None for
            all of them.
    """
    size = np.array(radii if radii is not None else [5.0] * len(titles))
    points = np.stack([x * _WIDE, y * _HIGH], axis=1).reshape(-1, 2)
    taken = [(px - r, py - r, px + r, py + r) for (px, py), r in zip(points, size, strict=True)]
    chosen = []
    for place, (title, point, radius) in enumerate(zip(titles, points, size, strict=True)):
        boxes = {side: _box(title, point, radius, at) for side, at in _SIDES.items()}
        side = min(boxes, key=lambda one: _covered(boxes[one], taken))
        if most is not None and place >= most and _covered(boxes[side], taken):
            chosen.append("")
            continue
        taken.append(boxes[side])
        chosen.append(side)
    return chosen


_Box = tuple[float, float, float, float]  # left, bottom, right, top


def _box(title: str, point: Points, radius: float, at: tuple[float, float]) -> _Box:
    wide, high = _LETTER * len(title), _LINE
    beside = 2 * at[0] * (radius + _GAP - 5) if not at[1] else 0.0
    x = point[0] + at[0] * wide + beside
    y = point[1] + at[1] * (radius + _GAP)
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _covered(box: _Box, taken: Sequence[_Box]) -> float:
    """Return how many square pixels of a name lie upon others or beyond the chart."""
    left, bottom, right, top = box
    beyond = max(0.0, -left) + max(0.0, right - _WIDE)
    found = beyond * (top - bottom)
    for other in taken:
        wide = min(right, other[2]) - max(left, other[0])
        high = min(top, other[3]) - max(bottom, other[1])
        found += max(0.0, wide) * max(0.0, high)
    return found
