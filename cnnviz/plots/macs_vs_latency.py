"""Latency against MACs, with lines of equal throughput."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.colors import LINES
from cnnviz.plots.escaping import literal
from cnnviz.plots.label_placement import label_positions
from cnnviz.plots.layout import GRAY, lay_out
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped

_ROOM = 2.0  # factor beyond the points, for the labels of the lines
_INSIDE = 1.999  # for the lines: Plotly hides a label that lies outside by a rounding error
_LABEL_FRACTION = 0.7  # of the axis, up to where a label has room on the right
_RATES = tuple(10.0**power for power in range(-4, 6))  # GFLOP/s that lines are drawn for


def macs_vs_latency(
    titles: Sequence[str], macs: Sequence[float], milliseconds: Sequence[float]
) -> go.Figure:
    """Draw latency against MACs on logarithmic axes, with lines of equal GFLOP/s.

    Args:
        titles: of the networks.
        macs: for one image, above zero.
        milliseconds: median for one image, above zero.

    Raises:
        ValueError: if the three differ in length.
    """
    if not len(titles) == len(macs) == len(milliseconds):
        raise ValueError(
            "there must be one MAC count and one time per title, got "
            f"{len(titles)} titles, {len(macs)} MACs, {len(milliseconds)} times"
        )
    figure = go.Figure()
    _add_equal_rate_lines(figure, macs, milliseconds)
    figure.add_scatter(
        x=list(macs),
        y=list(milliseconds),
        text=list(map(literal, titles)),
        customdata=[_gflops(*pair) for pair in zip(macs, milliseconds, strict=True)],
        mode="markers+text",
        texttemplate=list(map(wrapped, titles)),
        cliponaxis=False,
        textposition=_labels(titles, macs, milliseconds),
        marker={"size": 10, "color": LINES[0]},
        hovertemplate="%{text}<br>%{x:.4s} MACs<br>%{y:.3g} ms<br>%{customdata:.3g} GFLOP/s"
        "<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(title_text="MACs for one image", **log_axis(macs, room=_ROOM))
    figure.update_yaxes(
        title_text="median latency for one image, ms",
        **log_axis(milliseconds, room=_ROOM, prefixes=False),
    )
    lay_out(figure, height=460, right=30)
    return figure


def _labels(
    titles: Sequence[str], macs: Sequence[float], milliseconds: Sequence[float]
) -> list[str]:
    if not titles:
        return []
    fractions = []
    for values in (macs, milliseconds):
        logs = np.log10(values)
        low, high = logs.min() - math.log10(_ROOM), logs.max() + math.log10(_ROOM)
        fractions.append((logs - low) / (high - low))
    return label_positions(titles, fractions[0], fractions[1])


def _gflops(macs: float, milliseconds: float) -> float:
    """Return billions of floating-point operations per second, two per MAC."""
    return 2 * macs / (milliseconds * 1e6)


def _add_equal_rate_lines(
    figure: go.Figure, macs: Sequence[float], milliseconds: Sequence[float]
) -> None:
    for rate, line_macs in _equal_rate_lines(macs, milliseconds).items():
        figure.add_scatter(
            x=line_macs,
            y=2 * line_macs / (rate * 1e6),
            mode="lines+text",
            text=["", f"{rate:g} GFLOP/s"],
            textposition=_line_label_position(line_macs[1], macs),
            textfont={"size": 11, "color": "#888888"},
            line={"color": GRAY, "dash": "dot", "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )


def _line_label_position(end: float, macs: Sequence[float]) -> str:
    """Return where a line's label lies from its upper end: beside the line, inside the axes."""
    low, high = math.log10(min(macs) / _INSIDE), math.log10(max(macs) * _INSIDE)
    fraction = (math.log10(end) - low) / (high - low)
    if fraction > 0.999:  # it leaves the chart on the right, below the top
        return "top left"
    return "bottom right" if fraction < _LABEL_FRACTION else "bottom left"


def _equal_rate_lines(
    macs: Sequence[float], milliseconds: Sequence[float]
) -> dict[float, NDArray[np.float64]]:
    """Return the GFLOP/s lines that cross the chart, each with the MACs at both of its ends."""
    if not macs:
        return {}
    low, high = min(macs) / _INSIDE, max(macs) * _INSIDE
    shortest, longest = min(milliseconds) / _INSIDE, max(milliseconds) * _INSIDE
    ends = {
        rate: (max(low, shortest * rate * 1e6 / 2), min(high, longest * rate * 1e6 / 2))
        for rate in _RATES
    }
    return {rate: np.array(pair) for rate, pair in ends.items() if pair[0] < pair[1]}
