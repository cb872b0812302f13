"""The run on the Train page, messages for the next rerun, and actions on runs."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnviz.data import mnist
from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.failures import error_message
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run, runs
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import as_sentence
from cnnviz.ui.shell.parameter_types import Text
from cnnviz.ui.shell.parameters import RUN

HISTORY = "cnnviz_history"
_MESSAGE = "cnnviz_message"
_REDRAW = "cnnviz_redraw"


def current_run() -> Run | None:
    """Return the run in the address, else the newest live one, else the newest."""
    named = address.read(RUN, Text())
    newest_first = runs()
    if named is not None:
        try:
            return find_run(named)
        except RunError:
            show_run(None)
            more = " Showing the newest." if newest_first else ""
            keep_message(f"That run no longer exists.{more}")
    return next(
        (run for run in newest_first if run.status().live),
        newest_first[0] if newest_first else None,
    )


def show_run(run: Run | None) -> None:
    """Show a run on the Train page; None shows the newest."""
    address.write({RUN: None if run is None else run.id})


def start_and_show_run(settings: Settings, preset: str = "") -> None:
    """Start a training and show it, from a callback."""
    digits, damaged = mnist.digits_for_display()
    if damaged and settings.source == "auto":  # train on what the page says is in use
        settings = settings.replace(source=digits.source)
    attempt(lambda: show_run(launch.start_run(settings, preset=preset)))


def attempt(action: Callable[[], object]) -> bool:
    """Run an action of a callback; show its error on the page. Return whether it succeeded.

    Args:
        action: may raise a ValueError or an OSError.
    """
    try:
        action()
    except (ValueError, OSError) as error:
        keep_message(error_message(error))
        return False
    return True


def keep_message(message: str) -> None:
    """Keep a message for the next rerun of the page."""
    st.session_state[_MESSAGE] = message


def redraw() -> None:
    """Request a rerun of the whole page, not only of the fragment with the button."""
    st.session_state[_REDRAW] = True


def take_message() -> str | None:
    """Return and discard the kept message, as Markdown."""
    st.session_state.pop(_REDRAW, None)
    message = st.session_state.pop(_MESSAGE, None)
    return message if message is None else as_sentence(str(message))


def show_message() -> None:
    """Show and discard the kept message, if there is one."""
    if message := take_message():
        st.error(message, icon=":material/error:")


def has_message() -> bool:
    """Return whether a message is kept for the next rerun."""
    return _MESSAGE in st.session_state


def needs_rerun(run: Run | None) -> bool:
    """Return whether the whole page must rerun: a fragment of its run would not show the change."""
    if _MESSAGE in st.session_state or _REDRAW in st.session_state:
        return True
    if run is None:
        return bool(runs())
    return address.read(RUN, Text()) not in (None, run.id) or not run.path.exists()


def request_run(run: Run, want: str | None = None, **controls: Any) -> None:
    """Send a request to a run's trainer, from a callback."""
    attempt(lambda: run.request(want, **controls))
