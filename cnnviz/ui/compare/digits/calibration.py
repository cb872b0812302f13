"""Are the networks as often right as they say?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from cnnviz.data.mnist import Labels
from cnnviz.plots.reliability import FEW, reliability_diagram
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.shell import address
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import COMPARE_BINS, COMPARE_TEMPERED

if TYPE_CHECKING:
    from cnnviz.evaluation.calibration import CalibrationSummary
    from cnnviz.evaluation.predictions import Predictions

_PLAIN = {"displayModeBar": False}
_NAME = 150  # pixels, so that there is room for numbers beside the name
_CROWDS = 10  # bins of as many answers each
_BINS = {"width": "of one width", "count": f"{_CROWDS} of as many answers each"}
_HEADS = {
    "Accuracy": "Share of these digits that is answered right.",
    "Mean certainty": "Mean probability that the network gives its answer.",
    "Calibration error": "Mean distance between certainty and accuracy over 15 bins of one "
    "width, each weighed by its answers.",
    "Error by chance, up to": "What a network that is exactly as often right as it says stays "
    "within, 95% of the time, on so many digits. A calibration error below it is none that is "
    "shown.",
    "Error, tempered": "The calibration error with every logit divided by the temperature.",
}


def certainty(choice: Choice, found: "Mapping[str, Predictions]") -> None:
    """Show how sure the networks are and how often they are right, as they are and tempered."""
    titles, labels = background_calls.names(choice), choice.digits.test_labels
    measured = {titles[key]: calibration_summary(one, labels) for key, one in found.items()}
    left, right = st.columns(2, vertical_alignment="bottom")
    bins = left.selectbox(
        "Bins",
        list(_BINS),
        format_func=_BINS.__getitem__,
        **address.bind(COMPARE_BINS, OneOf(_BINS)),
    )
    after = right.toggle(
        "After a temperature",
        **address.bind_flag(COMPARE_TEMPERED),
        help="All logits divided by one number, which changes how sure a network is and none of "
        "its answers. It is fitted to each second digit of the list and used on the others, and "
        "the other way round, so that no digit is judged by a number that its own label had a "
        "part in.",
    )
    lines = {
        title: (summary.after if after else summary.before).get(bins)
        for title, summary in measured.items()
    }
    if any(lines.values()):
        figure = reliability_diagram(lines, zoom=bins == "count")
        st.plotly_chart(figure, key="compare_reliability", config=_PLAIN)
        sizes = (
            "Every mark stands for as many answers"
            if bins == "count"
            else "Larger marks stand for more answers, which the strip below counts; bins of fewer "
            f"than {FEW} are faint"
        )
        st.caption(
            f"On {background_calls.tested(choice)}. {sizes}. Lines are 95% intervals (Wilson)."
        )
    _table(measured)
    _say_undetermined(measured)


def _say_undetermined(measured: "Mapping[str, CalibrationSummary]") -> None:
    """Say which networks have no temperature, and why."""
    from cnnviz.evaluation.calibration import LEAST_ERRORS

    without = [plain(title) for title, one in measured.items() if one.temperatures is None]
    if without:
        st.info(
            f"No temperature is determined for {'; '.join(without)}: it follows from the mistakes "
            f"in one half of the digits, and {LEAST_ERRORS} of them tell it to about a third. "
            "With fewer it may make things worse, so none is used.",
            icon=":material/info:",
        )


def _table(measured: "Mapping[str, CalibrationSummary]") -> None:
    """Show the figures behind the chart, shares in percent with two decimals."""
    st.dataframe(
        pd.DataFrame([{"Network": title} | _row(one) for title, one in measured.items()]),
        hide_index=True,
        placeholder="–",
        column_config={
            "Network": st.column_config.TextColumn(width=_NAME),
            **{
                name: st.column_config.NumberColumn(format="%.2f%%", help=tip)
                for name, tip in _HEADS.items()
            },
            "Temperature": st.column_config.TextColumn(
                help="What the logits are divided by: for the first, third, fifth … digit of the "
                "list, and for the second, fourth, sixth …. Above 1 it makes a boaster milder."
            ),
            **{
                name: st.column_config.NumberColumn(
                    format="%.4f",
                    help="Mean negative log-likelihood of the true digit, in nats; less is better. "
                    "A temperature that raises it has done harm, whatever the calibration error.",
                )
                for name in ("Log loss", "Log loss, tempered")
            },
        },
    )


@cached
def calibration_summary(predictions: "Predictions", labels: Labels) -> "CalibrationSummary":
    """Return how sure and how right predictions are, as they are and tempered."""
    from cnnviz.evaluation.calibration import summarize_calibration

    return summarize_calibration(predictions, labels)


def _row(summary: "CalibrationSummary") -> dict[str, object]:
    before, after = summary.before["width"], summary.after.get("width")
    first, second = summary.errors
    return {
        "Accuracy": 100 * before.accuracy,
        "Mean certainty": 100 * before.confidence,
        "Calibration error": 100 * before.error,
        "Error by chance, up to": 100 * summary.error_by_chance,
        "Log loss": summary.log_loss,
        "Temperature": " and ".join(f"{t:.2f}" for t in summary.temperatures)
        if summary.temperatures
        else f"not determined: {first} + {second} mistakes",
        "Error, tempered": 100 * after.error if after else None,
        "Log loss, tempered": summary.log_loss_after,
    }
