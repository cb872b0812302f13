"""Where the first weights of a run come from: another run, or an uploaded file."""

import contextlib

import streamlit as st

from cnnviz.training.runs.origin import Parent, Upload
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run
from cnnviz.ui.shell.markdown import plain


def origin_text(run: Run) -> str:
    """Return where a run's first weights come from; empty if from its seed.

    The text holds names given by users, which are not Markdown.
    """
    return describe_origin(run.parent(), run.upload())


def describe_origin(parent: Parent | None, upload: Upload | None) -> str:
    """Return `origin_text` of a run that continues a parent or was uploaded, if either."""
    if parent:
        return f"continues {_title(parent)} from step {parent.step:,}"
    return f"uploaded from {upload.file}" if upload else ""


def show_origin(run: Run) -> None:
    """Say where the first weights come from, unless from the run's seed."""
    text = origin_text(run)
    if not text:
        return
    note = ""
    if parent := run.parent():
        note = ", with the state of its optimizer" if parent.optimizer else ", with a new optimizer"
    verb = "was " if run.upload() else ""
    st.caption(f":material/call_split: This run {verb}{plain(text)}{note}.")


def _title(parent: Parent) -> str:
    """Return the present title of a run that was continued, or its last known one."""
    with contextlib.suppress(RunError):  # deleted since
        return find_run(parent.run).title()
    return f"{parent.title} (deleted)"
