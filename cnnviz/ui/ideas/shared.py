"""What several ideas show the same way."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from cnnviz.plots.colors import CATEGORICAL
from cnnviz.plots.curves import line_chart
from cnnviz.ui.shell.units import shorten


def short(number: float) -> str:
    """Return a count with three figures, such as 33.6 M."""
    return shorten(number, figures=3)


def numbers(values: Mapping[str, tuple[str, str]]) -> None:
    """Show a few figures side by side: name to value and what it means."""
    with st.container(horizontal=True, gap="medium"):
        for name, (value, meaning) in values.items():
            st.metric(name, value, help=meaning or None, width=150)


def table(rows: Sequence[Mapping[str, object]]) -> None:
    """Show a small table whole; whole numbers with their thousands told apart."""
    frame = pd.DataFrame(list(rows))
    whole = [name for name in frame if pd.api.types.is_integer_dtype(frame[name])]
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in whole},
    )


def bars(values: Mapping[str, Mapping[str, float]], *, unit: str, key: str) -> None:
    """Show stacked horizontal bars: one per name, its parts in colors."""
    figure = go.Figure()
    parts = list(dict.fromkeys(part for bar in values.values() for part in bar))
    for i, part in enumerate(parts):
        figure.add_bar(
            y=list(values),
            x=[bar.get(part, 0) for bar in values.values()],
            name=part,
            orientation="h",
            marker_color=CATEGORICAL[i % len(CATEGORICAL)],
            hovertemplate=f"{part}: %{{x:.4s}} {unit}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack",
        height=90 + 45 * len(values),
        margin={"l": 10, "r": 10, "t": 10, "b": 40},
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "traceorder": "normal",
        },
    )
    figure.update_xaxes(title_text=unit, tickformat="~s")
    figure.update_yaxes(autorange="reversed", automargin=True)
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})


def lines(
    values: Mapping[str, tuple[Sequence[float] | Sequence[str], Sequence[float]]],
    *,
    x: str,
    y: str,
    key: str,
    log: bool = False,
    percent: bool = False,
    mark: float | None = None,
) -> None:
    """Show lines with their points; values that are zero leave a gap on a logarithmic axis."""
    points = {
        name: (np.array(xs), np.where(np.array(ys) == 0, np.nan, ys) if log else np.array(ys))
        for name, (xs, ys) in values.items()
    }
    figure = line_chart(points, x_title=x, y_title=y, log=log, percent=percent, markers=True)
    if mark is not None:
        figure.add_vline(x=mark, line_dash="dot", line_color="#999999")
    if log:
        figure.update_yaxes(tickformat=".0e")
    st.plotly_chart(figure, key=key, config={"displayModeBar": False})
