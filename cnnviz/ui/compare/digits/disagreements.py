"""The digits on which networks disagree, and what they make of each class."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.comparison.table import interval_text
from cnnviz.data.mnist import CLASSES, Labels
from cnnviz.plots.agreement import DARKEST, accuracy_differences, disagreement_matrix
from cnnviz.plots.intervals import class_intervals
from cnnviz.stats.intervals import SIGNIFICANCE_LEVEL, Interval, rounded_outward
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.digits.calibration import certainty
from cnnviz.ui.compare.digits.gallery import answered, digits, leave_if_chosen, whose
from cnnviz.ui.compare.selection import Choice, leave_if_gone
from cnnviz.ui.components.confusion_view import Cell, Matrix, confusion_view
from cnnviz.ui.pickers.view_switch import choose_key
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Integer, OneOf, Record, Text
from cnnviz.ui.shell.parameters import (
    COMPARE_CELL,
    COMPARE_FIRST,
    COMPARE_PART,
    COMPARE_SECOND,
    COMPARE_SPLIT,
    Parameter,
)

if TYPE_CHECKING:
    from cnnviz.evaluation.agreement import PairedCounts
    from cnnviz.evaluation.predictions import Predictions

_CELL = Record((Text(), Integer(0, CLASSES - 1), Integer(0, CLASSES - 1)))  # network, true, answer
_PLAIN = {"displayModeBar": False}
_PARTS = {
    "confusions": "Confusions",
    "two": "Two of them",
    "classes": "Classes",
    "certainty": "Certainty",
}


@st.fragment
def show(choice: Choice) -> None:
    """Show where the networks differ, those first that have answered all digits first."""
    leave_if_chosen()
    leave_if_gone(choice)
    calls = background_calls.answer_calls(choice)
    ready = request(calls)
    background_calls.say_problems(choice, ready)
    background_calls.wait(calls, ready, "Asking all test digits", key="compare_differ_pulse")
    found = background_calls.predictions(choice, ready)
    if not found:
        return
    part = choose_key("Part", _PARTS, COMPARE_PART, label_visible=False)
    {
        "confusions": _confusions,
        "two": _pair,
        "classes": _classes,
        "certainty": certainty,
    }[part](choice, found)


def _confusions(choice: Choice, found: "Mapping[str, Predictions]") -> None:
    from cnnviz.evaluation.predictions import accuracy, confusion_counts

    titles, labels, keys = background_calls.names(choice), choice.digits.test_labels, list(found)
    cell = _chosen_cell()
    records = {network.key: background_calls.on_record(network) for network in choice.networks}
    st.caption(
        f"On {background_calls.tested(choice)}. Cells count digits, with mistakes in color; "
        "click one to see its digits."
    )
    confusion_view(
        [
            Matrix(
                titles[key],
                f"here {interval_text(accuracy(one, labels))}{records[key]}",
                confusion_counts(one, labels),
            )
            for key, one in found.items()
        ],
        chosen=(keys.index(cell[0]), *cell[1:]) if cell and cell[0] in keys else None,
        on_choose=lambda sent: _choose_cell(keys, sent),
        key="compare_confusion",
    )
    if cell and cell[0] in keys:
        key, true, answer = cell
        inside = (labels == true) & (found[key].digits == answer)
        said = "read right" if true == answer else f"that {titles[key]} reads as {answer}"
        sign, how = (-1, "least") if true == answer else (1, "most")
        some = digits(
            choice,
            inside,
            sign * found[key].confidence,
            f"True {true}, {said}",
            f"{titles[key]} is {how} sure of the first; below each {whose(titles, found)}",
            lambda place: answered(found, place, labels[place]),
            key="compare_cell_digits",
        )
        if not some:
            st.info("There is no such digit.", icon=":material/info:")
    if len(found) > 1:
        _agreement(titles, found)


def _choose_cell(keys: Sequence[str], sent: Cell) -> None:
    address.write({COMPARE_CELL: (keys[sent[0]], *sent[1:])})


def _chosen_cell() -> tuple[str, int, int] | None:
    """Return the network's key, the true digit and the answer that a link or a click names."""
    address.show_complaint(COMPARE_CELL)
    return address.read(COMPARE_CELL, _CELL)


def _agreement(titles: Mapping[str, str], found: "Mapping[str, Predictions]") -> None:
    from cnnviz.evaluation.agreement import disagreement_counts

    st.subheader("How many digits two answer differently", anchor=False)
    counts = disagreement_counts(list(found.values()))
    asked = len(next(iter(found.values())).digits)
    st.plotly_chart(
        disagreement_matrix(
            counts, asked, [titles[key] for key in found], theme=st.context.theme.type or "light"
        ),
        key="compare_agreement",
        config=_PLAIN,
    )
    st.caption(
        f"Of {asked:,} digits. The darkest color stands for {DARKEST:.0%} of them or more, "
        "whoever is compared; point at a cell for the share with its 95% interval (Wilson)."
    )


def _pair(choice: Choice, found: "Mapping[str, Predictions]") -> None:
    from cnnviz.evaluation.agreement import paired_counts, paired_masks

    if len(found) < 2:
        st.info("Choose a second network above.", icon=":material/info:")
        return
    titles, keys = background_calls.names(choice), list(found)
    left, right = st.columns(2)
    first = _one(left, "First", COMPARE_FIRST, keys, 0, titles)
    second = _one(right, "Second", COMPARE_SECOND, keys, 1, titles)
    if first == second:
        st.info("Choose two different networks.", icon=":material/info:")
        return
    labels = choice.digits.test_labels
    a, b = found[first].correct(labels), found[second].correct(labels)
    counts = paired_counts(a, b)
    st.markdown(verdict(titles[first], titles[second], counts))
    st.caption(
        "This compares two trainings, not two architectures: with another seed either may come "
        "out ahead. The Race trains several."
    )
    masks = {key: paired_masks(a, b)[key] for key in ("first", "second", "neither", "both")}
    said = {
        "first": f"Only {titles[first]} is right ({counts.first:,})",
        "second": f"Only {titles[second]} is right ({counts.second:,})",
        "neither": f"Neither ({counts.neither:,})",
        "both": f"Both ({counts.both:,})",
    }
    default = next((key for key, mask in masks.items() if mask.any()), "both")
    chosen = str(
        st.segmented_control(
            "Digits",
            list(masks),
            format_func=lambda key: said[key],
            required=True,
            **address.bind(COMPARE_SPLIT, OneOf.keys(masks), default=default),
        )
    )
    pair = {first: found[first], second: found[second]}
    sure = pair[first].confidence + pair[second].confidence
    some = digits(
        choice,
        masks[chosen],
        -sure if chosen == "both" else sure,
        said[chosen].rpartition(" (")[0],
        f"they are {'least' if chosen == 'both' else 'most'} sure of the first; below each the "
        f"true digit, and {whose(titles, pair)}",
        lambda place: f"true {labels[place]}\n{answered(pair, place, labels[place])}",
        key="compare_split_digits",
    )
    if not some:
        st.info("There is no such digit.", icon=":material/info:")
    if len(found) > 2:
        _every_pair(titles, found, labels)


def _every_pair(
    titles: Mapping[str, str], found: "Mapping[str, Predictions]", labels: Labels
) -> None:
    from cnnviz.evaluation.agreement import compare_all_pairs, pair_matrices

    compared = compare_all_pairs(list(found.values()), labels)
    points, p_values = pair_matrices(compared, len(found))
    st.subheader("Every two of them", anchor=False)
    st.plotly_chart(
        accuracy_differences(
            points,
            p_values,
            [titles[key] for key in found],
            theme=st.context.theme.type or "light",
        ),
        key="compare_every_pair",
        config=_PLAIN,
    )
    shown = sum(one.p_value < SIGNIFICANCE_LEVEL for one in compared.values())
    st.caption(
        f"Accuracy of the row less that of the column, percentage points. In bold {shown} of "
        f"{len(compared)} that chance alone would hardly bring about: McNemar's exact p below "
        f"{SIGNIFICANCE_LEVEL:g}, corrected for {len(compared)} comparisons (Holm 1979)."
    )


def verdict(first: str, second: str, counts: "PairedCounts") -> str:
    """Return in words what two networks' answers to the same digits say."""
    found, only = counts.difference, counts.first + counts.second
    if not only:
        return "They are right on exactly the same digits: these tell nothing of a difference."
    points = 100 * found.value
    low, high = rounded_outward(Interval(points, 100 * found.low, 100 * found.high), 0.01)
    clear = counts.p_value < SIGNIFICANCE_LEVEL
    judged = (
        f"**{plain(second if points > 0 else first)} is better**"
        if clear
        else "**no difference is shown**"
    )
    apart = low > 0 or high < 0
    beside = "" if apart == clear else "; the interval is an approximation, the exact test decides"
    heads = "that digit" if only == 1 else f"each of these {only:,} digits"
    return (
        f"{plain(second)} less {plain(first)}: **{points:+.2f} percentage points** "
        f"(95% interval {low:+.2f} to {high:+.2f}, Newcombe). On {only:,} "
        f"digit{'s' if only > 1 else ''} just one of them is right, {counts.first:,} to "
        f"{counts.second:,}. Were they equally good, a fair coin would decide {heads}; it falls as "
        f"unevenly as that {how_often(counts.p_value)} ({_p(counts.p_value)}, McNemar's exact "
        f"test; shown means less than one time in {1 / SIGNIFICANCE_LEVEL:.0f}): {judged}{beside}."
    )


def how_often(chance: float) -> str:
    """Return a probability in words."""
    if chance >= 1:
        return "always"
    if chance > 0.5:
        return "more often than not"
    if chance < 1e-4:
        return "less than one time in 10,000"
    return f"one time in {1 / chance:,.0f}"


def _p(chance: float) -> str:
    return f"p = {chance:.2g}" if chance >= 1e-4 else "p below 0.0001"


def _one(
    column: "st.delta_generator.DeltaGenerator",
    label: str,
    parameter: Parameter[str | None],
    keys: Sequence[str],
    place: int,
    titles: Mapping[str, str],
) -> str:
    type_ = OneOf({key: titles[key] for key in keys})
    tied = address.bind(parameter, type_, default=keys[place])
    return str(column.selectbox(label, keys, format_func=lambda key: titles[key], **tied))


def _classes(choice: Choice, found: "Mapping[str, Predictions]") -> None:
    from cnnviz.evaluation.predictions import class_accuracies

    titles = background_calls.names(choice)
    lines = {
        titles[key]: class_accuracies(one, choice.digits.test_labels) for key, one in found.items()
    }
    st.plotly_chart(class_intervals(lines), key="compare_classes", config=_PLAIN)
    st.caption(f"On {background_calls.tested(choice)}; lines are 95% intervals (Wilson).")
