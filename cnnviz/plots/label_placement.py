"""Placement of labels beside points, so that they overlap as little as possible."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_CHART_WIDTH, _CHART_HEIGHT = 980.0, 400.0  # pixels on a desktop; on a phone labels may overlap
_CHARACTER, _LINE, _GAP = 6.3, 15.0, 9.0  # pixels: of a character, a line, from point to label
# Plotly's text positions, each with the label's center in units of its own width and height
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

_Coordinates = NDArray[np.float64]


def label_positions(
    titles: Sequence[str],
    x: _Coordinates,
    y: _Coordinates,
    radii: Sequence[float] | None = None,
    *,
    most: int | None = None,
) -> list[str]:
    """Return Plotly's text position for each label; "" for a label that has no room.

    Labels are placed greedily in order: each takes the side where it overlaps points and earlier
    labels least.

    Args:
        titles: the labels.
        x, y: positions of the points as fractions of the chart's width and height.
        radii: of the points, in pixels.
        most: number of leading labels that are always shown, the others only where they overlap
            nothing; None to show all.
    """
    sizes = np.array(radii if radii is not None else [5.0] * len(titles))
    points = np.stack([x * _CHART_WIDTH, y * _CHART_HEIGHT], axis=1).reshape(-1, 2)
    occupied = [(px - r, py - r, px + r, py + r) for (px, py), r in zip(points, sizes, strict=True)]
    positions = []
    for index, (title, point, radius) in enumerate(zip(titles, points, sizes, strict=True)):
        boxes = {side: _label_box(title, point, radius, at) for side, at in _SIDES.items()}
        side = min(boxes, key=lambda name: _overlap(boxes[name], occupied))
        if most is not None and index >= most and _overlap(boxes[side], occupied):
            positions.append("")
            continue
        occupied.append(boxes[side])
        positions.append(side)
    return positions


_Box = tuple[float, float, float, float]  # left, bottom, right, top


def _label_box(title: str, point: _Coordinates, radius: float, at: tuple[float, float]) -> _Box:
    width, height = _CHARACTER * len(title), _LINE
    aside = 2 * at[0] * (radius + _GAP - 5) if not at[1] else 0.0
    x = point[0] + at[0] * width + aside
    y = point[1] + at[1] * (radius + _GAP)
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _overlap(box: _Box, occupied: Sequence[_Box]) -> float:
    """Return the area of a label, in square pixels, that is covered or lies outside the chart."""
    left, bottom, right, top = box
    outside = max(0.0, -left) + max(0.0, right - _CHART_WIDTH)
    area = outside * (top - bottom)
    for other in occupied:
        width = min(right, other[2]) - max(left, other[0])
        height = min(top, other[3]) - max(bottom, other[1])
        area += max(0.0, width) * max(0.0, height)
    return area
