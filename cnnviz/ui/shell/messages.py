"""Messages for the next rerun of a page, and actions of callbacks whose errors become messages."""

from collections.abc import Callable

import streamlit as st

from cnnviz.training.runs.failures import error_message
from cnnviz.ui.shell.markdown import as_sentence

_MESSAGE = "cnnviz_message"
_REDRAW = "cnnviz_redraw"


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


def request_redraw() -> None:
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


def redraw_requested() -> bool:
    """Return whether the whole page must rerun, for a message or on request."""
    return has_message() or _REDRAW in st.session_state
