"""Controls that choose one of several options by its key, which a new title does not change."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import Parameter


def choose_key(
    label: str,
    titles: Mapping[str, str],
    parameter: Parameter[str],
    *,
    help: str | None = None,
    label_visible: bool = True,
    former: Mapping[str, str] | None = None,
    **binding: Any,
) -> str:
    """Return the key whose title the user chooses on a segmented control.

    Args:
        label: of the control.
        titles: by key.
        parameter: of the address, which holds the key.
        help: what to know about the choice.
        label_visible: whether the label is shown.
        former: keys by other texts that older links contain.
        **binding: further arguments of `address.bind`.
    """
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        label_visibility="visible" if label_visible else "collapsed",
        help=help,
        **address.bind(parameter, OneOf(titles, former or {}), **binding),
    )
    return str(chosen)


def select_key(
    label: str,
    titles: Mapping[str, str],
    parameter: Parameter[Any],
    *,
    default: str | None = None,
    help: str | None = None,
    width: int | Literal["stretch"] = "stretch",
    **binding: Any,
) -> str:
    """Return the key whose title the user chooses in a select box.

    Args:
        label: of the box.
        titles: by key, as shown.
        parameter: of the address, which holds the key.
        default: where the parameter has none of its own.
        help: what to know about the choice.
        width: of the box.
        **binding: further arguments of `address.bind`.
    """
    chosen = st.selectbox(
        label,
        list(titles),
        format_func=titles.__getitem__,
        help=help,
        width=width,
        **address.bind(parameter, OneOf(titles), default=default, **binding),
    )
    return str(chosen)


def choose_in_session(
    label: str,
    titles: Mapping[str, str],
    *,
    key: str,
    default: str,
    help: str | None = None,
    label_visible: bool = True,
    then: Callable[[], None] | None = None,
) -> str:
    """Return the key whose title the user chooses, which only this session keeps.

    Args:
        label: of the segmented control.
        titles: by key.
        key: Streamlit's key of the control.
        default: the key to begin with, and if the session's is no longer offered.
        help: what to know about the choice.
        label_visible: whether the label is shown.
        then: called after a change.
    """
    if st.session_state.get(key) not in titles:
        st.session_state[key] = default
    chosen = st.segmented_control(
        label,
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        help=help,
        label_visibility="visible" if label_visible else "collapsed",
        key=key,
        on_change=then or "rerun",
        persist_state="session",
    )
    return str(chosen)
