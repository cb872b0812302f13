"""The header of a run or a race: title, state and buttons."""

from collections.abc import Callable

import streamlit as st

from cnnviz.training.runs.records import ENDED
from cnnviz.ui.shell.markdown import plain

_HELP = {
    "run": "Goes on where it was paused.",
    "pause": "Waits after the present step, and lets another training begin.",
    "stop": "Ends it with a checkpoint, from which it can be continued.",
}
_FOREIGN = "Another visitor started this."
_COLORS = {
    "queued": "gray",
    "running": "green",
    "pausing": "orange",
    "paused": "orange",
    "resuming": "green",
    "stopping": "orange",
    "unknown": "orange",
    "finished": "blue",
    "stopped": "gray",
    "interrupted": "orange",
    "failed": "red",
    "diverged": "red",
}


def header(title: str, state: str) -> None:
    """Show a title, taken literally, with the state beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(title), width="content", anchor=False)
        st.badge(state, color=_COLORS[state])  # type: ignore[arg-type]


def pause_button(
    state: str, ask: Callable[[str], None], *, key: str, foreign: bool = False
) -> None:
    """Show the button that pauses a run or a race, or resumes a paused one.

    Args:
        state: of the run or the race.
        ask: called with "pause" or "run" when the button is pressed.
        key: what the buttons' keys begin with.
        foreign: whether another visitor has started it, so that pausing it asks first.
    """
    if state in ("paused", "resuming"):
        _button("Resume", "play_arrow", "run", ask, key=key, disabled=state != "paused")
    else:
        disabled = state != "running"
        _button("Pause", "pause", "pause", ask, key=key, disabled=disabled, foreign=foreign)


def stop_button(state: str, ask: Callable[[str], None], *, key: str, foreign: bool = False) -> None:
    """Show the button that stops a run or a race; the arguments are those of `pause_button`."""
    ending = state in (*ENDED, "stopping")
    _button("Stop", "stop", "stop", ask, key=key, disabled=ending, foreign=foreign)


def continue_button(
    resume: Callable[[], None], *, key: str, help: str, label: str = "Continue"
) -> None:
    """Show the button that resumes a run or a race that ended early."""
    st.button(label, icon=":material/restart_alt:", key=f"{key}_resume", help=help, on_click=resume)


def guarded_button(
    label: str,
    icon: str,
    press: Callable[[], None],
    *,
    key: str,
    help: str,
    disabled: bool,
    foreign: bool,
) -> None:
    """Show a button that asks first if the run or race is another visitor's.

    Args:
        label: of the button.
        icon: its name among Material's.
        press: called when the button is pressed.
        key: of the button.
        help: what it does.
        disabled: whether it cannot be pressed.
        foreign: whether another visitor has started the run or race.
    """
    icon = f":material/{icon}:"
    if disabled or not foreign:
        st.button(label, icon=icon, key=key, help=help, on_click=press, disabled=disabled)
        return
    # not in a popover: what a live page draws anew in there swallows clicks
    asked = f"{key}_asked"
    if st.session_state.get(asked):
        st.button(f"{label} anyway", icon=icon, key=key, help=help, on_click=_confirm(asked, press))
    else:
        st.button(label, icon=icon, key=f"{key}_ask", help=_FOREIGN, on_click=_ask, args=(asked,))


def _ask(asked: str) -> None:
    st.session_state[asked] = True


def _confirm(asked: str, press: Callable[[], None]) -> Callable[[], None]:
    def confirmed() -> None:
        st.session_state[asked] = False
        press()

    return confirmed


def _button(
    label: str,
    icon: str,
    want: str,
    ask: Callable[[str], None],
    *,
    key: str,
    disabled: bool,
    foreign: bool = False,
) -> None:
    guarded_button(
        label,
        icon,
        lambda: ask(want),
        key=f"{key}_{want}",
        help=_HELP[want],
        disabled=disabled,
        foreign=foreign,
    )


def duration(seconds: float) -> str:
    """Return a rounded remaining time as text."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
