"""Bubble chart of accuracy against cost, with the Pareto front."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import LINES, with_opacity
from cnnviz.plots.escaping import literal
from cnnviz.plots.label_placement import label_positions
from cnnviz.plots.layout import GRAY, error_bars, lay_out
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped
from cnnviz.stats.pareto import pareto_front
from cnnviz.stats.percentages import percent

_LARGEST, _SMALLEST = 46, 7  # diameters in pixels
_MOST_LABELS = 16  # networks up to which every bubble has a label

_Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Bubble:
    """One network.

    Attributes:
        title: name to show.
        x: its cost; smaller is better.
        y: its accuracy, 0 to 1; larger is better.
        size: number of parameters; smaller is better.
        low, high: confidence bounds of `y`; None if there are none.
        note: another line of the tooltip.
    """

    title: str
    x: float
    y: float
    size: float
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class _Group:
    """Bubbles that are drawn alike and share an entry of the legend."""

    name: str
    fill: str
    line: str
    members: _Mask


def bubble_chart(
    bubbles: Sequence[Bubble],
    *,
    x_title: str,
    y_title: str,
    by_size: bool,
    x_format: str = ".3s",
    smallest_error: float | None = None,
) -> go.Figure:
    """Draw accuracy against cost on a logarithmic axis, with the Pareto front filled.

    If size does not count, a dotted step line joins the front: no network lies above it. Networks
    that are not on the front, but might be within the bounds of `y`, are filled faintly.

    Args:
        bubbles: with x and size above zero.
        x_title, y_title: names and units; y is a proportion.
        by_size: whether fewer parameters also count as better, besides x and y.
        x_format: format of x in Plotly's (d3's) notation.
        smallest_error: draw the error rate, 1 - y, instead of y, on a reversed logarithmic axis, so
            that one inaccurate network does not squeeze the others; an error rate of zero is drawn
            at this value.
    """
    values = np.array([(b.x, b.y, b.size) for b in bubbles], float).reshape(-1, 3)  # (N, 3)
    larger_is_better = (False, True, False)[: 2 + by_size]
    front = pareto_front(values[:, : 2 + by_size], larger_is_better=larger_is_better)
    possible = _possibly_on_front(bubbles, front, by_size=by_size)
    points = [_Point(bubble, smallest_error) for bubble in bubbles]
    largest = max((b.size for b in bubbles), default=1)
    diameters = [max(_SMALLEST, _LARGEST * (b.size / largest) ** 0.5) for b in bubbles]
    x_axis = log_axis([b.x for b in bubbles], prefixes=x_format.endswith("s"))
    labels = _labels(points, front, diameters, x_axis.get("range", (0.0, 1.0)))
    tooltip = (
        f"%{{text}}<br>{x_title}: %{{x:{x_format}}}<br>{y_title}: %{{customdata[1]}}"
        "<br>parameters: %{customdata[0]:,}%{customdata[2]}<extra></extra>"
    )
    figure = go.Figure()
    if not by_size:
        _add_front_line(figure, [p for p, on in zip(points, front, strict=True) if on])
    for group in _groups(front, possible):
        _add_bubbles(figure, group, bubbles, points, diameters, labels, tooltip)
    figure.update_xaxes(title_text=x_title, **x_axis)
    if smallest_error is None:
        figure.update_yaxes(title_text=y_title, tickformat=".1%")
    else:
        figure.update_yaxes(title_text=f"error rate = 1 − {y_title}", **_error_axis(points))
    lay_out(figure, height=460, right=30)
    return figure


class _Point:
    """Where a bubble is drawn: at its accuracy, or at its error rate on a reversed axis."""

    def __init__(self, bubble: Bubble, smallest_error: float | None) -> None:
        self.title, self.x = bubble.title, bubble.x
        ends = bubble.y, bubble.low, bubble.high
        if smallest_error is not None:
            y, low, high = (None if end is None else max(1 - end, smallest_error) for end in ends)
            ends = y or smallest_error, high, low
        self.y, self.low, self.high = ends
        self.log = smallest_error is not None

    @property
    def height(self) -> float:
        """The position of `y` on the axis, increasing upward."""
        return -math.log10(self.y) if self.log else self.y

    @property
    def extent(self) -> tuple[float, float]:
        """The ends of the error bar on the axis, increasing upward."""
        low = self.y if self.low is None else self.low
        high = self.y if self.high is None else self.high
        return (-math.log10(high), -math.log10(low)) if self.log else (low, high)


def _groups(front: _Mask, possible: _Mask) -> list[_Group]:
    """Return the groups in drawing order; the front comes last and so on top."""
    color = LINES[0]
    groups = [_Group("Others", "rgba(0, 0, 0, 0)", GRAY, ~front & ~possible)]
    if possible.any():
        name = "Possibly on the front: 95% intervals overlap"
        groups.append(_Group(name, with_opacity(color, 0.2), color, possible))
    return [*groups, _Group("Pareto front", with_opacity(color, 0.75), color, front)]


def _add_bubbles(
    figure: go.Figure,
    group: _Group,
    bubbles: Sequence[Bubble],
    points: Sequence[_Point],
    diameters: Sequence[float],
    labels: dict[int, str],
    tooltip: str,
) -> None:
    places = sorted(np.flatnonzero(group.members).tolist(), key=lambda i: bubbles[i].x)
    figure.add_scatter(
        x=[bubbles[i].x for i in places],
        y=[points[i].y for i in places],
        text=[literal(bubbles[i].title) for i in places],
        texttemplate=[wrapped(bubbles[i].title) if i in labels else "" for i in places],
        textposition=[labels.get(i, "top center") for i in places],
        mode="markers+text",
        cliponaxis=False,
        marker={
            "size": [diameters[i] for i in places],
            "color": group.fill,
            "line": {"color": group.line, "width": 1.5},
        },
        error_y=_error_bars([points[i] for i in places]),
        customdata=[(bubbles[i].size, percent(bubbles[i].y, 2), bubbles[i].note) for i in places],
        hovertemplate=tooltip,
        name=group.name,
    )


def _error_bars(points: Sequence[_Point]) -> dict[str, Any]:
    bounds = [(p.low, p.high) for p in points if p.low is not None and p.high is not None]
    if len(bounds) < len(points):
        return {"visible": False}
    return error_bars([p.y for p in points], bounds, thickness=1, width=0, color=GRAY)


def _error_axis(points: Sequence[_Point]) -> dict[str, Any]:
    """Return the settings of a logarithmic axis of error rates with the smallest on top."""
    ends = [end for p in points for end in (p.y, p.low, p.high) if end]
    axis = log_axis(ends, room=1.3, prefixes=False)
    if ends:
        axis["range"] = axis["range"][::-1]
        axis["ticktext"] = [f"{100 * tick:.3g}%" for tick in axis["tickvals"]]
    return axis


def _possibly_on_front(bubbles: Sequence[Bubble], front: _Mask, *, by_size: bool) -> _Mask:
    """Tell which networks off the front no cheaper one beats beyond the bounds of both, (N,)."""

    def beaten(bubble: Bubble) -> bool:
        return any(
            other.x <= bubble.x
            and (not by_size or other.size <= bubble.size)
            and (
                other.y >= bubble.y
                if other.low is None or bubble.high is None
                else other.low > bubble.high
            )
            for other in bubbles
            if other is not bubble
        )

    return np.array([not on and not beaten(b) for b, on in zip(bubbles, front, strict=True)], bool)


def _add_front_line(figure: go.Figure, front: Sequence[_Point]) -> None:
    """Draw the highest accuracy available at each cost as a step line."""
    ordered = sorted(front, key=lambda point: point.x)
    figure.add_scatter(
        x=[point.x for point in ordered],
        y=[point.y for point in ordered],
        mode="lines",
        line={"color": LINES[0], "width": 1, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
        showlegend=False,
    )


def _labels(
    points: Sequence[_Point], front: _Mask, diameters: Sequence[float], x_range: Sequence[float]
) -> dict[int, str]:
    """Return the label position of each labeled point by its index.

    The front comes first; among many networks the others are labeled only where there is room.
    """
    order = sorted(range(len(points)), key=lambda i: not front[i])
    low = min((p.extent[0] for p in points), default=0.0)
    high = max((p.extent[1] for p in points), default=1.0)
    x = np.array([math.log10(points[i].x) for i in order])
    y = np.array([points[i].height for i in order])
    positions = label_positions(
        [points[i].title for i in order],
        (x - x_range[0]) / (x_range[1] - x_range[0]),
        (y - low) / ((high - low) or 1.0),
        [diameters[i] / 2 for i in order],
        most=None if len(points) <= _MOST_LABELS else int(front.sum()),
    )
    return {i: position for i, position in zip(order, positions, strict=True) if position}
