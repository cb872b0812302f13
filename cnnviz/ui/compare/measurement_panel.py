"""Start a measurement, show its progress, and say how it ended.

Every visitor sees the running measurement, since a machine runs one at a time.
"""

import time
from collections.abc import Callable

import streamlit as st

from cnnviz.benchmark.results.measurement_queue import launch_measurement, running_measurement
from cnnviz.benchmark.results.measurements import (
    Measurement,
    MeasurementError,
    find_measurement,
)
from cnnviz.benchmark.results.plan import Plan
from cnnviz.ui.compare.background_calls import POLL_SECONDS
from cnnviz.ui.components.failure import failure
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.markdown import as_sentence, plain

_STARTED = "compare_measurement"  # this session's measurement
_REPORTED = "compare_measure_said"  # the measurement whose end is shown, and since when
_SHOW_SECONDS = 20.0


def measurement_panel(offer: Callable[[], None]) -> None:
    """Show the running measurement, or else how the last one ended and what can be started.

    Args:
        offer: draws the button that calls `start_measurement`.
    """
    messages.show_message()
    running = running_measurement()
    if running is None:
        _show_end()
        offer()
    else:
        _show_progress(running)


def start_measurement(plan: Plan) -> None:
    """Start a measurement; for a button's callback."""
    messages.attempt(lambda: _launch(plan))


def _launch(plan: Plan) -> None:
    st.session_state[_STARTED] = launch_measurement(plan).id


def _show_progress(running: Measurement) -> None:
    progress = running.progress()
    doing = "canceling" if running.canceled else progress.doing or "starting"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(max(progress.share, 0.0), 1.0), plain(f"Measuring: {doing}"))
        st.button(
            "Cancel",
            icon=":material/close:",
            on_click=running.cancel,
            disabled=running.canceled,
            key="compare_cancel_measure",
        )
    st.caption("It continues if you close this page; come back to see the result.")
    pulse(POLL_SECONDS, key="compare_speed_pulse")


def _show_end() -> None:
    """Show for a while if this session's measurement failed, was canceled or is incomplete.

    The message stays for some seconds, since a pending poll may redraw the page at once.
    """
    key = st.session_state.get(_STARTED)
    if key is None:
        return
    shown, since = st.session_state.setdefault(_REPORTED, (key, time.monotonic()))
    if shown != key:
        since = time.monotonic()
        st.session_state[_REPORTED] = key, since
    if time.monotonic() - since > _SHOW_SECONDS:
        del st.session_state[_STARTED]
        return
    try:
        measurement = find_measurement(key)
        record = measurement.record()
    except MeasurementError as error:
        st.warning(as_sentence(str(error)), icon=":material/warning:")
        return
    if record.state in ("failed", "interrupted"):
        why = record.message or "the measuring process ended"
        sentence = f"The measurement did not finish: {why}"
        failure(sentence, measurement.file("log"), show=st.warning, icon="warning")
    if record.state == "cancelled":
        st.info(
            "Canceled. The calls timed so far are kept; an unfinished optimization or layer "
            f"timing is not. {plain(record.message)}".strip(),
            icon=":material/info:",
        )
    for timing in record.findings.timings:
        if timing.problem:
            st.warning(
                f"{plain(timing.title)} is left out: {plain(timing.problem)}",
                icon=":material/warning:",
            )
