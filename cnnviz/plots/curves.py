"""Curves of several runs in one picture."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

Curve = tuple[NDArray[np.float32], NDArray[np.float32]]


def curves(
    lines: Mapping[str, Curve],
    *,
    x_title: str,
    y_title: str,
    log: bool = False,
    percent: bool = False,
    markers: bool = False,
) -> go.Figure:
    """Draw one line per run.

    Args:
        lines: label to (x, y), two arrays of one length each; NaN leaves a gap.
        x_title: name and unit.
        y_title: name and unit.
        log: logarithmic y axis.
        percent: y is a share, written in percent.
        markers: also mark each point, where there are few.

    Raises:
        ValueError: if x and y of a line differ in length.
    """
    figure = go.Figure()
    for label, (x, y) in lines.items():
        if x.shape != y.shape:
            raise ValueError(f"{label}: {x.shape} x values and {y.shape} y values")
        figure.add_scatter(
            x=x, y=y, name=label, mode="lines+markers" if markers else "lines", connectgaps=True
        )
    figure.update_xaxes(title_text=x_title, rangemode="tozero")
    figure.update_yaxes(
        title_text=y_title, type="log" if log else "linear", tickformat=".1%" if percent else None
    )
    if percent:
        figure.update_yaxes(autorangeoptions={"maxallowed": 1})
    figure.update_layout(
        height=340,
        margin={"l": 60, "r": 10, "t": 10, "b": 45},
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    return figure
