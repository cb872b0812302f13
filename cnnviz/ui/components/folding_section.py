"""A section with a form that folds away once what it starts has started."""

import contextlib
from collections.abc import Iterator

import streamlit as st


@contextlib.contextmanager
def folding_section(label: str, *, key: str, opened: bool) -> Iterator[None]:
    """Draw what follows in a section that `fold` closes and a click opens again.

    Args:
        label: of the section.
        key: Streamlit's key of the section.
        opened: whether it begins open.
    """
    st.session_state.setdefault(key, opened)
    with st.expander(label, icon=":material/add:", key=key, on_change="rerun"):
        yield


def fold(key: str) -> None:
    """Close a section, from a callback."""
    st.session_state[key] = False


def unfold(key: str) -> None:
    """Open a section, before it is drawn."""
    st.session_state[key] = True
