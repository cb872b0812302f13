"""Where work and time go in a network, layer by layer; and two networks in all respects."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from cnnviz.plots.colors import LINES
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped

OTHERS, BETWEEN = "others", "between the layers"
_APART = ("depthwise", "grouped")  # ends of kinds
_GRAY, _FAINT = "#999999", "rgba(128, 128, 128, 0.25)"
_BAR, _AROUND = 28, 110  # pixels
_TITLE = 0.8  # of a bar's height


@dataclass(frozen=True)
class Part:
    """One layer's share of a bar.

    Attributes:
        name: of the layer.
        kind: class of the module.
        share: of the whole, 0 to 1.
        text: its amount with the unit.
    """

    name: str
    kind: str
    share: float
    text: str


Bars = Mapping[str, Mapping[str, Sequence[Part]]]


def stacked(groups: Bars, *, x_title: str, colors: Mapping[str, str]) -> go.Figure:
    """Draw bars in groups, the layers of each in the order in which they run.

    Args:
        groups: title to bars, each by a short name; a bar's parts one after the other.
        x_title: what the shares are of.
        colors: of the kinds, see `kind_colors`.
    """
    figure = go.Figure()
    places = _rows(groups)
    for kind, color in colors.items():
        pieces = [
            (places[title, name], part, start)
            for title, bars in groups.items()
            for name, parts in bars.items()
            for part, start in _placed(parts)
            if (part.kind if part.kind in colors else OTHERS) == kind
        ]
        if not pieces:
            continue
        figure.add_bar(
            y=[row for row, _, _ in pieces],
            x=[part.share for _, part, _ in pieces],
            base=[start for _, _, start in pieces],
            orientation="h",
            width=0.9,
            marker={"color": color, "line": {"color": "rgba(255, 255, 255, 0.7)", "width": 0.5}},
            customdata=[(part.name, part.kind, part.text) for _, part, _ in pieces],
            hovertemplate="%{customdata[0]} (%{customdata[1]}): %{x:.1%}, %{customdata[2]}"
            "<extra></extra>",
            name=kind,
        )
    for title, bars in groups.items():
        figure.add_annotation(
            text=title,
            x=0,
            xref="x domain",
            xanchor="left",
            y=places[title, next(iter(bars))] - 0.45,
            yanchor="bottom",
            showarrow=False,
        )
    last = max(places.values(), default=0.0)
    figure.update_xaxes(
        title_text=x_title, tickformat=".0%", range=[0, 1.001], tickvals=[0, 0.25, 0.5, 0.75, 1]
    )
    figure.update_yaxes(
        range=[last + 0.6, -1.3],
        tickvals=list(places.values()),
        ticktext=[name for _, name in places],
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    figure.update_layout(
        barmode="overlay",
        height=_AROUND + _BAR * (last + 2),
        margin={"l": 10, "r": 30, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure


def _rows(groups: Bars) -> dict[tuple[str, str], float]:
    """Return where each bar lies, by title and name, a line for the title above the first one."""
    found, row = {}, 0.0
    for title, bars in groups.items():
        for name in bars:
            found[title, name] = row
            row += 1
        row += _TITLE
    return found


@dataclass(frozen=True)
class Ratio:
    """What a second network has of one thing, over what the first has.

    Attributes:
        name: of the thing.
        value: second over first, above zero.
        text: both amounts, to stand beside the bar.
        low, high: between which it is; None where it is certain, or where there is no such bound.
    """

    name: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None


def ratios(found: Sequence[Ratio], *, first: str, second: str) -> go.Figure:
    """Draw how many times as much the second network has of each thing as the first.

    Args:
        found: of each thing.
        first, second: titles of the networks.
    """
    rows = list(range(len(found)))
    figure = go.Figure(
        go.Bar(
            y=rows,
            x=[one.value - 1 for one in found],
            base=1,
            orientation="h",
            marker={"color": LINES[0], "opacity": 0.6},
            text=["the same" if _same(one) else "" for one in found],
            textposition="outside",
            customdata=[(one.name, one.value) for one in found],
            hovertemplate="%{customdata[0]}: %{customdata[1]:.3g} times<extra></extra>",
            showlegend=False,
        )
    )
    ends = [e for one in found for e in (one.low, one.value, one.high) if e]
    far = max([2.0, *ends, *(1 / end for end in ends)]) * 1.3
    whiskers = [(i, one) for i, one in enumerate(found) if one.low or one.high]
    for i, one in whiskers:
        figure.add_scatter(
            x=[one.low or 1 / far, one.high or far],
            y=[i, i],
            mode="lines",
            line={"color": _GRAY, "width": 3},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_vline(x=1, line={"color": _GRAY, "dash": "dot", "width": 1})
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
        title_text=wrapped(f"{second} over {first}, times", 40),
        **log_axis([1 / far, far], room=1, prefixes=False),
    )
    names = [f"{wrapped(one.name)}<br><i>{one.text}</i>" for one in found]
    figure.update_yaxes(
        autorange="reversed", automargin=True, tickmode="array", tickvals=rows, ticktext=names
    )
    figure.update_layout(
        height=_AROUND + 52 * len(found), margin={"l": 10, "r": 20, "t": 30, "b": 65}
    )
    return figure


def _same(one: Ratio) -> bool:
    return math.isclose(one.value, 1, rel_tol=5e-3)


def _placed(parts: Sequence[Part]) -> list[tuple[Part, float]]:
    """Return the parts, each with the share that lies before it."""
    placed, before = [], 0.0
    for part in parts:
        placed.append((part, before))
        before += part.share
    return placed


def kind_colors(groups: Bars) -> dict[str, str]:
    """Return colors for the kinds that take most of all bars, and one for all others.

    Depthwise and grouped layers have one in any case: few MACs are what there is to see of them.
    """
    weights: dict[str, float] = {}
    for part in (part for bars in groups.values() for parts in bars.values() for part in parts):
        weights[part.kind] = weights.get(part.kind, 0.0) + part.share
    weights.pop(BETWEEN, None)
    first = sorted(weights, key=lambda kind: (not kind.endswith(_APART), -weights[kind]))
    chosen = sorted(first[: len(LINES)], key=lambda kind: -weights[kind])
    return {**dict(zip(chosen, LINES, strict=False)), OTHERS: _GRAY, BETWEEN: _FAINT}
