"""Metrics, tables, bars and lines for the building blocks on the Ideas page."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from cnnviz.plots.breakdown import breakdown_bars
from cnnviz.plots.curves import line_chart
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.shell.units import shorten


def short(number: float) -> str:
    """Return a count with three figures, such as 33.6 M."""
    return shorten(number, figures=3)


def metrics(values: Mapping[str, tuple[str, str]]) -> None:
    """Show a few metrics side by side: name to value and explanation, "" for none."""
    with st.container(horizontal=True, gap="medium"):
        for name, (value, explanation) in values.items():
            st.metric(name, value, help=explanation or None, width=150)


def table(rows: Sequence[Mapping[str, object]]) -> None:
    """Show a small table without scrolling; integers with thousands separators."""
    frame = pd.DataFrame(list(rows))
    integers = [name for name in frame if pd.api.types.is_integer_dtype(frame[name])]
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={
            name: st.column_config.NumberColumn(format="localized") for name in integers
        },
    )


def bars(values: Mapping[str, Mapping[str, float]], *, unit: str, key: str) -> None:
    """Show one stacked horizontal bar per name, each component in its own color."""
    figure = breakdown_bars(values, unit=unit)
    show_figure(figure, key=key)


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
    figure = line_chart(
        points,
        x_title=x,
        y_title=y,
        log=log,
        percent=percent,
        markers=True,
        marked_x=mark,
        y_format=".0e" if log else None,
    )
    show_figure(figure, key=key)
