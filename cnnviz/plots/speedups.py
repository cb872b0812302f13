"""What tricks do to a network: how many times as quick, and how much memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cnnviz.plots.colors import LINES
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped

_GRAY = "#999999"
_ROW, _AROUND = 34, 110  # pixels


@dataclass(frozen=True)
class Gain:
    """What one trick does.

    Attributes:
        title: of the trick.
        speed: times the images a second of before.
        low, high: bounds of `speed`; the same as it where there are none.
        sure: whether the bounds leave 1 out.
        memory: times the memory of before.
    """

    title: str
    speed: float
    low: float
    high: float
    sure: bool
    memory: float


def gains(found: Sequence[Gain]) -> go.Figure:
    """Draw for each trick the images a second and the memory, both over those before.

    Raises:
        ValueError: if there are none.
    """
    if not found:
        raise ValueError("there are no gains to draw")
    figure = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.04)
    titles = [gain.title for gain in found]
    figure.add_scatter(
        x=[gain.speed for gain in found],
        y=titles,
        mode="markers",
        marker={"size": 9, "color": [LINES[0] if gain.sure else _GRAY for gain in found]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [gain.high - gain.speed for gain in found],
            "arrayminus": [gain.speed - gain.low for gain in found],
            "color": _GRAY,
        },
        customdata=[(gain.low, gain.high) for gain in found],
        hovertemplate="%{y}: × %{x:.3g} (%{customdata[0]:.3g} to %{customdata[1]:.3g})"
        "<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=[gain.memory for gain in found],
        y=titles,
        mode="markers",
        marker={"size": 9, "symbol": "diamond", "color": LINES[4]},
        hovertemplate="%{y}: × %{x:.3g}<extra></extra>",
        row=1,
        col=2,
    )
    speeds = [value for gain in found for value in (gain.low, gain.high)]
    for col, (title, values) in enumerate(
        (("images a second, ×", speeds), ("memory, ×", [gain.memory for gain in found])), 1
    ):
        axis = log_axis([0.5, 2.0, *values], room=1.3, prefixes=False, most=5)
        figure.update_xaxes(title_text=title, tickangle=0, **axis, row=1, col=col)
        figure.add_vline(x=1, line={"color": _GRAY, "dash": "dot", "width": 1}, row=1, col=col)
    figure.update_traces(cliponaxis=False)
    figure.update_yaxes(
        autorange="reversed",
        automargin=True,
        tickmode="array",
        tickvals=titles,
        ticktext=list(map(wrapped, titles)),
    )
    figure.update_layout(
        height=_AROUND + _ROW * len(found),
        margin={"l": 10, "r": 10, "t": 10, "b": 45},
        showlegend=False,
    )
    return figure
