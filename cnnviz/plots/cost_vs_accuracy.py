"""Networks as bubbles: what each one costs and what it is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import LINES, see_through
from cnnviz.plots.label_placement import sides
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped
from cnnviz.stats.pareto import front

_LARGEST = 46  # pixels, diameter
_SMALLEST = 7
_MOST_NAMES = 16  # networks up to which each one is named in the chart
_ROOM = 2.0  # around the points, for the names of the lines
_PERHAPS = "Perhaps on it: 95% bounds overlap"
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
        note: a line more, for who points at it.
    """

    title: str
    x: float
    y: float
    size: float
    low: float | None = None
    high: float | None = None
    note: str = ""


def bubbles(
    found: Sequence[Bubble],
    *,
    x_title: str,
    y_title: str,
    by_size: bool,
    x_format: str = ".3s",
    least: float | None = None,
) -> go.Figure:
    """Draw worth against cost on a logarithmic axis, with the Pareto front filled.

    Where size does not count, a line goes from one of the front to the next: nobody is above it.
    Who is not on it, but might be within the bounds of `y`, is filled faintly.

    Args:
        found: with x and size above zero.
        x_title, y_title: names and units; y is a share.
        by_size: whether fewer parameters also count as better, beside x and y.
        x_format: of x, as d3 and Plotly write it.
        least: draw what is missing to 1 in place of `y`, on a logarithmic axis whose top is the
            best, so that one weak network does not squeeze the others; nothing missing is drawn as
            so much.
    """
    values = np.array([(b.x, b.y, b.size) for b in found], float).reshape(-1, 3)
    criteria = (False, True, False)
    kept = front(values if by_size else values[:, :2], larger_is_better=criteria[: 2 + by_size])
    maybe = _maybe(found, kept, by_size=by_size)
    shown = [_Place(b, least) for b in found]
    largest = max((b.size for b in found), default=1)
    sizes = [max(_SMALLEST, _LARGEST * (b.size / largest) ** 0.5) for b in found]
    x_axis = log_axis([b.x for b in found], prefixes=x_format.endswith("s"))
    named = _named(shown, kept, sizes, x_axis.get("range", (0.0, 1.0)))
    figure = go.Figure()
    if not by_size:
        _stairs(figure, sorted((p for p, on in zip(shown, kept, strict=True) if on), key=_cost))
    fills = {
        "Others": ("rgba(0, 0, 0, 0)", "#999999", ~kept & ~maybe),
        "perhaps": (see_through(LINES[0], 0.2), LINES[0], maybe),
        "Pareto front": (see_through(LINES[0], 0.75), LINES[0], kept),
    }
    for name, (fill, line, which) in fills.items():
        some = sorted(np.flatnonzero(which).tolist(), key=values[:, 0].item)
        if not some and name == "perhaps":
            continue
        figure.add_scatter(
            x=[found[i].x for i in some],
            y=[shown[i].y for i in some],
            text=[found[i].title for i in some],
            texttemplate=[wrapped(found[i].title) if i in named else "" for i in some],
            textposition=[named.get(i, "top center") for i in some],
            mode="markers+text",
            cliponaxis=False,
            marker={
                "size": [sizes[i] for i in some],
                "color": fill,
                "line": {"color": line, "width": 1.5},
            },
            error_y=_bounds([shown[i] for i in some]),
            customdata=[(found[i].size, found[i].y, found[i].note) for i in some],
            hovertemplate=f"%{{text}}<br>{x_title}: %{{x:{x_format}}}<br>{y_title}: "
            "%{customdata[1]:.2%}<br>parameters: %{customdata[0]:,}%{customdata[2]}<extra></extra>",
            name=_PERHAPS if name == "perhaps" else name,
        )
    figure.update_xaxes(title_text=x_title, **x_axis)
    if least is None:
        figure.update_yaxes(title_text=y_title, tickformat=".1%")
    else:
        figure.update_yaxes(title_text=f"mistakes: 1 less {y_title}", **_mistakes(shown))
    _lay_out(figure)
    return figure


class _Place:
    """Where a bubble is drawn: at its worth, or at what is missing to 1, the least on top."""

    def __init__(self, bubble: Bubble, least: float | None) -> None:
        self.title, self.x = bubble.title, bubble.x
        ends = bubble.y, bubble.low, bubble.high
        if least is not None:
            y, low, high = (None if end is None else max(1 - end, least) for end in ends)
            ends = y or least, high, low
        self.y, self.low, self.high = ends
        self.log = least is not None

    @property
    def height(self) -> float:
        """`y` as it lies on the axis, upwards."""
        return -math.log10(self.y) if self.log else self.y

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where it goes on the axis, upwards."""
        low = self.y if self.low is None else self.low
        high = self.y if self.high is None else self.high
        return (-math.log10(high), -math.log10(low)) if self.log else (low, high)


def _mistakes(shown: Sequence[_Place]) -> dict[str, object]:
    """Return the settings of an axis of mistakes that grow downwards."""
    ends = [end for p in shown for end in (p.y, p.low, p.high) if end]
    axis = log_axis(ends, room=1.3, prefixes=False)
    if ends:
        axis["range"] = axis["range"][::-1]
        axis["ticktext"] = [f"{100 * tick:.3g}%" for tick in axis["tickvals"]]
    return axis


def _maybe(found: Sequence[Bubble], kept: NDArray[np.bool_], *, by_size: bool) -> NDArray[np.bool_]:
    """Tell who is not on the front, but whom nobody as cheap beats beyond the bounds of both."""

    def beaten(one: Bubble) -> bool:
        return any(
            b.x <= one.x
            and (not by_size or b.size <= one.size)
            and (b.y >= one.y if b.low is None or one.high is None else b.low > one.high)
            for b in found
            if b is not one
        )

    return np.array([not on and not beaten(b) for b, on in zip(found, kept, strict=True)], bool)


def _cost(place: _Place) -> float:
    return place.x


def _stairs(figure: go.Figure, front_: Sequence[_Place]) -> None:
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
    shown: Sequence[_Place],
    kept: NDArray[np.bool_],
    sizes: Sequence[float],
    across: Sequence[float],
) -> dict[int, str]:
    """Return where the names stand, by place; beside many networks only if there is room."""
    order = sorted(range(len(shown)), key=lambda i: not kept[i])
    low = min((p.reach[0] for p in shown), default=0.0)
    high = max((p.reach[1] for p in shown), default=1.0)
    x = np.array([math.log10(shown[i].x) for i in order])
    y = np.array([shown[i].height for i in order])
    shares = (x - across[0]) / (across[1] - across[0]), (y - low) / ((high - low) or 1.0)
    sides_ = sides(
        [shown[i].title for i in order],
        *shares,
        [sizes[i] / 2 for i in order],
        most=None if len(shown) <= _MOST_NAMES else int(kept.sum()),
    )
    return {i: side for i, side in zip(order, sides_, strict=True) if side}


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
        texttemplate=list(map(wrapped, titles)),
        cliponaxis=False,
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


def _bounds(found: Sequence[_Place]) -> dict[str, object]:
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
        margin={"l": 60, "r": 30, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
