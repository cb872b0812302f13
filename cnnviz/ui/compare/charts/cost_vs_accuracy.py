"""Accuracy against cost, with each network as a bubble."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnviz.comparison.pairwise import COSTS, ComparedCost
from cnnviz.comparison.summary import NetworkSummary
from cnnviz.plots.cost_vs_accuracy import Bubble, bubble_chart
from cnnviz.plots.wrapping import wrapped
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.charts.chart_data import ChartData
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.pickers.options import select_key
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import names_text
from cnnviz.ui.shell.parameters import COMPARE_BY_SIZE, COMPARE_COST, COMPARE_MISTAKES

_TOOLTIP = 50  # characters per line
_IMAGENET = 50_000  # validation images
_FORMATS = {"milliseconds": ".3g", "count": ".3s", "bytes": ".3s"}  # in Plotly's notation


def cost_and_accuracy(data: ChartData) -> None:
    """Show accuracy against a cost, each network as a bubble."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        cost = _choose_cost(data)
    by_size = right.checkbox(
        "Fewer parameters also count as better",
        **address.bind_flag(COMPARE_BY_SIZE),
        help="A network then stays on the front if it has fewer parameters than those that "
        "beat it otherwise.",
    )
    as_errors = right.checkbox(
        "Error rate, logarithmic",
        **address.bind_flag(COMPARE_MISTAKES),
        help="Spreads out networks of high accuracy.",
    )
    bubbles = {summary.key: _bubble(summary, cost, data) for summary in data.summaries}
    drawn = [bubble for bubble in bubbles.values() if bubble]
    if drawn:
        title = "ImageNet top-1 (cited)" if data.choice.published else "accuracy (measured here)"
        figure = bubble_chart(
            drawn,
            x_title=cost.title,
            y_title=title,
            by_size=by_size,
            x_format=_FORMATS[cost.kind],
            smallest_error=0.5 / _tested(data) if as_errors else None,
        )
        show_figure(figure, key="compare_bubbles")
    left_out = [summary for summary in data.summaries if bubbles[summary.key] is None]
    _captions(data, cost, left_out, as_errors=as_errors, by_size=by_size)


def _choose_cost(data: ChartData) -> ComparedCost:
    """Return the cost that the user chooses: by default latency, or MACs until it was measured."""
    timed = all(row.key in data.latencies.by_architecture for row in data.choice.rows)
    titles = {key: cost.title for key, cost in COSTS.items()}
    return COSTS[
        select_key(
            "Cost",
            titles,
            COMPARE_COST,
            default="latency" if timed else "macs",
            help="What the horizontal axis shows.",
        )
    ]


def _tested(data: ChartData) -> int:
    """Return the number of images behind an accuracy."""
    return _IMAGENET if data.choice.published else len(data.choice.digits.test_labels)


def _bubble(summary: NetworkSummary, cost: ComparedCost, data: ChartData) -> Bubble | None:
    """Return a network as a bubble; None if its cost or its accuracy is unknown."""
    x, size = cost.value(summary), COSTS["parameters"].value(summary)
    if not x or not size:
        return None
    if data.choice.published:
        note = f"<br>{wrapped(summary.source, _TOOLTIP)}" if summary.source else ""
        top1 = summary.top1
        return None if top1 is None else Bubble(summary.title, x, top1, size, note=note)
    accuracy = summary.accuracy
    if accuracy is None:
        return None
    return Bubble(summary.title, x, accuracy.value, size, accuracy.low, accuracy.high)


def _captions(
    data: ChartData,
    cost: ComparedCost,
    left_out: Sequence[NetworkSummary],
    *,
    as_errors: bool,
    by_size: bool,
) -> None:
    """Say where the numbers come from, and which networks are missing from the chart."""
    source = (
        "Cited accuracies, with the weights named in the tooltip. Training recipes differ in data, "
        "duration and distillation, and no confidence intervals were published."
        if data.choice.published
        else f"Accuracy on {background_calls.digits_text(data.choice)} with 95% intervals "
        "(Wilson). Networks whose intervals overlap may be equally accurate, and their place on "
        "the front may be chance."
    )
    better = "cheaper, more accurate and smaller" if by_size else "both cheaper and more accurate"
    st.caption(
        f"{source} The larger a bubble, the more parameters: its area shows their number. For a "
        f"network on the Pareto front, no other network here is {better}."
    )
    flawless = [s.title for s in data.summaries if s.accuracy and s.accuracy.value == 1]
    if flawless and as_errors:
        st.caption(f"No errors, drawn at half a digit: {names_text(flawless)}.")
    detectors = [s.title for s in left_out if s.detects and not data.choice.published]
    no_cost = [s.title for s in left_out if cost.value(s) is None]
    no_accuracy = [s.title for s in left_out if s.title not in no_cost and not s.detects]
    reasons: Mapping[str, list[str]] = {
        "Left out, since their F1 is not comparable with accuracy (see the table)": detectors,
        "Left out, since their cost is not known yet": no_cost,
        "Left out, since their accuracy is not known": no_accuracy,
    }
    for reason, titles in reasons.items():
        if titles:
            st.caption(f"{reason}: {names_text(titles)}.")
