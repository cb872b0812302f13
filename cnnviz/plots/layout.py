"""What charts share: margins, a legend above the plot, error bars."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from cnnviz.plots.colors import TEXT

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


def color_texts(figure: go.Figure, theme: str) -> None:
    """Give all texts outside the marks the color of the theme's text: Streamlit's are too pale.

    Args:
        figure: the chart to change.
        theme: "light" or "dark".
    """
    color = TEXT[theme]
    figure.update_layout(font_color=color, legend_font_color=color, legend_title_font_color=color)
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont_color=color, title_font_color=color)
    figure.update_traces(
        colorbar={"tickfont": {"color": color}, "title": {"font": {"color": color}}},
        selector={"type": "heatmap"},
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
