"""What networks cost and what they are worth, each a bubble."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cnnviz.comparison.summary import NetworkSummary
from cnnviz.plots.cost_vs_accuracy import Bubble, bubble_chart
from cnnviz.plots.wrapping import wrapped
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.charts.chart_data import PLAIN, Known
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import COMPARE_BY_SIZE, COMPARE_COST, COMPARE_MISTAKES
from cnnviz.ui.shell.units import as_bytes, shorten

_HOVER = 50  # letters in a line


@dataclass(frozen=True)
class Respect:
    """One number in which networks differ; of each, less is better.

    Attributes:
        title: name and unit.
        value: of a standing; None where unknown.
        text: it as text.
        form: of it, as Plotly writes it.
    """

    title: str
    value: Callable[[NetworkSummary], float | None]
    text: Callable[[float], str]
    form: str = ".3s"


def _counted(attribute: str) -> Callable[[NetworkSummary], float | None]:
    return lambda row: float(getattr(row.costs, attribute)) if row.costs else None


def _bytes(value: float) -> str:
    return as_bytes(int(value))


RESPECTS: Mapping[str, Respect] = {
    "latency": Respect(
        "latency for one image, p50, ms",
        lambda row: row.speed.p50 if row.speed else None,
        lambda value: f"{value:.3g} ms",
        form=".3g",
    ),
    "macs": Respect("MACs for one image", _counted("macs"), shorten),
    "parameters": Respect("parameters", _counted("parameters"), shorten),
    "activations": Respect(
        "activations alive at once, bytes", _counted("activation_bytes"), _bytes
    ),
    "training": Respect("memory of a step of training, bytes", _counted("training_bytes"), _bytes),
}


def worth(found: Known) -> None:
    """Show worth against cost; the cost is latency once that is on record."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    timed = all(row.key in found.speeds.kept for row in found.choice.rows)
    cost = left.selectbox(
        "Cost",
        list(RESPECTS),
        format_func=lambda key: RESPECTS[key].title,
        **address.bind(
            COMPARE_COST,
            OneOf({key: respect.title for key, respect in RESPECTS.items()}),
            default="latency" if timed else "macs",
        ),
    )
    by_size = right.checkbox(
        "Fewer parameters also count as better",
        **address.bind_flag(COMPARE_BY_SIZE),
    )
    respect = RESPECTS[cost]
    by_mistakes = right.checkbox(
        "Mistakes, logarithmic",
        **address.bind_flag(COMPARE_MISTAKES),
        help="Tells good networks apart, which one weak network would squeeze into a strip.",
    )
    made = {row.key: _bubble(row, respect, found.choice) for row in found.rows}
    drawn = [bubble for bubble in made.values() if bubble]
    if drawn:
        title = "ImageNet top-1 (cited)" if found.choice.published else "accuracy (measured here)"
        figure = bubble_chart(
            drawn,
            x_title=respect.title,
            y_title=title,
            by_size=by_size,
            x_format=respect.form,
            smallest_error=_half(found) if by_mistakes else None,
        )
        st.plotly_chart(figure, key="compare_bubbles", config=PLAIN)
    _say(found, respect, [row for row in found.rows if made[row.key] is None])


def _say(found: Known, respect: Respect, left_out: list[NetworkSummary]) -> None:
    """Say where the numbers come from, and why a network has no place in the chart."""
    where = (
        "Cited accuracy, with the weights that are named when you point at a bubble: recipes "
        "differ in data, length and distillation, and no bounds were published."
        if found.choice.published
        else f"Accuracy on {background_calls.tested(found.choice)} with 95% bounds (Wilson): "
        "networks whose bounds overlap may be equally good, and their places on the front chance."
    )
    none = [row.title for row in found.rows if row.accuracy and row.accuracy.value == 1]
    st.caption(f"{where} The area is the number of parameters.")
    if none and st.session_state.get("compare_mistakes"):
        st.caption(f"{_names(none)} made no mistake, and is drawn at half a digit.")
    unmeasured = [row.title for row in left_out if respect.value(row) is None]
    others = [row.title for row in left_out if row.title not in unmeasured and not row.detects]
    apart = [row.title for row in left_out if row.detects and not found.choice.published]
    if apart:
        st.caption(f"{_names(apart)} is left out: F1 is no accuracy, see the table.")
    if unmeasured:
        st.caption(f"Not known yet of the cost: {_names(unmeasured)}.")
    if others:
        st.caption(f"No accuracy is known of: {_names(others)}.")


def _half(found: Known) -> float:
    """Return half of the least share of mistakes that there can be."""
    digits = 50_000 if found.choice.published else len(found.choice.digits.test_labels)
    return 0.5 / digits


def _cited(row: NetworkSummary) -> str:
    return f"<br>{wrapped(row.source, _HOVER)}" if row.source else ""


def _names(titles: Sequence[str]) -> str:
    return plain(", ".join(titles))


def _bubble(row: NetworkSummary, cost: Respect, choice: Choice) -> Bubble | None:
    """Return a network as a bubble; None where its cost or its worth is not known."""
    x, size = cost.value(row), RESPECTS["parameters"].value(row)
    if not x or not size:
        return None
    if choice.published:
        return None if row.top1 is None else Bubble(row.title, x, row.top1, size, note=_cited(row))
    found = row.accuracy
    return Bubble(row.title, x, found.value, size, found.low, found.high) if found else None
