"""The offer to restore the run or race that was deleted last."""

from collections.abc import Callable

import streamlit as st

from cnnviz.ui.shell.markdown import plain


def remember_deleted(key: str, job: str, title: str) -> None:
    """Keep what was deleted, so that `offer_undo` can restore it.

    Args:
        key: Streamlit's key of the offer.
        job: id of the run or race.
        title: of the run or race.
    """
    st.session_state[f"{key}_deleted"] = job, title


def offer_undo(key: str, restore: Callable[[str], None]) -> None:
    """Say what was deleted last, and offer to restore it, until the user closes that.

    Args:
        key: Streamlit's key of the offer.
        restore: called with the id of the run or race.
    """
    deleted: tuple[str, str] | None = st.session_state.get(f"{key}_deleted")
    if deleted is None:
        return
    job, title = deleted

    def undo() -> None:
        _close(key)
        restore(job)

    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(f":material/delete: Deleted: {plain(title)}", width="content")
        st.button(
            "Undo",
            icon=":material/undo:",
            key=f"{key}_undo",
            on_click=undo,
            help="Takes it out of the trash, with all its results.",
        )
        st.button(
            "Close",
            icon=":material/close:",
            key=f"{key}_close",
            on_click=_close,
            args=(key,),
            help="Leaves it deleted, and hides this line.",
        )


def _close(key: str) -> None:
    del st.session_state[f"{key}_deleted"]
