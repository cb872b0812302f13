"""Part Calibration of the view Errors and disagreements: confidence against accuracy."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from cnnviz.data.mnist import Labels
from cnnviz.plots.reliability import FEW, reliability_diagram
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.selection import Choice, name_column, name_row_height
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.pickers.options import select_key
from cnnviz.ui.shell import address
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import names_text
from cnnviz.ui.shell.parameters import COMPARE_BINS, COMPARE_TEMPERED

if TYPE_CHECKING:
    from cnnviz.evaluation.calibration import CalibrationSummary
    from cnnviz.evaluation.predictions import Predictions

_BINS = {"width": "of equal width", "count": "with equal numbers of predictions"}
_PERCENTAGES = {
    "Accuracy": "Proportion of these digits classified correctly.",
    "Mean confidence": "Mean probability of the predicted class.",
    "Calibration error": "Expected calibration error: mean distance between confidence and "
    "accuracy over 15 bins of equal width, weighted by the predictions in them.",
    "Error by chance, up to": "Calibration error that a perfectly calibrated network stays below "
    "95% of the time on as many digits. A smaller calibration error is not significant.",
    "Error after scaling": "Calibration error after temperature scaling.",
}
_LOG_LOSS = (
    "Mean negative log-likelihood of the true class in nats; lower is better. If temperature "
    "scaling raises it, scaling does harm, whatever the calibration error."
)


def calibration_part(choice: Choice, predictions: "Mapping[str, Predictions]") -> None:
    """Show confidence and accuracy of the networks, before and after temperature scaling."""
    titles, labels = background_calls.titles_by_key(choice), choice.digits.test_labels
    summaries = {
        titles[key]: calibration_summary(result, labels) for key, result in predictions.items()
    }
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        bins = select_key(
            "Bins",
            _BINS,
            COMPARE_BINS,
            help="How predictions are grouped by confidence: ranges of equal width, or groups of "
            "equal size.",
        )
    after = right.toggle(
        "After temperature scaling",
        **address.bind_flag(COMPARE_TEMPERED),
        help="Divides all logits by one number, which changes the confidence but not the predicted "
        "class. The number is fitted to every other digit and used on the remaining ones, and vice "
        "versa, so that no digit is scaled by a number that its own label influenced.",
    )
    lines = {
        title: (summary.after if after else summary.before).get(bins)
        for title, summary in summaries.items()
    }
    if any(lines.values()):
        figure = reliability_diagram(lines, zoom=bins == "count")
        show_figure(figure, key="compare_reliability")
        sizes = (
            "Every marker stands for the same number of predictions"
            if bins == "count"
            else "Larger markers stand for more predictions, counted in the lower panel; bins with "
            f"fewer than {FEW} are faint"
        )
        st.caption(
            f"On {background_calls.digits_text(choice)}. {sizes}. Error bars are 95% intervals "
            "(Wilson)."
        )
    _show_table(summaries)
    _show_undetermined(summaries)


@cached
def calibration_summary(predictions: "Predictions", labels: Labels) -> "CalibrationSummary":
    """Return confidence and accuracy before and after temperature scaling."""
    from cnnviz.evaluation.calibration import summarize_calibration

    return summarize_calibration(predictions, labels)


def _show_table(summaries: "Mapping[str, CalibrationSummary]") -> None:
    """Show the figures behind the chart."""
    st.dataframe(
        pd.DataFrame([{"Network": title} | _row(summary) for title, summary in summaries.items()]),
        hide_index=True,
        row_height=name_row_height(list(summaries)),
        placeholder="–",
        column_config={
            "Network": name_column(list(summaries), pinned=False),
            **{
                name: st.column_config.NumberColumn(format="%.2f%%", help=text)
                for name, text in _PERCENTAGES.items()
            },
            "Temperature": st.column_config.TextColumn(
                help="Divisor of the logits: for digits 1, 3, 5, … and for digits 2, 4, 6, …. A "
                "value above 1 lowers the confidence of an overconfident network."
            ),
            **{
                name: st.column_config.NumberColumn(format="%.4f", help=_LOG_LOSS)
                for name in ("Log loss", "Log loss after scaling")
            },
        },
    )


def _row(summary: "CalibrationSummary") -> dict[str, object]:
    before, after = summary.before["width"], summary.after.get("width")
    first, second = summary.errors
    return {
        "Accuracy": 100 * before.accuracy,
        "Mean confidence": 100 * before.confidence,
        "Calibration error": 100 * before.error,
        "Error by chance, up to": 100 * summary.error_by_chance,
        "Log loss": summary.log_loss,
        "Temperature": " and ".join(f"{t:.2f}" for t in summary.temperatures)
        if summary.temperatures
        else f"not fitted: {first} + {second} errors",
        "Error after scaling": 100 * after.error if after else None,
        "Log loss after scaling": summary.log_loss_after,
    }


def _show_undetermined(summaries: "Mapping[str, CalibrationSummary]") -> None:
    """Say for which networks no temperature was fitted, and why."""
    from cnnviz.evaluation.temperature_scaling import LEAST_ERRORS

    without = [title for title, summary in summaries.items() if summary.temperatures is None]
    if without:
        st.info(
            f"Temperature scaling is not possible for {names_text(without)}: the temperature is "
            f"fitted to the errors in one half of the digits, and fewer than {LEAST_ERRORS} errors "
            "are too few. Scaling by such a temperature could do harm.",
            icon=":material/info:",
        )
