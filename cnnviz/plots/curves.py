"""Line charts of one curve per run."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from cnnviz.plots.escaping import literal
from cnnviz.plots.layout import GRAY, lay_out
from cnnviz.stats import percentages

Line = tuple[NDArray[np.float32], NDArray[np.float32]]


def line_chart(
    lines: Mapping[str, Line],
    *,
    x_title: str,
    y_title: str,
    log: bool = False,
    percent: bool = False,
    markers: bool = False,
    marked_x: float | None = None,
    y_format: str | None = None,
    x_names: Sequence[str] = (),
) -> go.Figure:
    """Draw one line per run.

    Args:
        lines: label to (x, y), two arrays of equal length; a line continues across NaN.
        x_title: name and unit.
        y_title: name and unit.
        log: make the y axis logarithmic.
        percent: y is a proportion, shown as a percentage.
        markers: also mark each point, for lines with few points.
        marked_x: where a vertical dotted line stands.
        y_format: format of the tick labels in d3's notation, such as ".0e".
        x_names: tick labels at x = 1, 2, ..., instead of numbers.

    Raises:
        ValueError: if x and y of a line differ in length.
    """
    figure = go.Figure()
    for label, line in lines.items():
        _add_line(figure, label, line, percent=percent, markers=markers)
    figure.update_xaxes(title_text=x_title, rangemode="tozero")
    figure.update_yaxes(
        title_text=y_title,
        type="log" if log else "linear",
        tickformat=".1%" if percent else y_format,
    )
    if x_names:
        figure.update_xaxes(
            tickvals=list(range(1, len(x_names) + 1)), ticktext=list(map(literal, x_names))
        )
    if percent:
        figure.update_yaxes(autorangeoptions={"maxallowed": 1})
    if marked_x is not None:
        figure.add_vline(x=marked_x, line_dash="dot", line_color=GRAY)
    lay_out(figure, height=340, hovermode="x unified", showlegend=True)
    return figure


def _add_line(figure: go.Figure, label: str, line: Line, *, percent: bool, markers: bool) -> None:
    x, y = line
    if x.shape != y.shape:
        raise ValueError(f"{label}: x and y must have the same length, got {x.shape} and {y.shape}")
    figure.add_scatter(
        x=x,
        y=y,
        name=literal(label),
        mode="lines+markers" if markers else "lines",
        connectgaps=True,
        customdata=list(map(percentages.percent, y.tolist())) if percent else None,
        hovertemplate="%{customdata}" if percent else None,
    )
