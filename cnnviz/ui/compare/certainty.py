"""Are the networks as often right as they say?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from cnnviz.data import Labels
from cnnviz.plots.reliability import reliability
from cnnviz.ui.compare import material
from cnnviz.ui.compare.choice import Choice

if TYPE_CHECKING:
    from cnnviz.agreement import Answers
    from cnnviz.calibration import Calibration

_PLAIN = {"displayModeBar": False}


def certainty(choice: Choice, found: "Mapping[str, Answers]") -> None:
    """Show how sure the networks are and how often they are right, as they are and tempered."""
    titles, labels = material.names(choice), choice.digits.test_labels
    versions = {network.key: network.version for network in choice.networks}
    measured = {
        titles[key]: _certain((key, versions[key], choice.digits.source), one, labels)
        for key, one in found.items()
    }
    after = st.toggle(
        "After a temperature",
        key="compare_tempered",
        persist_state="session",
        help="All logits divided by one number, which changes how sure a network is and none of "
        "its answers. It is fitted to each second digit and used on the others, and the other way "
        "round, so that no digit is judged by a number that its own label had a part in.",
    )
    lines = {title: one.tempered if after else one.plain for title, one in measured.items()}
    st.plotly_chart(reliability(lines), key="compare_reliability", config=_PLAIN)
    st.dataframe(
        pd.DataFrame([{"Network": title} | _certainty_row(one) for title, one in measured.items()]),
        hide_index=True,
        column_config={
            **{
                name: st.column_config.NumberColumn(format="percent")
                for name in ("Accuracy", "Mean certainty", "Calibration error", "after it")
            },
            "by chance up to": st.column_config.NumberColumn(
                format="percent",
                help="What a network that is exactly as often right as it says stays within, 95% "
                "of the time, on so many digits. An error below it is none that is shown.",
            ),
            "Temperature": st.column_config.TextColumn(
                help="What the logits are divided by, for the even and for the odd digits. Above "
                "1 it makes a boaster milder."
            ),
        },
    )
    st.caption(
        f"On {material.tested(choice)}. The expected calibration error is of 15 bins of one width; "
        "larger marks stand for more answers, lines are 95% intervals (Wilson)."
    )


@dataclass(frozen=True)
class _Certain:
    """How sure and how right a network is, as it is and tempered."""

    plain: "Calibration"
    tempered: "Calibration"
    by: tuple[float, float]
    by_chance: float


@st.cache_data(max_entries=128, show_spinner=False)
def _certain(parts: tuple[str, ...], _answers: "Answers", _labels: Labels) -> _Certain:
    del parts  # of the cache's key
    from cnnviz.calibration import calibration, chance_error, cross_tempered

    right = _answers.right(_labels)
    milder, by = cross_tempered(_answers.probabilities, _labels)
    return _Certain(
        calibration(_answers.certainty, right),
        calibration(milder.max(axis=1), right),
        by,
        chance_error(_answers.certainty),
    )


def _certainty_row(one: _Certain) -> dict[str, object]:
    return {
        "Accuracy": one.plain.accuracy,
        "Mean certainty": one.plain.certainty,
        "Calibration error": one.plain.error,
        "by chance up to": one.by_chance,
        "Temperature": " and ".join(f"{by:.2f}" for by in one.by),
        "after it": one.tempered.error,
    }
