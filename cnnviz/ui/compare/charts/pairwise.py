"""Two networks in all respects, one over the other."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.comparison.summary import NetworkSummary
from cnnviz.plots.ratio_bars import Ratio, ratio_bars
from cnnviz.ui.compare.charts.chart_data import PLAIN, Known
from cnnviz.ui.compare.charts.cost_vs_accuracy import RESPECTS
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import COMPARE_TWO_FIRST, COMPARE_TWO_SECOND, Parameter


def two(found: Known) -> None:
    """Show what the second of two networks takes, in times of what the first takes."""
    if len(found.rows) < 2:
        st.info("Choose a second network above.", icon=":material/info:")
        return
    rows = {row.key: row for row in found.rows}
    left, right = st.columns(2)
    keys = list(rows)
    first = _one(left, "First", COMPARE_TWO_FIRST, rows, keys[0])
    second = _one(right, "Second", COMPARE_TWO_SECOND, rows, keys[1])
    if first == second:
        st.info("Choose two different networks.", icon=":material/info:")
        return
    a, b = rows[first], rows[second]
    bars, problem = compared(found, a, b)
    if bars:
        figure = ratio_bars(bars, first=a.title, second=b.title)
        st.plotly_chart(figure, key="compare_two", config=PLAIN)
    st.caption(
        "Of each, less is better. The gray line on latency goes from quarter to quarter of the "
        "calls. Mistakes have none: whether they differ by more than chance, *Where they differ* "
        f"tests on the same digits. {problem}"
    )


def compared(found: Known, a: NetworkSummary, b: NetworkSummary) -> tuple[list[Ratio], str]:
    """Return the ratios of two networks, and why one is missing."""
    bars = []
    for key, respect in RESPECTS.items():
        x, y = respect.value(a), respect.value(b)
        if x and y:
            bounds = _latency_bounds(found, a, b) if key == "latency" else (None, None)
            text = f"{respect.text(x)} → {respect.text(y)}"
            bars.append(Ratio(respect.title, y / x, text, *bounds))
    problem = ""
    if found.choice.published:
        problem = "Mistakes on ImageNet are those that the cited accuracies leave."
        if a.top1 is not None and b.top1 is not None:
            wrong = 1 - a.top1, 1 - b.top1
            text = f"{wrong[0]:.2%} → {wrong[1]:.2%}"
            bars.append(Ratio("mistakes on ImageNet (cited)", wrong[1] / wrong[0], text))
    elif a.accuracy and b.accuracy:
        bar = _mistakes(a, b)
        if bar is None:
            flawless = [row.title for row in (a, b) if row.accuracy and row.accuracy.value == 1]
            problem = (
                f"{plain(' and '.join(flawless))} made no mistake on these digits, and nothing is "
                "a multiple of none."
            )
        else:
            bars.append(bar)
    return bars, problem


def _latency_bounds(
    found: Known, a: NetworkSummary, b: NetworkSummary
) -> tuple[float | None, float | None]:
    x, y = found.latency(a), found.latency(b)
    if x is None or y is None:
        return None, None
    return y.percentile(25) / x.percentile(75), y.percentile(75) / x.percentile(25)


def _mistakes(a: NetworkSummary, b: NetworkSummary) -> Ratio | None:
    """Return how many times the mistakes of the first the second makes; None where one has none."""
    if not (a.accuracy and b.accuracy):
        return None
    x, y = 1 - a.accuracy.value, 1 - b.accuracy.value
    if not x or not y:
        return None
    return Ratio("mistakes, share of the test digits", y / x, f"{x:.2%} → {y:.2%}")


def _one(
    column: "st.delta_generator.DeltaGenerator",
    label: str,
    parameter: Parameter[str | None],
    rows: Mapping[str, NetworkSummary],
    default: str,
) -> str:
    """Return the key of one of two networks."""
    titles = {key: row.title for key, row in rows.items()}
    return str(
        column.selectbox(
            label,
            list(titles),
            format_func=titles.__getitem__,
            **address.bind(parameter, OneOf(titles), default=default),
        )
    )
