"""How long calls take: their distribution, and how it changes with the batch."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz.plots.colours import line_style, symbol
from cnnviz.plots.logs import log_axis


def distributions(calls: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw which share of the calls took at most so long.

    Args:
        calls: title to milliseconds of each call.

    Raises:
        ValueError: if there are no calls of one.
    """
    figure = go.Figure()
    for place, (title, times) in enumerate(calls.items()):
        if not len(times):
            raise ValueError(f"{title}: there are no calls")
        ordered = np.sort(np.asarray(times, float))
        figure.add_scatter(
            x=ordered,
            y=np.arange(1, len(ordered) + 1) / len(ordered),
            mode="lines",
            line={**line_style(place), "shape": "hv"},
            hovertemplate="%{y:.0%} within %{x:.3g} ms",
            name=f"{title} (n = {len(ordered)})",
        )
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        figure.add_hline(
            y=share, line={"color": "#999999", "dash": "dot", "width": 1}, annotation_text=name
        )
    every = [float(time) for times in calls.values() for time in times]
    figure.update_xaxes(
        title_text="time of a call with one image, ms",
        **log_axis(every, room=1.1, prefixes=False),
    )
    figure.update_yaxes(title_text="share of calls within", tickformat=".0%", range=[0, 1.02])
    _lay_out(figure)
    return figure


def batch_curves(lines: Mapping[str, Mapping[int, float]]) -> go.Figure:
    """Draw images a second over the images in a batch.

    Args:
        lines: title to images a second by batch size.
    """
    return _curves(lines, x_title="images in a batch")


def thread_curves(lines: Mapping[str, Mapping[int, float]]) -> go.Figure:
    """Draw images a second over the threads that may work.

    Args:
        lines: title to images a second by number of threads.
    """
    return _curves(lines, x_title="threads")


def _curves(lines: Mapping[str, Mapping[int, float]], *, x_title: str) -> go.Figure:
    figure = go.Figure()
    sizes = sorted({size for line in lines.values() for size in line})
    for place, (title, line) in enumerate(lines.items()):
        figure.add_scatter(
            x=list(line),
            y=list(line.values()),
            mode="lines+markers",
            line=line_style(place),
            marker={"symbol": symbol(place), "size": 8},
            name=title,
        )
    figure.update_xaxes(
        title_text=x_title, type="log", tickvals=sizes, ticktext=list(map(str, sizes))
    )
    every = [rate for line in lines.values() for rate in line.values()]
    figure.update_yaxes(title_text="images a second", **log_axis(every, prefixes=False))
    _lay_out(figure)
    return figure


def _lay_out(figure: go.Figure) -> None:
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
