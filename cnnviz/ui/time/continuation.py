"""A form that starts a new run from a snapshot of the shown one."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cnnviz.training import launch
from cnnviz.training.engine.settings import LIMITS, OPTIMIZERS
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run
from cnnviz.ui.pickers.optimizer import OPTIMIZER_NAMES
from cnnviz.ui.pickers.run_origin import origin_text
from cnnviz.ui.pickers.visitor import claim
from cnnviz.ui.shell import messages, page_links
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import RUN

_STARTED = "time_continued"  # id of the run started last, with that of the run it continues
_REFUSAL = "time_refusal"  # why the last click started nothing; None if it did
_NUMBERS: dict[str, dict[str, Any]] = {
    "epochs": {"label": "Epochs", "step": 1},
    "learning_rate": {"label": "Learning rate", "step": 1e-3, "format": "%.6g"},
    "augmentation": {"label": "Augmentation", "step": 0.5},
}
_OPTIMIZER = "optimizer"


def continuation_form(run: Run, stored: Sequence[TrainedNetwork], step: int | None) -> None:
    """Offer to train on from a snapshot, with the settings of its run as defaults.

    Args:
        run: that is shown.
        stored: its snapshots, first to last.
        step: of the snapshot that the user has stopped at; None for the newest.
    """
    steps = [snapshot.step for snapshot in stored if snapshot.step is not None]
    chosen = step if step in steps else steps[-1]
    if refusal := st.session_state.get(_REFUSAL):
        st.error(refusal, icon=":material/error:")
    with st.popover(f"Train on from step {chosen:,}", icon=":material/call_split:"):
        st.markdown(
            "Start a new run with the weights of this step. The run shown here stays as it is."
        )
        for name, options in _NUMBERS.items():
            _number(run, name, options)
        st.selectbox(
            "Optimizer",
            OPTIMIZERS,
            index=OPTIMIZERS.index(run.settings().optimizer),
            format_func=OPTIMIZER_NAMES.__getitem__,
            key=_key(run, _OPTIMIZER),
            help="Its state goes on only if it is that of the run, at one of the last checkpoints.",
        )
        st.caption(
            "A run keeps the state of its optimizer for the last one or two checkpoints. From "
            "other steps, or with another optimizer, the optimizer begins anew."
        )
        st.button(
            "Start a new run",
            type="primary",
            icon=":material/play_arrow:",
            key="time_continue",
            help="Appears on Train and among the runs, beside the one shown here.",
            on_click=_start,
            args=(run, chosen),
        )
    _started(run)


def _number(run: Run, name: str, options: dict[str, Any]) -> None:
    limit, key = LIMITS[name], _key(run, name)
    # as the widget's default: a popover shows none of the session's values when it opens
    default = getattr(run.settings(), name)
    # no limits here: the widget would silently keep the old value; the settings check themselves
    st.number_input(value=default, key=key, help=f"{limit.low:g} to {limit.high:g}", **options)


def _key(run: Run, name: str) -> str:
    return f"time_{name}_{run.id}"


def _start(run: Run, step: int) -> None:
    """Start the new run with the values at the time of the click, from a callback."""
    values = {name: st.session_state.get(_key(run, name)) for name in (*_NUMBERS, _OPTIMIZER)}
    changes = {name: value for name, value in values.items() if value is not None}

    def start() -> None:
        new = launch.continue_run(run, step, run.settings().replace(**changes))
        claim(new)
        st.session_state[_STARTED] = (new.id, run.id)

    messages.attempt(start)
    st.session_state[_REFUSAL] = messages.take_message()  # kept until the next click


def _started(run: Run) -> None:
    """Say which run was started from the shown one last, and link to it."""
    key, shown = st.session_state.get(_STARTED, ("", ""))
    if shown != run.id:
        return
    try:
        new = find_run(key)
        text = f"The new run {plain(origin_text(new))}."
    except RunError:  # deleted since
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f":material/call_split: {text}")
        page_links.page_link("train", {RUN: new.id}, label="Watch it train", icon="model_training")
