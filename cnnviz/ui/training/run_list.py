"""All runs in a table: compare, show, rename, delete, download."""

import contextlib
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from cnnviz.models.catalog import architecture
from cnnviz.plots.curves import line_chart
from cnnviz.system.job_index import share_listings
from cnnviz.training.runs import export, trash
from cnnviz.training.runs.history import column
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.sparkline import loss_sparkline
from cnnviz.training.runs.store import Run
from cnnviz.training.runs.summaries import RunSummary, summaries
from cnnviz.training.runs.titles import unique_titles
from cnnviz.ui.cached import histories
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.components.job_header import guarded_button
from cnnviz.ui.components.poll import pulse
from cnnviz.ui.components.received import selected_rows
from cnnviz.ui.components.undo_delete import offer_undo, remember_deleted
from cnnviz.ui.pickers.options import choose_in_session
from cnnviz.ui.pickers.run import needs_rerun, show_run
from cnnviz.ui.pickers.run_origin import describe_origin
from cnnviz.ui.pickers.visitor import is_foreign
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import as_sentence
from cnnviz.ui.shell.units import to_the_minute
from cnnviz.ui.training.run_pages import choose_page
from cnnviz.ui.training.unreadable_list import unreadable_list

_UNDO = "run_delete"  # key of the offer to restore a run
_EVERY = 6.0  # seconds between two looks at the folder of runs; the browser draws the table anew
_X = {"epoch": "epoch", "step": "step", "seconds": "seconds of training"}


@st.fragment
def run_list(current: Run | None) -> None:
    """Show the runs and the actions on the selected ones; keep both up to date."""
    share_listings(renew=False)
    if needs_rerun(current):
        st.rerun()  # a button below has chosen another run or left a message
    offer_undo(_UNDO, _restore)
    unreadable_list()
    all_runs = summaries()
    pulse(_EVERY, key="runs_pulse")
    if not all_runs:
        st.caption("No run yet. Press Train.")
        return
    rows = {summary.run: row for summary in choose_page(all_runs) if (row := _row(summary))}
    listed = list(rows)
    if not listed:
        return
    table = pd.DataFrame(list(rows.values()))
    event = st.dataframe(
        table,
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        # another set of runs is another table: selected positions would point at the wrong runs
        key=f"runs_{hash(tuple(run.id for run in listed))}",
        column_config={
            "Progress": st.column_config.ProgressColumn(format="percent"),
            "Test accuracy": st.column_config.NumberColumn(
                f"Test {_measure(listed)}", format="percent"
            ),
            "Loss": st.column_config.LineChartColumn(help="Training loss over the steps"),
            "Learning rate": st.column_config.NumberColumn(
                format="%.3g", help="The present base value."
            ),
            "Seconds": st.column_config.NumberColumn(format="%.1f"),
        },
    )
    selected = [listed[place] for place in selected_rows(event, len(listed))]
    if not selected:
        st.caption("Select one run for its actions, several to compare their curves.")
    elif len(selected) == 1:
        _actions(selected[0], selected[0].status(), current)
    else:
        _comparison(selected)


def _row(summary: RunSummary) -> dict[str, object] | None:
    """Return a run's row; None if it was just deleted."""
    run, settings, status = summary.run, summary.settings, summary.status()
    uploaded = summary.upload is not None
    try:
        return {
            "Run": summary.title,
            "Network": summary.network,
            "State": status.state,
            "Learning rate": None if uploaded else status.learning_rate or settings.learning_rate,
            "Epochs": None if uploaded else settings.epochs,
            "Progress": None if uploaded else _progress(status),
            "Test accuracy": status.test_accuracy,
            "Seconds": status.seconds,
            "Loss": sparkline(run.path, run.log.identity(), status.step),
            "Created": to_the_minute(summary.created),
            "Origin": describe_origin(summary.parent, summary.upload),
        }
    except RunError:
        return None


def _progress(status: Status) -> float:
    """Return the share of the steps done."""
    return status.step / status.total_steps if status.total_steps else 0.0


@cached
def sparkline(path: Path, log: int, step: int) -> list[float]:
    """Return some losses of a run whose log has that identity and goes up to that step."""
    del log, step
    return loss_sparkline(Run(path).log.path)


def _actions(run: Run, status: Status, current: Run | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Show",
            icon=":material/visibility:",
            on_click=show_run,
            args=(run,),
            disabled=current is not None and run.id == current.id,
            help="Opens the run above, with its curves and filters.",
        )
        if run.weights.exists():
            st.download_button(
                "Weights",
                run.weights.read_bytes,
                f"{run.id}.safetensors",
                icon=":material/download:",
                on_click="ignore",
                help="The trained weights, as a safetensors file.",
            )
        numbers = run_csv(run.path, run.log.identity(), status.step)
        st.download_button(
            "Metrics as CSV",
            numbers or "",
            f"{run.id}.csv",
            icon=":material/table:",
            on_click="ignore",
            disabled=numbers is None,
            help="Every number that was logged during the training.",
        )
        foreign = is_foreign(run)
        guarded_button(
            "Delete",
            "delete",
            partial(_delete, run),
            key=f"delete_{run.id}",
            help="Moves the run to the trash folder; you can undo this.",
            disabled=status.live,
            foreign=foreign,
        )
        if foreign:
            with st.popover("Rename", help="Another visitor started this."):
                _name_field(run)
        else:
            _name_field(run)


def _name_field(run: Run) -> None:
    st.text_input(
        "Name",
        value=run.label(),
        placeholder=run.title(),
        max_chars=60,
        key=f"label_{run.id}",
        on_change=_rename,
        args=(run,),
        width=280,
        help="A name of your own for the run; empty for the automatic one.",
    )


@cached
def run_csv(path: Path, log: int, step: int) -> str | None:
    """Return the log of a run up to a step, as CSV; None if it is damaged."""
    del log, step
    try:
        return export.events_to_csv(Run(path))
    except RunError:  # a damaged log: the run's own view says so
        return None


def _rename(run: Run) -> None:
    messages.attempt(lambda: run.rename(st.session_state[f"label_{run.id}"]))
    messages.request_redraw()


def _delete(run: Run) -> None:
    title = run.title()
    if messages.attempt(run.delete):
        remember_deleted(_UNDO, run.id, title)
        messages.request_redraw()
        show_run(None)


def _restore(key: str) -> None:
    messages.attempt(lambda: show_run(trash.restore_run(key)))
    messages.request_redraw()


def _comparison(selected: list[Run]) -> None:
    axes = {name: name for name in _X}
    axis = choose_in_session(
        "Horizontal axis",
        axes,
        key="compare_axis",
        default="epoch",
        help="Compare by passes over the digits, by steps, or by time.",
    )
    compared = {}
    for run in selected:
        try:
            compared[_label(run, selected)] = histories.history(run)
        except RunError as error:
            st.warning(as_sentence(str(error)), icon=":material/warning:")
    measure = _measure(selected)
    unit = " (nats)" if measure == "accuracy" else ""  # the detection loss has no unit
    left, right = st.columns(2)
    with left:
        lines = {
            label: (column(history.intervals, axis), column(history.intervals, "loss"))
            for label, history in compared.items()
        }
        show_figure(
            line_chart(lines, x_title=_X[axis], y_title=f"training loss{unit}", log=True),
            key="compare_loss",
        )
    with right:
        lines = {
            label: (column(history.epochs, axis), column(history.epochs, "test_accuracy"))
            for label, history in compared.items()
        }
        show_figure(
            line_chart(
                lines, x_title=_X[axis], y_title=f"test {measure}", percent=True, markers=True
            ),
            key="compare_accuracy",
        )


def _measure(selected: list[Run]) -> str:
    """Return the measure of the runs, "F1 or accuracy" if it differs."""
    measures = set()
    for run in selected:
        with contextlib.suppress(RunError):  # deleted since it was listed
            measures.add(architecture(run.settings().model).measure)
    return " or ".join(sorted(measures))


def _label(run: Run, among: list[Run]) -> str:
    """Return the run's title, with the time of its start if two are equal."""
    return unique_titles({other.id: other.title() for other in among})[run.id]
