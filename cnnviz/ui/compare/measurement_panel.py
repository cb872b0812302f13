"""Starting a measurement on a page, its progress, and how it ended.

Whoever opens the page sees the one that is at work, since there is one at a time on a machine.
"""

import time
from collections.abc import Callable

import streamlit as st

from cnnviz.benchmark.results.measurements import (
    LIVE,
    Measurement,
    MeasurementError,
    measurement,
    records,
    start,
)
from cnnviz.benchmark.results.records import Plan
from cnnviz.training.runs.failures import error_message
from cnnviz.ui.compare.background_calls import AGAIN
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.shell.markdown import opening, plain

_STARTED, _PROBLEM = "compare_measurement", "compare_measure_problem"
_SAID = "compare_measure_said"  # of which measurement, and since when
_SAY = 20.0  # seconds


def show(offer: Callable[[], None]) -> None:
    """Show the measurement at work; where there is none, how the last ended and what is offered.

    Args:
        offer: draws the button that calls `begin`.
    """
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(opening(problem), icon=":material/error:")
    running = _running()
    if running is None:
        _say_how_it_ended()
        offer()
    else:
        _progress(running)


def begin(plan: Plan) -> None:
    """Start a measurement; for a button's callback."""
    try:
        st.session_state[_STARTED] = start(plan).id
    except (MeasurementError, OSError) as error:
        st.session_state[_PROBLEM] = error_message(error)


def _running() -> Measurement | None:
    """Return the measurement that is at work or waits, whoever has asked for it."""
    return next(
        (found for found, record in records() if record.state in LIVE and found.locked()), None
    )


def _progress(running: Measurement) -> None:
    told = running.progress()
    doing = "cancelling" if running.cancelled else told.doing or "starting"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(max(told.share, 0.0), 1.0), plain(f"Measuring: {doing}"))
        st.button(
            "Cancel",
            icon=":material/close:",
            on_click=running.cancel,
            disabled=running.cancelled,
            key="compare_cancel_measure",
        )
    st.caption("It goes on when this page is closed, and is here when you come back.")
    pulse(AGAIN, key="compare_speed_pulse")


def _say_how_it_ended() -> None:
    """Say for a while why this session's measurement gave less than it was asked for.

    The page may be drawn again at once, by a look for progress that was still under way.
    """
    key = st.session_state.get(_STARTED)
    if key is None:
        return
    said, since = st.session_state.setdefault(_SAID, (key, time.monotonic()))
    if said != key:
        since = time.monotonic()
        st.session_state[_SAID] = key, since
    if time.monotonic() - since > _SAY:
        del st.session_state[_STARTED]
        return
    try:
        record = measurement(key).record()
    except MeasurementError as error:
        st.warning(opening(str(error)), icon=":material/warning:")
        return
    if record.state in ("failed", "interrupted"):
        why = record.message or "the measuring process has ended"
        st.warning(f"Not measured to the end: {plain(why)}", icon=":material/warning:")
    if record.state == "cancelled":
        st.info(
            "Cancelled. Calls timed until then are kept, a trick or layers cut short are not. "
            f"{plain(record.message)}".strip(),
            icon=":material/info:",
        )
    for timing in record.findings.timings:
        if timing.problem:
            st.warning(
                f"{plain(timing.title)} is left out: {plain(timing.problem)}",
                icon=":material/warning:",
            )
