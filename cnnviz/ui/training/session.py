"""What a session remembers across reruns, by name, and the actions that change it."""

from typing import Any

import streamlit as st

from cnnviz.data import mnist
from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.failures import error_message
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run, runs
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import opening
from cnnviz.ui.shell.parameter_types import Text
from cnnviz.ui.shell.parameters import RUN

HISTORY = "cnnviz_history"
_MESSAGE = "cnnviz_message"
_REDRAW = "cnnviz_redraw"


def current_run() -> Run | None:
    """Return the run the URL names, else the newest live one, else the newest."""
    named = address.read(RUN, Text())
    found = runs()
    if named is not None:
        try:
            return find_run(named)
        except RunError:
            show(None)
            say(f"That run does not exist any more.{' Below is the newest.' if found else ''}")
    return next((run for run in found if run.status().live), found[0] if found else None)


def show(run: Run | None) -> None:
    """Show that run on the Train page from now on; None goes back to the newest."""
    address.write({RUN: None if run is None else run.id})


def start(settings: Settings, preset: str = "") -> None:
    """Start a training and show it; a refusal is said on the page. Call it from a callback."""
    digits, damaged = mnist.digits_for_display()
    if damaged and settings.source == "auto":  # train on what the page says is in use
        settings = settings.replace(source=digits.source)
    try:
        show(launch.start_run(settings, preset=preset))
    except (ValueError, OSError) as error:
        say(error_message(error))


def say(message: str) -> None:
    """Keep a sentence for the next rerun of the page."""
    st.session_state[_MESSAGE] = message


def redraw() -> None:
    """Have the whole page drawn, not only the part in which a button was pressed."""
    st.session_state[_REDRAW] = True


def said() -> str | None:
    """Return the sentence kept for this rerun, once, as Markdown."""
    st.session_state.pop(_REDRAW, None)
    message = st.session_state.pop(_MESSAGE, None)
    return message if message is None else opening(str(message))


def has_message() -> bool:
    """Tell whether a sentence waits for the next rerun of the page."""
    return _MESSAGE in st.session_state


def has_news(run: Run | None) -> bool:
    """Tell whether the whole page must be drawn: a look at its run alone would not show it."""
    if _MESSAGE in st.session_state or _REDRAW in st.session_state:
        return True
    if run is None:
        return bool(runs())
    return address.read(RUN, Text()) not in (None, run.id) or not run.path.exists()


def ask(run: Run, want: str | None = None, **wishes: Any) -> None:
    """Ask a run's trainer for something; a refusal is said on the page. For a callback."""
    try:
        run.request(want, **wishes)
    except (ValueError, OSError) as error:
        say(error_message(error))
