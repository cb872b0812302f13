"""View Errors and disagreements: confusions, pairwise tests, accuracy by class, calibration."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.comparison.table import interval_text
from cnnviz.data.mnist import CLASSES, Labels
from cnnviz.plots.agreement import DARKEST, accuracy_differences, disagreement_matrix
from cnnviz.plots.intervals import class_intervals
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.digits.calibration import calibration_part
from cnnviz.ui.compare.digits.gallery import open_digit, rerun_if_chosen
from cnnviz.ui.compare.digits.mcnemar import mcnemar_text
from cnnviz.ui.compare.pair_picker import choose_pair
from cnnviz.ui.compare.selection import Choice, rerun_if_deleted
from cnnviz.ui.components.confusion_view import ConfusionCell, Matrix, confusion_view
from cnnviz.ui.components.figures import color_scheme, show_figure
from cnnviz.ui.pickers.digit_gallery import (
    cell_digits,
    digit_gallery,
    predictions_legend,
    predictions_text,
)
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Integer, OneOf, Text, ValueTuple
from cnnviz.ui.shell.parameters import (
    COMPARE_CELL,
    COMPARE_FIRST,
    COMPARE_PART,
    COMPARE_SECOND,
    COMPARE_SPLIT,
)

if TYPE_CHECKING:
    from cnnviz.evaluation.predictions import Mask, Predictions

_CELL = ValueTuple(
    (Text(), Integer(0, CLASSES - 1), Integer(0, CLASSES - 1)),
    ("key of a network", "true digit", "predicted digit"),
)
_INFO = ":material/info:"
_PARTS = {
    "confusions": "Confusion matrices",
    "two": "Pairwise comparison",
    "classes": "Accuracy by class",
    "certainty": "Calibration",
}
_FORMER_TITLES = {  # by which older links name a part
    "Confusions": "confusions",
    "Two of them": "two",
    "Classes": "classes",
    "Certainty": "certainty",
}


@st.fragment
def disagreements_view(choice: Choice) -> None:
    """Show the chosen part for the networks whose predictions are finished."""
    rerun_if_chosen()
    rerun_if_deleted(choice)
    calls = background_calls.prediction_calls(choice)
    ready = request(calls)
    background_calls.show_problems(choice, ready)
    background_calls.wait_for(
        calls, ready, "Predicting all test digits", noun="batch", key="compare_differ_pulse"
    )
    predictions = background_calls.predictions(choice, ready)
    if not predictions:
        return
    part = choose_key("Part", _PARTS, COMPARE_PART, label_visible=False, former=_FORMER_TITLES)
    {
        "confusions": _confusion_part,
        "two": _pairwise_part,
        "classes": _class_part,
        "certainty": calibration_part,
    }[part](choice, predictions)


def _confusion_part(choice: Choice, predictions: "Mapping[str, Predictions]") -> None:
    from cnnviz.evaluation.predictions import accuracy, confusion_counts

    titles, labels = background_calls.titles_by_key(choice), choice.digits.test_labels
    keys, cell = list(predictions), _chosen_cell()
    recorded = {n.key: background_calls.recorded_accuracy_text(n) for n in choice.networks}
    st.caption(
        f"On {background_calls.digits_text(choice)}. Cells count digits, with errors in color; "
        "click a cell to see its digits."
    )
    confusion_view(
        [
            Matrix(
                titles[key],
                f"here {interval_text(accuracy(network, labels))}{recorded[key]}",
                confusion_counts(network, labels),
            )
            for key, network in predictions.items()
        ],
        chosen=(keys.index(cell[0]), *cell[1:]) if cell and cell[0] in keys else None,
        on_choose=lambda sent: _choose_cell(keys, sent),
        key="compare_confusion",
    )
    if cell and cell[0] in keys:
        cell_digits(
            choice.digits,
            predictions,
            titles,
            cell,
            key="compare_cell_digits",
            on_open=open_digit,
        )
    if len(predictions) > 1:
        _show_disagreements(titles, predictions)


def _choose_cell(keys: Sequence[str], sent: ConfusionCell) -> None:
    address.write({COMPARE_CELL: (keys[sent[0]], *sent[1:])})


def _chosen_cell() -> tuple[str, int, int] | None:
    """Return the network's key, the true digit and the predicted digit of the chosen cell."""
    cell = address.read(COMPARE_CELL, _CELL)
    address.show_complaint(COMPARE_CELL)
    return cell


def _show_disagreements(
    titles: Mapping[str, str], predictions: "Mapping[str, Predictions]"
) -> None:
    from cnnviz.evaluation.agreement import disagreement_counts

    st.subheader("Number of digits classified differently", anchor=False)
    counts = disagreement_counts(list(predictions.values()))
    total = len(next(iter(predictions.values())).digits)
    figure = disagreement_matrix(
        counts, total, [titles[key] for key in predictions], theme=color_scheme()
    )
    show_figure(figure, key="compare_agreement")
    st.caption(
        f"Of {total:,} digits. The darkest color stands for {DARKEST:.0%} of them or more, on a "
        "fixed scale; hover over a cell for the proportion with its 95% interval (Wilson)."
    )


def _pairwise_part(choice: Choice, predictions: "Mapping[str, Predictions]") -> None:
    titles = background_calls.titles_by_key(choice)
    pair = choose_pair({key: titles[key] for key in predictions}, COMPARE_FIRST, COMPARE_SECOND)
    if pair is None:
        return
    _show_pair(choice, titles, {key: predictions[key] for key in pair})
    if len(predictions) > 2:
        _show_all_pairs(titles, predictions, choice.digits.test_labels)


def _show_pair(
    choice: Choice, titles: Mapping[str, str], pair: "Mapping[str, Predictions]"
) -> None:
    """Show McNemar's test of two networks, and the digits that both, one or none classify."""
    from cnnviz.evaluation.agreement import paired_counts, paired_masks

    labels, (first, second) = choice.digits.test_labels, pair
    a, b = (predictions.correct(labels) for predictions in pair.values())
    st.markdown(mcnemar_text(titles[first], titles[second], paired_counts(a, b)))
    st.caption(
        "This compares two trainings, not two architectures: with another seed either may be "
        "better. A race trains several seeds."
    )
    names = {
        "first": f"Only {titles[first]} correct",
        "second": f"Only {titles[second]} correct",
        "neither": "Neither correct",
        "both": "Both correct",
    }
    masks = paired_masks(a, b)
    group = _choose_group(names, masks)
    _show_group(choice, titles, pair, names[group], masks[group], lowest_first=group == "both")


def _choose_group(names: Mapping[str, str], masks: "Mapping[str, Mask]") -> str:
    """Return the key of the group of digits that the user chooses."""
    default = next((key for key in names if masks[key].any()), "both")
    return str(
        st.segmented_control(
            "Digits",
            list(names),
            format_func=lambda key: f"{plain(names[key])} ({int(masks[key].sum()):,})",
            required=True,
            **address.bind(COMPARE_SPLIT, OneOf.keys(names), default=default),
            help="Test digits by which of the two networks classifies them correctly.",
        )
    )


def _show_group(
    choice: Choice,
    titles: Mapping[str, str],
    pair: "Mapping[str, Predictions]",
    name: str,
    mask: "Mask",
    *,
    lowest_first: bool,
) -> None:
    """Show the digits of one group, sorted by the mean confidence of both networks."""
    from cnnviz.evaluation.agreement import mean_confidence
    from cnnviz.evaluation.predictions import ranked_digits

    labels, confidence = choice.digits.test_labels, mean_confidence(list(pair.values()))
    indices = ranked_digits(mask, confidence, lowest_first=lowest_first)
    if not indices:
        st.info("There are no digits in this group.", icon=_INFO)
        return
    digit_gallery(
        choice.digits,
        indices,
        name,
        f"{'lowest' if lowest_first else 'highest'} confidence first; below each: true digit and "
        f"{predictions_legend(titles, pair)}",
        lambda index: f"true {labels[index]}\n{predictions_text(pair, index, labels[index])}",
        key="compare_split_digits",
        on_open=open_digit,
    )


def _show_all_pairs(
    titles: Mapping[str, str], predictions: "Mapping[str, Predictions]", labels: Labels
) -> None:
    from cnnviz.evaluation.agreement import compare_all_pairs, pair_matrices

    comparisons = compare_all_pairs(list(predictions.values()), labels)
    points, p_values = pair_matrices(comparisons, len(predictions))
    st.subheader("All pairs", anchor=False)
    names = [titles[key] for key in predictions]
    figure = accuracy_differences(points, p_values, names, theme=color_scheme())
    show_figure(figure, key="compare_every_pair")
    significant = sum(pair.significant for pair in comparisons.values())
    st.caption(
        "Accuracy of the row minus that of the column, in percentage points. Significant "
        f"differences are in bold: {significant} of {len(comparisons)}. Significant means an exact "
        f"p-value of McNemar's test below {SIGNIFICANCE_LEVEL:g}, adjusted for {len(comparisons)} "
        "comparisons (Holm 1979)."
    )


def _class_part(choice: Choice, predictions: "Mapping[str, Predictions]") -> None:
    from cnnviz.evaluation.predictions import class_accuracies

    titles, labels = background_calls.titles_by_key(choice), choice.digits.test_labels
    lines = {titles[key]: class_accuracies(network, labels) for key, network in predictions.items()}
    show_figure(class_intervals(lines), key="compare_classes")
    st.caption(f"On {background_calls.digits_text(choice)}; error bars are 95% intervals (Wilson).")
