"""What charts share: margins, a legend above the plot, error bars."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

GRAY = "#999999"
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def margins(*, left: int = 60, right: int = 10, top: int = 10, bottom: int = 45) -> dict[str, int]:
    """Return Plotly's margins in pixels, which leave room for axis titles at the left and below."""
    return {"l": left, "r": right, "t": top, "b": bottom}


def lay_out(figure: go.Figure, *, height: float, right: int = 10, **settings: object) -> None:
    """Set the height, the margins and a horizontal legend above the plot.

    Args:
        figure: the chart to change.
        height: in pixels.
        right: right margin in pixels.
        settings: further settings of Plotly's layout.
    """
    figure.update_layout(
        height=height, margin=margins(right=right), legend=LEGEND_ABOVE, **settings
    )


def label_rows(
    figure: go.Figure, positions: Sequence[float] | Sequence[str], labels: Sequence[str]
) -> None:
    """Label the rows of a horizontal chart, the first one on top.

    Args:
        figure: the chart to change.
        positions: of the rows on the y axis.
        labels: of the rows.
    """
    figure.update_yaxes(
        autorange="reversed",
        automargin=True,
        tickmode="array",
        tickvals=list(positions),
        ticktext=list(labels),
    )


def error_bars(
    values: Sequence[float], bounds: Sequence[tuple[float, float]], **style: object
) -> dict[str, Any]:
    """Return Plotly's error bars from each value to its own lower and upper bound."""
    return {
        "array": [high - value for value, (_, high) in zip(values, bounds, strict=True)],
        "arrayminus": [value - low for value, (low, _) in zip(values, bounds, strict=True)],
        **style,
    }
