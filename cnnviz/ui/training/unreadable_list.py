"""Runs that cannot be read, each with the reason and a way out."""

from functools import partial

import streamlit as st

from cnnviz.training.runs import trash
from cnnviz.training.runs.store import Run
from cnnviz.training.runs.unreadable import UnreadableRun, unreadable_runs
from cnnviz.ui.components.job_header import guarded_button
from cnnviz.ui.components.undo_delete import offer_undo, remember_deleted
from cnnviz.ui.pickers.run import show_run
from cnnviz.ui.pickers.visitor import is_foreign
from cnnviz.ui.shell import messages
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import quantity

_UNDO = "unreadable_delete"  # key of the offer to restore one
_LISTED = 10  # the newest; the next ones follow once these are deleted or rebuilt


def unreadable_list() -> None:
    """List the runs that cannot be read; nothing if there are none."""
    offer_undo(_UNDO, _restore)
    unreadable = unreadable_runs()
    if not unreadable:
        return
    with st.expander(
        f"{quantity(len(unreadable), 'run')} cannot be read",
        icon=":material/report:",
        key="unreadable_runs",
    ):
        for entry in unreadable[:_LISTED]:
            _row(entry)
        if len(unreadable) > _LISTED:
            st.caption(f"These are the newest {_LISTED} of {len(unreadable):,}.")


def _row(entry: UnreadableRun) -> None:
    run = entry.run
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(entry.title)}**: {plain(entry.reason)}.", width="content")
        if entry.rebuildable:
            st.button(
                "Rebuild",
                icon=":material/build:",
                key=f"rebuild_{run.id}",
                on_click=_rebuild,
                args=(run,),
                help="Restores what is lost from the run's last checkpoint, or, if it has none, "
                "lists the run so that it can be started again.",
            )
        guarded_button(
            "Delete",
            "delete",
            partial(_delete, run, entry.title),
            key=f"delete_{run.id}",
            help="Moves the run to the trash folder; you can undo this.",
            disabled=False,
            foreign=is_foreign(run),
        )


def _rebuild(run: Run) -> None:
    from cnnviz.training.runs.rebuild import rebuild_run  # PyTorch

    if messages.attempt(lambda: rebuild_run(run)):
        show_run(run)
    messages.request_redraw()


def _delete(run: Run, title: str) -> None:
    if messages.attempt(run.delete):
        remember_deleted(_UNDO, run.id, title)
    messages.request_redraw()


def _restore(key: str) -> None:
    messages.attempt(lambda: trash.restore_run(key))
    messages.request_redraw()
