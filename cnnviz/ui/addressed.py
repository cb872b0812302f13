"""Choices that stand in the address by their keys, which outlive a new title.

Streamlit's own `bind="query-params"` writes what a widget shows, so that a link would end with the
next change of a word, and with options that depend on what is measured.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

_CHOSEN = "addressed"  # by key; outlives the page that it was chosen on


def addressed(key: str, options: Sequence[str], default: str) -> dict[str, Any]:
    """Return what ties a widget to the address: its arguments `key`, `on_change` and `args`.

    The address goes before what was chosen earlier in the session, and that before the default.

    Args:
        key: Streamlit's key, and the choice's name in the address.
        options: of the widget.
        default: one of them.
    """
    chosen: dict[str, str] = st.session_state.setdefault(_CHOSEN, {})
    linked = st.query_params.get(key)
    if linked is not None and linked not in options:
        st.query_params.pop(key)
    elif linked is not None:
        chosen[key] = linked
    found = chosen.get(key, default)
    if found not in options:
        found = default
    st.session_state[key] = found
    if found != default and linked != found:  # the menu has emptied the address
        st.query_params[key] = found
    return {"key": key, "on_change": _remember, "args": (key,)}


def _remember(key: str) -> None:
    st.session_state.setdefault(_CHOSEN, {})[key] = st.session_state[key]
    st.query_params[key] = st.session_state[key]
