"""Many things, so many at once."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

_Item = TypeVar("_Item")


def paged(items: Sequence[_Item], at_once: int, *, key: str) -> Sequence[_Item]:
    """Return the items of the page that the user has chosen; with one page there is no choice."""
    pages = -(-len(items) // at_once)
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return items[at_once * (page - 1) : at_once * page]
