"""Choices that stand in the address by their keys, which outlive a new title.

Streamlit's own `bind="query-params"` writes what a widget shows, so that a link would end with the
next change of a word, and with options that depend on what is measured.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import streamlit as st

_CHOSEN = "addressed"  # by key; outlives the page that it was chosen on
_DROPPED = "addressed_dropped"  # by key, until something else is chosen
_UNTITLED: Mapping[str, str] = MappingProxyType({})


def addressed(
    key: str, options: Sequence[str], default: str, *, titles: Mapping[str, str] = _UNTITLED
) -> dict[str, Any]:
    """Return what ties a widget to the address: its arguments `key`, `on_change` and `args`.

    The address goes before what was chosen earlier in the session, and that before the default.

    Args:
        key: Streamlit's key, and the choice's name in the address.
        options: of the widget.
        default: one of them.
        titles: of the options, which a link may name, too.
    """
    chosen: dict[str, str] = st.session_state.setdefault(_CHOSEN, {})
    linked = st.query_params.get(key)
    linked = _names(titles).get(linked or "", linked)
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


def addressed_many(
    key: str, titles: Mapping[str, str], default: Sequence[str], *, most: int
) -> tuple[dict[str, Any], list[str]]:
    """Return what ties a widget of several choices to the address, and what a link asked in vain.

    Args:
        key: Streamlit's key, and the choice's name in the address.
        titles: of the options; a link may name either.
        default: some of the options.
        most: that can be chosen; a link's further ones are dropped.
    """
    chosen: dict[str, list[str]] = st.session_state.setdefault(_CHOSEN, {})
    dropped: dict[str, list[str]] = st.session_state.setdefault(_DROPPED, {})
    names = _names(titles) | {name: name for name in titles}
    linked = st.query_params.get_all(key)
    known = list(dict.fromkeys(names[text] for text in linked if text in names))
    lost = [text for text in linked if text not in names] + [titles[name] for name in known[most:]]
    if lost:
        dropped[key] = lost
    if known:
        chosen[key] = known[:most]
    elif linked:
        st.query_params.pop(key)
    found = list(chosen.get(key, default))
    st.session_state[key] = found
    if found and found != list(default) and linked != found:
        st.query_params[key] = found
    return {"key": key, "on_change": _remember, "args": (key,)}, dropped.get(key, [])


def _names(titles: Mapping[str, str]) -> dict[str, str]:
    return {title: name for name, title in titles.items()}


def _remember(key: str) -> None:
    st.session_state.setdefault(_CHOSEN, {})[key] = st.session_state[key]
    st.session_state.setdefault(_DROPPED, {}).pop(key, None)
    if st.session_state[key]:
        st.query_params[key] = st.session_state[key]
    else:
        st.query_params.pop(key, None)
