"""Choosing one of a page's ways of looking; links name it by its title."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import streamlit as st


class Titled(Protocol):
    """A way of looking that can be chosen."""

    @property
    def title(self) -> str:
        """To choose it by."""


T = TypeVar("T", bound=Titled)


def choose_way(ways: Sequence[T], *, key: str) -> T:
    """Return the way that the user chooses, by default the first.

    Args:
        ways: at least one, their titles all different.
        key: Streamlit's key, and the choice's name in the address.
    """
    titled = {way.title: way for way in ways}
    chosen = st.segmented_control(
        "View",
        list(titled),
        default=None if key in st.session_state else ways[0].title,  # another page may have chosen
        required=True,
        key=key,
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    return titled[str(chosen)]
