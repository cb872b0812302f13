"""What stands above a training or a race: its name, its state, and what can be asked of it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnnviz.ui.shell.markdown import plain

_COLORS = {
    "queued": "gray",
    "running": "green",
    "pausing": "orange",
    "paused": "orange",
    "resuming": "green",
    "stopping": "orange",
    "finished": "blue",
    "stopped": "gray",
    "interrupted": "orange",
    "failed": "red",
    "diverged": "red",
}


def head(title: str, state: str) -> None:
    """Show a name as it is, and the state beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(title), width="content", anchor=False)
        st.badge(state, color=_COLORS[state])  # type: ignore[arg-type]


def wish(
    label: str,
    icon: str,
    want: str,
    ask: Callable[..., None],
    asked: Any,
    *,
    key: str,
    disabled: bool = False,
) -> None:
    """Show a button that asks for something.

    Args:
        label: of the button.
        icon: its name among Material's.
        want: "run", "pause" or "stop".
        ask: called with `asked` and `want` when the button is pressed.
        asked: the run or race.
        key: of all such buttons of it; the wish is added.
        disabled: whether this is not the time.
    """
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"{key}_{want}",
        on_click=ask,
        args=(asked, want),
        disabled=disabled,
    )


def duration(seconds: float) -> str:
    """Return a time that is left, roughly."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
