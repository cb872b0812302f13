"""How long calls take: their distribution, and how it changes with the batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from cnnviz.plots.colors import LINES, line_style, plotly_scale, see_through, symbol
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped

_MARKS = (5, 25, 50, 75, 95)  # percent
_AROUND, _ROW = 90, 34  # pixels


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


@dataclass(frozen=True)
class Rate:
    """Images a second.

    Attributes:
        middle: at the median call.
        low, high: at the quarters of the calls that are slowest and quickest.
    """

    middle: float
    low: float
    high: float


def boxes(calls: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw a row for each network, the quickest first: where its calls lie.

    The box holds the middle half, the line in it is the median, the whiskers go from p5 to p95.

    Args:
        calls: title to milliseconds of each call.

    Raises:
        ValueError: if there are no calls of one.
    """
    if empty := [title for title, times in calls.items() if not len(times)]:
        raise ValueError(f"{empty[0]}: there are no calls")
    found = {title: np.percentile(np.asarray(t, float), _MARKS) for title, t in calls.items()}
    ordered = sorted(found, key=lambda title: float(found[title][2]))
    low, quarter, half, three, high = np.array([found[t] for t in ordered]).reshape(-1, 5).T
    figure = go.Figure(
        go.Box(
            y=ordered,
            lowerfence=low,
            q1=quarter,
            median=half,
            q3=three,
            upperfence=high,
            orientation="h",
            line={"color": LINES[0], "width": 1.5},
            fillcolor=see_through(LINES[0], 0.35),
            showlegend=False,
        )
    )
    every = [float(time) for row in found.values() for time in row]
    figure.update_xaxes(
        title_text="time of a call with one image, ms: p5, quarters, median, p95",
        **log_axis(every, room=1.1, prefixes=False),
    )
    figure.update_yaxes(autorange="reversed", automargin=True, ticktext=list(map(wrapped, ordered)))
    figure.update_yaxes(tickvals=ordered, tickmode="array")
    figure.update_layout(
        height=_AROUND + _ROW * len(ordered), margin={"l": 10, "r": 10, "t": 10, "b": 45}
    )
    return figure


def batch_curves(lines: Mapping[str, Mapping[int, Rate]]) -> go.Figure:
    """Draw images a second over the images in a batch.

    Args:
        lines: title to images a second by batch size.
    """
    return _curves(lines, x_title="images in a batch")


def thread_curves(lines: Mapping[str, Mapping[int, Rate]]) -> go.Figure:
    """Draw images a second over the threads that may work.

    Args:
        lines: title to images a second by number of threads.
    """
    return _curves(lines, x_title="threads")


def _curves(lines: Mapping[str, Mapping[int, Rate]], *, x_title: str) -> go.Figure:
    figure = go.Figure()
    sizes = sorted({size for line in lines.values() for size in line})
    for place, (title, line) in enumerate(lines.items()):
        rates = list(line.values())
        figure.add_scatter(
            x=list(line),
            y=[rate.middle for rate in rates],
            error_y={
                "array": [rate.high - rate.middle for rate in rates],
                "arrayminus": [rate.middle - rate.low for rate in rates],
                "thickness": 1,
                "width": 3,
            },
            mode="lines+markers",
            line=line_style(place),
            marker={"symbol": symbol(place), "size": 8},
            name=title,
        )
    figure.update_xaxes(
        title_text=x_title, type="log", tickvals=sizes, ticktext=list(map(str, sizes))
    )
    every = [end for line in lines.values() for r in line.values() for end in (r.low, r.high)]
    figure.update_yaxes(title_text="images a second", **log_axis(every, prefixes=False))
    _lay_out(figure)
    return figure


def batch_table(lines: Mapping[str, Mapping[int, Rate]], *, theme: str) -> go.Figure:
    """Draw images a second of many networks by the images in a batch, as a table.

    Color says how many times the images a second of the smallest batch there are.

    Args:
        lines: title to images a second by batch size.
        theme: "light" or "dark".
    """
    sizes = sorted({size for line in lines.values() for size in line})
    gains = [
        [line[s].middle / line[min(line)].middle if s in line else None for s in sizes]
        for line in lines.values()
    ]
    texts = [
        [_count(line[s].middle) if s in line else "" for s in sizes] for line in lines.values()
    ]
    figure = go.Figure(
        go.Heatmap(
            x=[str(size) for size in sizes],
            y=list(lines),
            z=gains,
            text=texts,
            texttemplate="%{text}",
            colorscale=plotly_scale("sequential", theme),
            colorbar={"title": {"text": "times the<br>smallest batch"}},
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, %{x} images in a batch: %{text} images a second, %{z:.2g} times"
            "<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="images in a batch", type="category", side="top")
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(
        height=_AROUND + _ROW * len(lines), margin={"l": 10, "r": 10, "t": 60, "b": 10}
    )
    return figure


def _count(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"


def _lay_out(figure: go.Figure) -> None:
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
