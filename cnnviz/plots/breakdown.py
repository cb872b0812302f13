"""Stacked horizontal bars of what an amount is made up of."""

from collections.abc import Mapping

import plotly.graph_objects as go

from cnnviz.plots.colors import CATEGORICAL
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import LEGEND_ABOVE

_BAR, _AROUND = 45, 90  # pixels


def breakdown_bars(amounts: Mapping[str, Mapping[str, float]], *, unit: str) -> go.Figure:
    """Draw one stacked bar per name, each component in its own color.

    Args:
        amounts: name of the bar to its components, each with its amount in `unit`.
        unit: of the amounts; also the title of the axis.
    """
    figure = go.Figure()
    components = dict.fromkeys(name for bar in amounts.values() for name in bar)
    for i, component in enumerate(components):
        figure.add_bar(
            y=list(map(literal, amounts)),
            x=[bar.get(component, 0) for bar in amounts.values()],
            name=literal(component),
            orientation="h",
            marker_color=CATEGORICAL[i % len(CATEGORICAL)],
            hovertemplate=f"{literal(component)}: %{{x:.4s}} {unit}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=_AROUND + _BAR * len(amounts),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        legend={**LEGEND_ABOVE, "traceorder": "normal"},
    )
    figure.update_xaxes(title_text=unit, tickformat="~s")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure
