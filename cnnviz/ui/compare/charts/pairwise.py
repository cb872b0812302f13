"""Pairwise comparison: what the second of two networks takes, relative to the first."""

from collections.abc import Callable, Mapping

import streamlit as st

from cnnviz.comparison.pairwise import COSTS, Ratio, cost_ratio, error_ratio, latency_ratio
from cnnviz.comparison.summary import NetworkSummary
from cnnviz.plots.ratio_bars import RatioBar, ratio_bars
from cnnviz.ui.compare.charts.chart_data import ChartData
from cnnviz.ui.compare.pair_picker import choose_pair
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import COMPARE_TWO_FIRST, COMPARE_TWO_SECOND
from cnnviz.ui.shell.units import NUMBER_FORMATS

_FORMATS: Mapping[str, Callable[[float], str]] = {
    **NUMBER_FORMATS,
    "milliseconds": "{:.3g} ms".format,
}


def pairwise_chart(data: ChartData) -> None:
    """Show the ratio of each cost and of the error rates of two networks."""
    summaries = {summary.key: summary for summary in data.summaries}
    titles = {key: summary.title for key, summary in summaries.items()}
    pair = choose_pair(titles, COMPARE_TWO_FIRST, COMPARE_TWO_SECOND)
    if pair is None:
        return
    a, b = (summaries[key] for key in pair)
    bars = [*_cost_bars(data, a, b), *_error_bars(data, a, b)]
    if bars:
        figure = ratio_bars(bars, first=a.title, second=b.title)
        show_figure(figure, key="compare_two")
    st.caption(
        "Lower is better for each of these. The gray line on latency extends from quartile to "
        "quartile of the calls. The error rate has none: *Errors and disagreements* tests on the "
        f"same digits whether the difference is significant. {_note(data, a, b)}"
    )


def _cost_bars(data: ChartData, a: NetworkSummary, b: NetworkSummary) -> list[RatioBar]:
    bars = []
    for key, cost in COSTS.items():
        ratio = cost_ratio(cost, a, b)
        first, second = data.latency(a), data.latency(b)
        if key == "latency" and ratio and first and second:
            ratio = latency_ratio(first, second)
        if ratio:
            bars.append(_bar(cost.title, ratio, cost.kind))
    return bars


def _error_bars(data: ChartData, a: NetworkSummary, b: NetworkSummary) -> list[RatioBar]:
    """Return the bar of the error rates; none if one is unknown or zero."""
    if data.choice.published:
        ratio = None if a.top1 is None or b.top1 is None else error_ratio(a.top1, b.top1)
        return [_bar("error rate on ImageNet (cited)", ratio, "percent")] if ratio else []
    if not a.accuracy or not b.accuracy:
        return []
    ratio = error_ratio(a.accuracy.value, b.accuracy.value)
    return [_bar("error rate on the test digits", ratio, "percent")] if ratio else []


def _bar(title: str, ratio: Ratio, kind: str) -> RatioBar:
    text = _FORMATS[kind]
    amounts = f"{text(ratio.first)} → {text(ratio.second)}"
    return RatioBar(title, ratio.value, amounts, ratio.low, ratio.high)


def _note(data: ChartData, a: NetworkSummary, b: NetworkSummary) -> str:
    """Return where the error rates come from, or why there is no ratio of them."""
    if data.choice.published:
        return "Error rates on ImageNet are one minus the cited accuracies."
    flawless = [row.title for row in (a, b) if row.accuracy and row.accuracy.value == 1]
    if not flawless or not a.accuracy or not b.accuracy:
        return ""
    return f"{plain(' and '.join(flawless))} made no error on these digits, so there is no ratio."
