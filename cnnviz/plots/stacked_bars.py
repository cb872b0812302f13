"""Stacked bars of the share that each layer has of a network's MACs and time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from cnnviz.comparison.layer_kinds import BETWEEN
from cnnviz.plots.colors import LINES
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import GRAY, LEGEND_ABOVE
from cnnviz.stats.percentages import percent

OTHERS = "others"
_ALWAYS_COLORED = ("depthwise", "grouped")  # endings of the kinds
_FAINT = "rgba(128, 128, 128, 0.25)"
_BAR, _AROUND = 28, 110  # pixels
_TITLE = 0.8  # of a bar's height


@dataclass(frozen=True)
class Segment:
    """One layer's part of a bar.

    Attributes:
        name: of the layer.
        kind: class of the module.
        share: of the whole bar, 0 to 1.
        text: its amount with the unit.
    """

    name: str
    kind: str
    share: float
    text: str


BarGroups = Mapping[str, Mapping[str, Sequence[Segment]]]


def stacked_bars(groups: BarGroups, *, x_title: str, colors: Mapping[str, str]) -> go.Figure:
    """Draw groups of stacked bars, the segments in the order in which the layers run.

    Args:
        groups: title to bars, each by a short name; a bar is its segments in order.
        x_title: what the shares are of.
        colors: color of each kind, see `kind_colors`.
    """
    figure = go.Figure()
    rows = _row_positions(groups)
    for kind, color in colors.items():
        _add_kind(figure, groups, rows, kind, colors, color)
    for title, bars in groups.items():
        figure.add_annotation(
            text=literal(title),
            x=0,
            xref="x domain",
            xanchor="left",
            y=rows[title, next(iter(bars))] - 0.45,
            yanchor="bottom",
            showarrow=False,
        )
    last = max(rows.values(), default=0.0)
    figure.update_xaxes(
        title_text=x_title, tickformat=".0%", range=[0, 1.001], tickvals=[0, 0.25, 0.5, 0.75, 1]
    )
    figure.update_yaxes(
        range=[last + 0.6, -1.3],
        tickvals=list(rows.values()),
        ticktext=[literal(name) for _, name in rows],
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    figure.update_layout(
        barmode="overlay",
        height=_AROUND + _BAR * (last + 2),
        margin={"l": 10, "r": 30, "t": 10, "b": 45},
        legend=LEGEND_ABOVE,
        showlegend=True,
    )
    return figure


def _add_kind(
    figure: go.Figure,
    groups: BarGroups,
    rows: Mapping[tuple[str, str], float],
    kind: str,
    kinds: Mapping[str, str],
    color: str,
) -> None:
    """Add all segments of one kind as one trace; a kind without a color counts as `OTHERS`."""
    pieces = [
        (rows[title, name], segment, start)
        for title, bars in groups.items()
        for name, segments in bars.items()
        for segment, start in _with_starts(segments)
        if (segment.kind if segment.kind in kinds else OTHERS) == kind
    ]
    if not pieces:
        return
    figure.add_bar(
        y=[row for row, _, _ in pieces],
        x=[segment.share for _, segment, _ in pieces],
        base=[start for _, _, start in pieces],
        orientation="h",
        width=0.9,
        marker={"color": color, "line": {"color": "rgba(255, 255, 255, 0.7)", "width": 0.5}},
        customdata=[
            (literal(segment.name), segment.kind, percent(segment.share), segment.text)
            for _, segment, _ in pieces
        ],
        hovertemplate="%{customdata[0]} (%{customdata[1]}): %{customdata[2]}, %{customdata[3]}"
        "<extra></extra>",
        name=kind,
    )


def _row_positions(groups: BarGroups) -> dict[tuple[str, str], float]:
    """Return the vertical position of each bar by title and name, with room for the titles."""
    positions, row = {}, 0.0
    for title, bars in groups.items():
        for name in bars:
            positions[title, name] = row
            row += 1
        row += _TITLE
    return positions


def _with_starts(segments: Sequence[Segment]) -> list[tuple[Segment, float]]:
    """Return each segment with the share that lies before it."""
    placed, start = [], 0.0
    for segment in segments:
        placed.append((segment, start))
        start += segment.share
    return placed


def kind_colors(groups: BarGroups) -> dict[str, str]:
    """Return colors for the kinds of layers with the largest shares, and one for all others.

    Depthwise and grouped convolutions always get a color: their few MACs are worth seeing.
    """
    totals: dict[str, float] = {}
    for bars in groups.values():
        for segment in (segment for segments in bars.values() for segment in segments):
            totals[segment.kind] = totals.get(segment.kind, 0.0) + segment.share
    totals.pop(BETWEEN, None)
    ranked = sorted(totals, key=lambda kind: (not kind.endswith(_ALWAYS_COLORED), -totals[kind]))
    colored = sorted(ranked[: len(LINES)], key=lambda kind: -totals[kind])
    return {**dict(zip(colored, LINES, strict=False)), OTHERS: GRAY, BETWEEN: _FAINT}
