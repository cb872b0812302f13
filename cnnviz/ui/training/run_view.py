"""One run, live: its buttons, curves, filters, predictions and mistakes."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from cnnviz.models.catalog import architecture
from cnnviz.stats.percentages import percent
from cnnviz.training import diagnosis, launch
from cnnviz.training.runs.failures import DISK_FULL
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import RESUMABLE, UNKNOWN, RunError, Status, remaining_seconds
from cnnviz.training.runs.store import Run
from cnnviz.training.runs.summaries import any_running
from cnnviz.ui.cached import histories
from cnnviz.ui.components.failure import failure
from cnnviz.ui.components.job_header import (
    continue_button,
    duration,
    guarded_button,
    header,
    pause_button,
    stop_button,
)
from cnnviz.ui.components.live_chart import live_chart
from cnnviz.ui.components.trash_control import trash_control
from cnnviz.ui.pickers.run import needs_rerun, request_run, start_and_show_run
from cnnviz.ui.pickers.run_origin import show_origin
from cnnviz.ui.pickers.visitor import is_foreign
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.markdown import as_sentence, plain
from cnnviz.ui.training.confusion import chosen_digits, run_confusion
from cnnviz.ui.training.live_controls import live_controls, pace_text
from cnnviz.ui.training.next_steps import next_steps
from cnnviz.ui.training.preview import filters_and_predictions
from cnnviz.ui.training.uploaded_view import uploaded_view

_accuracy_text = partial(percent, places=2)
_DETAIL = "train_detail"  # whether all curves are shown
_LARGE_LOSS = 1e4  # from here on in scientific notation


def run_view(run: Run) -> None:
    """Show a run, and keep it up to date while it is live."""
    _view(run, run.status().state)


@st.fragment
def _view(run: Run, state: str) -> None:
    try:
        status = run.status()
        history = histories.history(run)
        row = architecture(run.settings().model)
    except RunError as error:
        st.warning(as_sentence(str(error)), icon=":material/warning:")
        return
    if status.state != state or needs_rerun(run):
        st.rerun()  # the list of runs changes too, and polling may end
    if run.upload():
        _uploaded(run, status, history)
        return
    _header(run, status)
    show_origin(run)
    _buttons(run, status)
    _metrics(status, history, row.measure)
    _hints(run, status, history)
    curves, images = st.columns([3, 2], gap="medium")
    with curves:
        live_chart(
            history,
            status,
            run=run.id,
            detail=st.session_state.get(_DETAIL, False),
            key="live_chart",
            measure=row.measure,
        )
        live_controls(run, status)
        st.toggle(
            "More curves: gradients, dead channels, speed",
            key=_DETAIL,
            persist_state="session",
            help="Adds the gradient norm of each layer, the share of dead channels, the learning "
            "rate and the images per second.",
        )
        run_confusion(run, history, row.task)
    with images:
        filters_and_predictions(run)
    chosen_digits(run, row.task)


def _uploaded(run: Run, status: Status, history: History) -> None:
    """Show a network whose weights were uploaded: only its test."""
    row = architecture(run.settings().model)
    header(run.title(), status.state)
    show_origin(run)
    uploaded_view(run, status, row.measure)
    with st.container(horizontal=True):
        next_steps(run, row.task)
    if history.epochs:
        run_confusion(run, history, row.task)
        chosen_digits(run, row.task)


def _header(run: Run, status: Status) -> None:
    header(run.title(), status.state)
    done = status.step / status.total_steps if status.total_steps else 0.0
    st.progress(min(done, 1.0), text=_progress_text(run, status))


def _progress_text(run: Run, status: Status) -> str:
    if status.state == "queued" and not status.step and any_running():
        return "Queued: another training is running"
    if not status.total_steps:
        return "Starting"
    epochs = run.settings().epochs
    text = f"Epoch {status.epoch:.2f} of {epochs} · step {status.step:,} of {status.total_steps:,}"
    text += f" · {status.seconds:.1f} s of training"
    remaining = remaining_seconds([status])
    if status.state == "running" and remaining is not None:
        pace = run.control().pace
        if pace:
            remaining = max(remaining, (status.total_steps - status.step) / pace)
            text += f" · slow motion, at most {pace_text(pace)}"
        text += f" · about {duration(remaining)} left"
    return text


def _buttons(run: Run, status: Status) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ask, foreign = partial(request_run, run), is_foreign(run)
        pause_button(status.state, ask, key="run", foreign=foreign)
        guarded_button(
            "Step",
            "skip_next",
            partial(request_run, run, single_step=True),
            key="run_step",
            help="Train on one batch, then pause.",
            disabled=status.state not in ("running", "paused"),
            foreign=foreign,
        )
        stop_button(status.state, ask, key="run", foreign=foreign)
        if status.state in RESUMABLE:
            _continue_button(run, status)
        next_steps(run, architecture(run.settings().model).task)


def _continue_button(run: Run, status: Status) -> None:
    """Offer to resume a run; at a lower learning rate if it diverged, which it else would again."""
    rate = diagnosis.lower_rate(run.settings(), status) if status.state == "diverged" else None
    label, help = "Continue", "From the last checkpoint."
    if rate is not None:
        label = f"Continue with learning rate {rate:g}"
        help = "From the last checkpoint before the loss rose, or from the start if there is none."
    continue_button(partial(_resume, run, rate), key="run", label=label, help=help)


def _resume(run: Run, rate: float | None) -> None:
    messages.attempt(lambda: launch.resume_run(run, learning_rate=rate))


def _metrics(status: Status, history: History, measure: str) -> None:
    last: dict[str, Any] = history.intervals[-1] if history.intervals else {}
    with st.container(horizontal=True, gap="small"):
        loss = "not finite" if last and last["loss"] is None else _number(last.get("loss"), _loss)
        st.metric(
            "Training loss",
            loss,
            width=135,
            help="Mean cross-entropy over the last steps, before learning from them; smaller is "
            "better. These are the steps of about 0.2 s: of a slow network a single batch, whose "
            "loss jumps.",
        )
        st.metric(
            f"Training {measure}",
            _number(last.get("accuracy"), percent),
            width=135,
            help="Counted on the last steps, before learning from them.",
        )
        st.metric(
            f"Test {measure}",
            _number(status.test_accuracy, _accuracy_text),
            help=f"After the last complete epoch, on {plain(status.tested_on)}. Best: "
            f"{_number(status.best_accuracy, _accuracy_text)}",
            width=135,
        )
        for name, value in (
            (history.epochs[-1] if history.epochs else {}).get("measures", {}).items()
        ):
            st.metric(
                f"Test {name}",
                _number(value, _accuracy_text),
                width=135,
                help="After the last whole epoch, on the test set.",
            )
        st.metric(
            "Images/s, last steps",
            _number(last.get("images_per_second"), "{:,.0f}".format),
            help="Over the last steps, of about 0.2 s, without tests. A race's table gives the "
            f"rate of the whole training with its tests. {plain(status.hardware)}",
            width=150,
        )


def _loss(value: float) -> str:
    return f"{value:.4f}" if value < _LARGE_LOSS else f"{value:.1e}"


def _number(value: float | None, text: Callable[[float], str]) -> str:
    return "–" if value is None or not math.isfinite(value) else text(value)


def _hints(run: Run, status: Status, history: History) -> None:
    if status.state == "failed":
        failure(status.message, run.file("log.txt"))
        if status.message == DISK_FULL:
            trash_control(key="full_disk")
    elif status.state == UNKNOWN:
        st.warning(plain(status.message), icon=":material/warning:")
    elif status.warning:
        failure(status.warning, run.file("log.txt"), show=st.warning, icon="warning")
    for hint in diagnosis.diagnose(run.settings(), status, history):
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(f":material/lightbulb: {plain(hint.text)}")
            st.button(hint.remedy, key=f"remedy_{hint.key}", on_click=_remedy, args=(run, hint))


def _remedy(run: Run, hint: diagnosis.Hint) -> None:
    """Start a run with the suggested settings; if that succeeded, stop this one unless foreign."""
    if start_and_show_run(run.settings().replace(**hint.changes)) and not is_foreign(run):
        request_run(run, "stop")
