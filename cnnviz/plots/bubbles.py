"""Networks as bubbles: what each one costs and what it is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.pareto import front
from cnnviz.plots.colours import LINES, see_through
from cnnviz.plots.labels import sides
from cnnviz.plots.logs import log_axis

_LARGEST = 46  # pixels, diameter
_SMALLEST = 7
_MOST_NAMES = 16  # networks up to which each one is named in the chart
_ROOM = 2.0  # around the points, for the names of the lines
_RATES = tuple(10.0**power for power in range(-4, 6))  # GFLOP/s that lines are drawn for


@dataclass(frozen=True)
class Bubble:
    """One network.

    Attributes:
        title: name to show.
        x: what it costs; smaller is better.
        y: what it is worth; larger is better.
        size: parameters; smaller is better.
        low, high: bounds of `y`; None where there are none.
    """

    title: str
    x: float
    y: float
    size: float
    low: float | None = None
    high: float | None = None


def bubbles(
    found: Sequence[Bubble], *, x_title: str, y_title: str, by_size: bool, x_format: str = ".3s"
) -> go.Figure:
    """Draw worth against cost on a logarithmic axis, with the Pareto front filled.

    Where size does not count, a line goes from one of the front to the next: nobody is above it.

    Args:
        found: with x and size above zero.
        x_title, y_title: names and units; y is a share.
        by_size: whether fewer parameters also count as better, beside x and y.
        x_format: of x, as d3 and Plotly write it.
    """
    values = np.array([(b.x, b.y, b.size) for b in found], float).reshape(-1, 3)
    criteria = (False, True, False)
    kept = front(values if by_size else values[:, :2], larger_is_better=criteria[: 2 + by_size])
    largest = max((b.size for b in found), default=1)
    sizes = [max(_SMALLEST, _LARGEST * (b.size / largest) ** 0.5) for b in found]
    x_axis = log_axis([b.x for b in found], prefixes=x_format.endswith("s"))
    named = _named(found, kept, sizes, x_axis.get("range", (0.0, 1.0)))
    figure = go.Figure()
    if not by_size:
        _stairs(figure, sorted((b for b, on in zip(found, kept, strict=True) if on), key=_cost))
    for on_front, name in ((False, "Others"), (True, "Pareto front")):
        some = sorted(
            (i for i in range(len(found)) if bool(kept[i]) == on_front), key=values[:, 0].item
        )
        figure.add_scatter(
            x=[found[i].x for i in some],
            y=[found[i].y for i in some],
            text=[found[i].title for i in some],
            texttemplate=[found[i].title if i in named else "" for i in some],
            textposition=[named.get(i, "top center") for i in some],
            mode="markers+text",
            marker={
                "size": [sizes[i] for i in some],
                "color": see_through(LINES[0], 0.75) if on_front else "rgba(0, 0, 0, 0)",
                "line": {"color": LINES[0] if on_front else "#999999", "width": 1.5},
            },
            error_y=_bounds([found[i] for i in some]),
            customdata=[found[i].size for i in some],
            hovertemplate=f"%{{text}}<br>{x_title}: %{{x:{x_format}}}<br>{y_title}: %{{y:.2%}}"
            "<br>parameters: %{customdata:,}<extra></extra>",
            name=name,
        )
    figure.update_xaxes(title_text=x_title, **x_axis)
    figure.update_yaxes(title_text=y_title, tickformat=".1%")
    _lay_out(figure)
    return figure


def _cost(bubble: Bubble) -> float:
    return bubble.x


def _stairs(figure: go.Figure, front_: Sequence[Bubble]) -> None:
    """Draw the most that is to be had for each cost."""
    figure.add_scatter(
        x=[b.x for b in front_],
        y=[b.y for b in front_],
        mode="lines",
        line={"color": LINES[0], "width": 1, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
        showlegend=False,
    )


def _named(
    found: Sequence[Bubble],
    kept: NDArray[np.bool_],
    sizes: Sequence[float],
    across: Sequence[float],
) -> dict[int, str]:
    """Return where the names stand, by place; of many networks only those on the front have one."""
    some = [i for i in range(len(found)) if kept[i] or len(found) <= _MOST_NAMES]
    low = min((b.y if b.low is None else b.low for b in found), default=0.0)
    high = max((b.y if b.high is None else b.high for b in found), default=1.0)
    x = np.array([math.log10(found[i].x) for i in some])
    y = np.array([found[i].y for i in some])
    shares = (x - across[0]) / (across[1] - across[0]), (y - low) / ((high - low) or 1.0)
    sides_ = sides([found[i].title for i in some], *shares, [sizes[i] / 2 for i in some])
    return dict(zip(some, sides_, strict=True))


def work_and_time(
    titles: Sequence[str], macs: Sequence[float], milliseconds: Sequence[float]
) -> go.Figure:
    """Draw latency against MACs, both logarithmic, with lines of equal speed.

    Args:
        titles: of the networks.
        macs: for one image, above zero.
        milliseconds: median for one image, above zero.

    Raises:
        ValueError: if they are not as many.
    """
    if not len(titles) == len(macs) == len(milliseconds):
        raise ValueError(f"{len(titles)} titles, {len(macs)} MACs, {len(milliseconds)} times")
    figure = go.Figure()
    rates = [_gflops(work, time) for work, time in zip(macs, milliseconds, strict=True)]
    for rate, across in _equal_speed(macs, milliseconds).items():
        figure.add_scatter(
            x=across,
            y=2 * across / (rate * 1e6),
            mode="lines+text",
            text=["", f"{rate:g} GFLOP/s"],
            textposition="bottom left",
            textfont={"size": 11, "color": "#888888"},
            line={"color": "#999999", "dash": "dot", "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scatter(
        x=list(macs),
        y=list(milliseconds),
        text=list(titles),
        customdata=rates,
        mode="markers+text",
        textposition=_beside(titles, macs, milliseconds),
        marker={"size": 10, "color": LINES[0]},
        hovertemplate="%{text}<br>%{x:.4s} MACs<br>%{y:.3g} ms<br>%{customdata:.3g} GFLOP/s"
        "<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title_text="MACs for one image", **log_axis(macs, room=_ROOM))
    figure.update_yaxes(
        title_text="latency for one image, median, ms",
        **log_axis(milliseconds, room=_ROOM, prefixes=False),
    )
    _lay_out(figure)
    return figure


def _beside(
    titles: Sequence[str], macs: Sequence[float], milliseconds: Sequence[float]
) -> list[str]:
    """Return where the names stand on two logarithmic axes."""
    if not titles:
        return []
    shares = []
    for values in (macs, milliseconds):
        logs = np.log10(values)
        low, high = logs.min() - math.log10(_ROOM), logs.max() + math.log10(_ROOM)
        shares.append((logs - low) / (high - low))
    return sides(titles, shares[0], shares[1])


def _gflops(macs: float, milliseconds: float) -> float:
    """Return billions of floating-point operations a second: two for each MAC."""
    return 2 * macs / (milliseconds * 1e6)


def _equal_speed(
    macs: Sequence[float], milliseconds: Sequence[float]
) -> dict[float, NDArray[np.float64]]:
    """Return the lines of so many GFLOP/s that cross the chart: MACs where each begins and ends."""
    if not macs:
        return {}
    low, high = min(macs) / _ROOM, max(macs) * _ROOM
    quick, slow = min(milliseconds) / _ROOM, max(milliseconds) * _ROOM
    ends = {
        rate: (max(low, quick * rate * 1e6 / 2), min(high, slow * rate * 1e6 / 2))
        for rate in _RATES
    }
    return {rate: np.array(pair) for rate, pair in ends.items() if pair[0] < pair[1]}


def _bounds(found: Sequence[Bubble]) -> dict[str, object]:
    if any(b.low is None or b.high is None for b in found):
        return {"visible": False}
    return {
        "array": [(b.high or 0) - b.y for b in found],
        "arrayminus": [b.y - (b.low or 0) for b in found],
        "thickness": 1,
        "width": 0,
        "color": "#999999",
    }


def _lay_out(figure: go.Figure) -> None:
    figure.update_layout(
        height=460,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
