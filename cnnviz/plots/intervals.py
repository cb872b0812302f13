"""Shares with their confidence intervals: per class, and along a strength."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from cnnviz.plots.colors import line_style, see_through, symbol
from cnnviz.stats.intervals import Interval

_SPREAD = 0.7  # of the room of one class, which the networks share


def class_intervals(lines: Mapping[str, Sequence[Interval | None]]) -> go.Figure:
    """Draw each network's accuracy on each class with its bounds.

    Args:
        lines: title to one interval for each class; None where a class has no digit.

    Raises:
        ValueError: if they have different numbers of classes.
    """
    if len({len(shares) for shares in lines.values()}) > 1:
        raise ValueError("all networks must have the same classes")
    figure = go.Figure()
    classes = 0
    for place, (title, shares) in enumerate(lines.items()):
        classes = len(shares)
        beside = (place + 0.5) / len(lines) - 0.5
        known = [(digit, share) for digit, share in enumerate(shares) if share is not None]
        figure.add_scatter(
            x=[digit + _SPREAD * beside for digit, _ in known],
            y=[share.value for _, share in known],
            error_y={
                "array": [share.high - share.value for _, share in known],
                "arrayminus": [share.value - share.low for _, share in known],
                "thickness": 1.5,
                "width": 0,
            },
            customdata=[(digit, share.low, share.high) for digit, share in known],
            hovertemplate="%{customdata[0]}: %{y:.1%} (%{customdata[1]:.1%} to "
            "%{customdata[2]:.1%})",
            mode="markers",
            cliponaxis=False,  # nor cut in half at 100%
            marker={"symbol": symbol(place), "size": 8, "color": line_style(place)["color"]},
            name=title,
        )
    figure.update_xaxes(title_text="true digit", tickvals=list(range(classes)), showgrid=False)
    figure.update_yaxes(
        title_text="answered right, share", tickformat=".0%", autorangeoptions={"maxallowed": 1}
    )
    _lay_out(figure)
    return figure


def banded(
    lines: Mapping[str, Sequence[Interval]], strengths: Sequence[float], *, x_title: str
) -> go.Figure:
    """Draw shares along a strength, with a band for their bounds.

    Args:
        lines: title to one interval for each strength.
        strengths: what the shares were measured at.
        x_title: name and unit of the strength.

    Raises:
        ValueError: if a line has not as many intervals as there are strengths.
    """
    figure = go.Figure()
    for place, (title, shares) in enumerate(lines.items()):
        if len(shares) != len(strengths):
            raise ValueError(f"{title}: {len(shares)} shares at {len(strengths)} strengths")
        style = line_style(place)
        figure.add_scatter(
            x=[*strengths, *reversed(strengths)],
            y=[share.high for share in shares] + [share.low for share in reversed(shares)],
            fill="toself",
            fillcolor=see_through(style["color"], 0.15),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            legendgroup=title,
            showlegend=False,
        )
        figure.add_scatter(
            x=list(strengths),
            y=[share.value for share in shares],
            mode="lines+markers",
            line=style,
            marker={"symbol": symbol(place), "size": 7},
            name=title,
            legendgroup=title,
        )
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text="accuracy, share", tickformat=".0%", range=[0, 1.02])
    _lay_out(figure)
    return figure


def _lay_out(figure: go.Figure) -> None:
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
