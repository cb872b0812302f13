"""Two networks compared: how many times as much the second one takes of each quantity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from cnnviz.plots.colors import LINES
from cnnviz.plots.layout import GRAY, label_rows, margins
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped

_ROW, _AROUND = 52, 110  # pixels


@dataclass(frozen=True)
class RatioBar:
    """One quantity of a second network over that of a first.

    Attributes:
        name: of the quantity.
        value: second over first, above zero.
        text: both amounts, shown beside the bar.
        low, high: bounds of the ratio; None where it is exact or unbounded.
    """

    name: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


def ratio_bars(ratios: Sequence[RatioBar], *, first: str, second: str) -> go.Figure:
    """Draw the ratio of each quantity as a bar from 1 on a logarithmic axis.

    Args:
        ratios: one per quantity.
        first, second: titles of the networks.
    """
    rows = list(range(len(ratios)))
    figure = go.Figure(
        go.Bar(
            y=rows,
            x=[ratio.value - 1 for ratio in ratios],
            base=1,
            orientation="h",
            marker={"color": LINES[0], "opacity": 0.6},
            text=["equal" if _is_one(ratio) else "" for ratio in ratios],
            textposition="outside",
            customdata=[(ratio.name, ratio.value) for ratio in ratios],
            hovertemplate="%{customdata[0]}: × %{customdata[1]:.3g}<extra></extra>",
            showlegend=False,
        )
    )
    edge = _edge(ratios)
    _add_bounds(figure, ratios, edge)
    figure.add_vline(x=1, line={"color": GRAY, "dash": "dot", "width": 1})
    for text, x, side in (("← less", 0, "left"), ("more →", 1, "right")):
        figure.add_annotation(
            text=text,
            x=x,
            xref="x domain",
            xanchor=side,
            y=1,
            yref="y domain",
            yanchor="bottom",
            showarrow=False,
        )
    figure.update_xaxes(
        title_text=wrapped(f"{second} over {first}, ratio", 40),
        **log_axis([1 / edge, edge], room=1, prefixes=False),
    )
    label_rows(figure, rows, [f"{wrapped(r.name)}<br><i>{r.text}</i>" for r in ratios])
    figure.update_layout(
        height=_AROUND + _ROW * len(ratios), margin=margins(left=10, right=20, top=30, bottom=65)
    )
    return figure


def _edge(ratios: Sequence[RatioBar]) -> float:
    """Return the right end of the axis; the left end is its inverse."""
    ends = [end for ratio in ratios for end in (ratio.low, ratio.value, ratio.high) if end]
    return max([2.0, *ends, *(1 / end for end in ends)]) * 1.3


def _add_bounds(figure: go.Figure, ratios: Sequence[RatioBar], edge: float) -> None:
    """Add a line from bound to bound; a missing bound lies at the end of the axis."""
    for row, ratio in enumerate(ratios):
        if ratio.low or ratio.high:
            figure.add_scatter(
                x=[ratio.low or 1 / edge, ratio.high or edge],
                y=[row, row],
                mode="lines",
                line={"color": GRAY, "width": 3},
                hoverinfo="skip",
                showlegend=False,
            )


def _is_one(ratio: RatioBar) -> bool:
    return math.isclose(ratio.value, 1, rel_tol=5e-3)
