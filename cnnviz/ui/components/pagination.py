"""Split a long list into pages."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

_Item = TypeVar("_Item")


def paged(items: Sequence[_Item], per_page: int, *, key: str) -> Sequence[_Item]:
    """Return the items of the page that the user chooses; show no control for a single page."""
    pages = -(-len(items) // per_page)
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return items[per_page * (page - 1) : per_page * page]
