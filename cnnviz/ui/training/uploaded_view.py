"""A network with uploaded weights: its state and its result on the test digits."""

from functools import partial

import streamlit as st

from cnnviz.stats.percentages import percent
from cnnviz.training import launch
from cnnviz.training.runs.records import RESUMABLE, Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.components.failure import failure
from cnnviz.ui.components.job_header import continue_button
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.markdown import plain

_EVERY = 0.7  # seconds between two looks at the test


def uploaded_view(run: Run, status: Status, measure: str) -> None:
    """Show the test of uploaded weights, and keep it up to date until it has ended.

    Args:
        run: with uploaded weights.
        status: of the run.
        measure: of the test: "accuracy" or "F1".
    """
    if status.live:
        st.progress(0.0, text="Testing on the test digits")
        pulse(_EVERY, key="upload_pulse")
    if status.state == "failed":
        failure(status.message, run.file("log.txt"))
    if status.state in RESUMABLE:
        continue_button(
            partial(_test_again, run),
            key="run",
            help="Test the weights again.",
        )
    if status.test_accuracy is not None:
        st.metric(
            f"Test {measure}",
            percent(status.test_accuracy, 2),
            help=f"On {plain(status.tested_on)}.",
            width=135,
        )


def _test_again(run: Run) -> None:
    messages.attempt(lambda: launch.resume_run(run))
