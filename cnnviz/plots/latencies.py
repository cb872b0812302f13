"""Charts of measured latency and throughput: box plots, ECDF, throughput by batch or threads."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz.comparison.recorded_timings import ThroughputRange
from cnnviz.plots.colors import LINES, line_style, marker_symbol, plotly_scale, with_opacity
from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import GRAY, error_bars, label_rows, lay_out, margins
from cnnviz.plots.log_axis import log_axis
from cnnviz.plots.wrapping import wrapped
from cnnviz.stats.percentages import percent

_PERCENTILES = (5, 25, 50, 75, 95)
_AROUND, _ROW = 90, 34  # pixels
_HEIGHT = 380  # pixels


ThroughputLines = Mapping[str, Mapping[int, ThroughputRange]]


def latency_ecdf(calls: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw the empirical distribution of the call times, one curve per network.

    Args:
        calls: title to milliseconds of each call.

    Raises:
        ValueError: if a network has no calls.
    """
    _check_calls(calls)
    figure = go.Figure()
    for index, (title, times) in enumerate(calls.items()):
        ordered = np.sort(np.asarray(times, float))
        shares = np.arange(1, len(ordered) + 1) / len(ordered)
        figure.add_scatter(
            x=ordered,
            y=shares,
            mode="lines",
            line={**line_style(index), "shape": "hv"},
            customdata=[percent(share, 0) for share in shares.tolist()],
            hovertemplate="%{customdata} of the calls took at most %{x:.3g} ms",
            name=f"{literal(title)} (n = {len(ordered)})",
        )
    for share, name in ((0.5, "p50"), (0.95, "p95")):
        figure.add_hline(
            y=share, line={"color": GRAY, "dash": "dot", "width": 1}, annotation_text=name
        )
    times = [float(time) for call_times in calls.values() for time in call_times]
    figure.update_xaxes(
        title_text="latency for one image, ms", **log_axis(times, room=1.1, prefixes=False)
    )
    figure.update_yaxes(title_text="cumulative share of calls", tickformat=".0%", range=[0, 1.02])
    lay_out(figure, height=_HEIGHT, showlegend=True)
    return figure


def latency_boxes(calls: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw a box plot of the call times per network, fastest first.

    The box holds the middle half of the calls, the line in it is the median, and the whiskers
    extend from p5 to p95.

    Args:
        calls: title to milliseconds of each call.

    Raises:
        ValueError: if a network has no calls.
    """
    _check_calls(calls)
    marks = {
        title: np.percentile(np.asarray(times, float), _PERCENTILES)
        for title, times in calls.items()
    }
    ordered = sorted(marks, key=lambda title: float(marks[title][2]))
    p5, p25, p50, p75, p95 = np.array([marks[title] for title in ordered]).reshape(-1, 5).T
    names = list(map(literal, ordered))
    figure = go.Figure(
        go.Box(
            y=names,
            lowerfence=p5,
            q1=p25,
            median=p50,
            q3=p75,
            upperfence=p95,
            orientation="h",
            line={"color": LINES[0], "width": 1.5},
            fillcolor=with_opacity(LINES[0], 0.35),
            showlegend=False,
        )
    )
    figure.update_xaxes(
        title_text="latency for one image, ms: p5, p25, median, p75, p95",
        **log_axis(
            [float(mark) for row in marks.values() for mark in row], room=1.1, prefixes=False
        ),
    )
    label_rows(figure, names, list(map(wrapped, ordered)))
    figure.update_layout(height=_AROUND + _ROW * len(ordered), margin=margins(left=10))
    return figure


def _check_calls(calls: Mapping[str, Sequence[float]]) -> None:
    for title, times in calls.items():
        if not len(times):
            raise ValueError(f"{title}: there must be at least one call, got none")


def throughput_by_batch_size(lines: ThroughputLines) -> go.Figure:
    """Draw images per second against batch size.

    Args:
        lines: title to throughput by batch size.
    """
    return _throughput(lines, x_title="batch size, images")


def throughput_by_threads(lines: ThroughputLines) -> go.Figure:
    """Draw images per second against the number of threads.

    Args:
        lines: title to throughput by number of threads.
    """
    return _throughput(lines, x_title="threads")


def _throughput(lines: ThroughputLines, *, x_title: str) -> go.Figure:
    figure = go.Figure()
    sizes = _sizes(lines)
    for index, (title, line) in enumerate(lines.items()):
        medians = [throughput.median for throughput in line.values()]
        figure.add_scatter(
            x=list(line),
            y=medians,
            error_y=error_bars(
                medians, [(rate.low, rate.high) for rate in line.values()], thickness=1, width=3
            ),
            mode="lines+markers",
            line=line_style(index),
            marker={"symbol": marker_symbol(index), "size": 8},
            name=literal(title),
        )
    figure.update_xaxes(
        title_text=x_title, type="log", tickvals=sizes, ticktext=list(map(str, sizes))
    )
    ends = [end for line in lines.values() for r in line.values() for end in (r.low, r.high)]
    figure.update_yaxes(title_text="images per second", **log_axis(ends, prefixes=False))
    lay_out(figure, height=_HEIGHT, showlegend=True)
    return figure


def throughput_heat_map(lines: ThroughputLines, *, theme: str) -> go.Figure:
    """Draw images per second by network and batch size as a table.

    The color shows the speedup over the network's smallest batch.

    Args:
        lines: title to throughput by batch size.
        theme: "light" or "dark".
    """
    sizes = _sizes(lines)
    speedups = [
        [line[s].median / line[min(line)].median if s in line else None for s in sizes]
        for line in lines.values()
    ]
    texts = [
        [_images_per_second(line[s].median) if s in line else "" for s in sizes]
        for line in lines.values()
    ]
    figure = go.Figure(
        go.Heatmap(
            x=[str(size) for size in sizes],
            y=list(map(literal, lines)),
            z=speedups,
            text=texts,
            texttemplate="%{text}",
            colorscale=plotly_scale("sequential", theme),
            colorbar={"title": {"text": "speedup over<br>smallest batch"}},
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, batch size %{x}: %{text} images per second, × %{z:.2g}"
            "<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="batch size, images", type="category", side="top")
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_layout(
        height=_AROUND + _ROW * len(lines), margin=margins(left=10, top=60, bottom=10)
    )
    return figure


def _sizes(lines: ThroughputLines) -> list[int]:
    return sorted({size for line in lines.values() for size in line})


def _images_per_second(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"
