"""Where work and time go in a network, layer by layer; and two networks in all respects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from cnnviz.plots.colours import LINES
from cnnviz.plots.logs import log_axis
from cnnviz.plots.words import wrapped

OTHERS = "others"
_GREY = "#999999"
_BAR, _AROUND = 38, 150  # pixels


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


def stacked(
    bars: Mapping[str, Sequence[Part]], *, x_title: str, colours: Mapping[str, str]
) -> go.Figure:
    """Draw one bar for each title, its layers in the order in which they run.

    Args:
        bars: title to the parts of the bar.
        x_title: what the shares are of.
        colours: of the kinds, see `kind_colours`.
    """
    figure = go.Figure()
    for kind, colour in colours.items():
        pieces = [
            (title, part, start)
            for title, parts in bars.items()
            for part, start in _placed(parts)
            if (part.kind if part.kind in colours else OTHERS) == kind
        ]
        if not pieces:
            continue
        figure.add_bar(
            y=[wrapped(title) for title, _, _ in pieces],
            x=[part.share for _, part, _ in pieces],
            base=[start for _, _, start in pieces],
            orientation="h",
            marker={"color": colour, "line": {"color": "rgba(255, 255, 255, 0.7)", "width": 0.5}},
            customdata=[(part.name, part.kind, part.text) for _, part, _ in pieces],
            hovertemplate="%{customdata[0]} (%{customdata[1]}): %{x:.1%}, %{customdata[2]}"
            "<extra></extra>",
            name=kind,
        )
    figure.update_xaxes(title_text=x_title, tickformat=".0%", range=[0, 1])
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=list(map(wrapped, bars)),
        autorange="reversed",
        automargin=True,
    )
    figure.update_layout(
        barmode="overlay",
        height=_AROUND + _BAR * len(bars),
        margin={"l": 10, "r": 10, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure


def ratios(
    names: Sequence[str], values: Sequence[float], texts: Sequence[str], *, first: str, second: str
) -> go.Figure:
    """Draw how many times as much the second network has of each thing as the first.

    Args:
        names: of the things.
        values: second over first, above zero.
        texts: both amounts, to stand beside each bar.
        first, second: titles of the networks.

    Raises:
        ValueError: if they are not as many.
    """
    if not len(names) == len(values) == len(texts):
        raise ValueError(f"{len(names)} names, {len(values)} values, {len(texts)} texts")
    figure = go.Figure(
        go.Bar(
            y=list(map(wrapped, names)),
            x=[value - 1 for value in values],
            base=1,
            orientation="h",
            marker={"color": [LINES[0] if value >= 1 else LINES[-2] for value in values]},
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            customdata=list(values),
            hovertemplate="%{y}: %{customdata:.3g} times<extra></extra>",
        )
    )
    far = max([2.0, *values, *(1 / value for value in values)]) * 3
    figure.update_xaxes(
        title_text=f"{second} over {first}, times (1 = the same)",
        **log_axis([1 / far, far], room=1, prefixes=False),
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(
        height=_AROUND + _BAR * len(names), margin={"l": 10, "r": 20, "t": 10, "b": 45}
    )
    return figure


def _placed(parts: Sequence[Part]) -> list[tuple[Part, float]]:
    """Return the parts, each with the share that lies before it."""
    placed, before = [], 0.0
    for part in parts:
        placed.append((part, before))
        before += part.share
    return placed


def kind_colours(*charts: Mapping[str, Sequence[Part]]) -> dict[str, str]:
    """Return colours for the kinds that take most of some charts, and one for all others."""
    weights: dict[str, float] = {}
    for part in (part for bars in charts for parts in bars.values() for part in parts):
        weights[part.kind] = weights.get(part.kind, 0.0) + part.share
    first = sorted(weights, key=lambda kind: -weights[kind])[: len(LINES)]
    return {**dict(zip(first, LINES, strict=False)), OTHERS: _GREY}
