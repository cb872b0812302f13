"""Proportions with their confidence intervals: per class, and against a strength."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from cnnviz.plots.colors import line_style, marker_symbol, with_opacity
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import error_bars, lay_out
from cnnviz.stats.intervals import Interval
from cnnviz.stats.percentages import percent

_CLUSTER = 0.7  # width that the networks of one class share, of the distance between two classes
_HEIGHT = 380  # pixels


def class_intervals(lines: Mapping[str, Sequence[Interval | None]]) -> go.Figure:
    """Draw each network's accuracy on each class with its confidence interval.

    Args:
        lines: title to one interval per class; None for a class without digits.

    Raises:
        ValueError: if the networks differ in their number of classes.
    """
    if len({len(shares) for shares in lines.values()}) > 1:
        raise ValueError(
            "all networks must have the same classes, got "
            f"{', '.join(str(len(shares)) for shares in lines.values())} classes"
        )
    figure = go.Figure()
    classes = 0
    for index, (title, shares) in enumerate(lines.items()):
        classes = len(shares)
        offset = _CLUSTER * ((index + 0.5) / len(lines) - 0.5)
        measured = [(digit, share) for digit, share in enumerate(shares) if share is not None]
        figure.add_scatter(
            x=[digit + offset for digit, _ in measured],
            y=[share.value for _, share in measured],
            error_y=error_bars(
                [share.value for _, share in measured],
                [(share.low, share.high) for _, share in measured],
                thickness=1.5,
                width=0,
            ),
            customdata=[
                (digit, *map(percent, (share.value, share.low, share.high)))
                for digit, share in measured
            ],
            hovertemplate="%{customdata[0]}: %{customdata[1]} (%{customdata[2]} to "
            "%{customdata[3]})",
            mode="markers",
            cliponaxis=False,  # or markers at 100% would be cut in half
            marker={
                "symbol": marker_symbol(index),
                "size": 8,
                "color": line_style(index)["color"],
            },
            name=literal(title),
        )
    figure.update_xaxes(title_text="true digit", tickvals=list(range(classes)), showgrid=False)
    figure.update_yaxes(title_text="accuracy", tickformat=".0%", autorangeoptions={"maxallowed": 1})
    lay_out(figure, height=_HEIGHT, hovermode="x unified", showlegend=True)
    return figure


def lines_with_bands(
    lines: Mapping[str, Sequence[Interval]], strengths: Sequence[float], *, x_title: str
) -> go.Figure:
    """Draw accuracy against the strength of a perturbation, with a band per confidence interval.

    Args:
        lines: title to one interval per strength.
        strengths: at which the accuracies were measured.
        x_title: name and unit of the strength.

    Raises:
        ValueError: if a line does not have one interval per strength.
    """
    figure = go.Figure()
    for index, (title, shares) in enumerate(lines.items()):
        if len(shares) != len(strengths):
            raise ValueError(
                f"{title}: there must be one interval per strength, got {len(shares)} intervals "
                f"for {len(strengths)} strengths"
            )
        style = line_style(index)
        figure.add_scatter(
            x=[*strengths, *reversed(strengths)],
            y=[share.high for share in shares] + [share.low for share in reversed(shares)],
            fill="toself",
            fillcolor=with_opacity(style["color"], 0.15),
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
            marker={"symbol": marker_symbol(index), "size": 7},
            name=literal(title),
            legendgroup=title,
        )
    figure.update_xaxes(title_text=x_title)
    figure.update_yaxes(title_text="accuracy", tickformat=".0%", range=[0, 1.02])
    lay_out(figure, height=_HEIGHT, hovermode="x unified", showlegend=True)
    return figure
