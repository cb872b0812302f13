"""What optimizations change: speedup and relative memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz.plots.colors import LINES
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import GRAY, error_bars, label_rows, margins
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped

_ROW, _AROUND = 34, 110  # pixels


@dataclass(frozen=True)
class OptimizationGain:
    """What one optimization changes.

    Attributes:
        title: name of the optimization.
        speedup: images per second with it over those without it.
        low, high: bounds of `speedup`; equal to it if there are none.
        significant: whether the bounds exclude 1.
        memory: peak memory with it over that without it.
    """

    title: str
    speedup: float
    low: float
    high: float
    significant: bool
    memory: float


def optimization_gains(gains: Sequence[OptimizationGain]) -> go.Figure:
    """Draw the speedup and the relative memory of each optimization.

    Raises:
        ValueError: if there are none.
    """
    if not gains:
        raise ValueError("there must be at least one optimization to draw, got none")
    figure = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.04)
    titles = [literal(gain.title) for gain in gains]
    speedups = [gain.speedup for gain in gains]
    bounds = [(gain.low, gain.high) for gain in gains]
    figure.add_scatter(
        x=speedups,
        y=titles,
        mode="markers",
        marker={"size": 9, "color": [LINES[0] if gain.significant else GRAY for gain in gains]},
        error_x=error_bars(speedups, bounds, type="data", symmetric=False, color=GRAY),
        customdata=bounds,
        hovertemplate="%{y}: × %{x:.3g} (%{customdata[0]:.3g} to %{customdata[1]:.3g})"
        "<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[gain.memory for gain in gains],
        y=titles,
        mode="markers",
        marker={"size": 9, "symbol": "diamond", "color": LINES[4]},
        hovertemplate="%{y}: × %{x:.3g}<extra></extra>",
        row=1,
        col=2,
    )
    ends = [end for pair in bounds for end in pair]
    for col, (title, values) in enumerate(
        (("speedup, ×", ends), ("memory, ×", [gain.memory for gain in gains])), 1
    ):
        axis = log_axis([0.5, 2.0, *values], room=1.3, prefixes=False, most=5)
        figure.update_xaxes(title_text=title, tickangle=0, **axis, row=1, col=col)
        figure.add_vline(x=1, line={"color": GRAY, "dash": "dot", "width": 1}, row=1, col=col)
    figure.update_traces(cliponaxis=False)
    label_rows(figure, titles, [wrapped(gain.title) for gain in gains])
    figure.update_layout(
        height=_AROUND + _ROW * len(gains), margin=margins(left=10), showlegend=False
    )
    return figure
