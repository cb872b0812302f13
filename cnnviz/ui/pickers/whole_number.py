"""A field for a whole number in a range, which says in a sentence why it rejects a number."""

from collections.abc import Callable
from typing import Any

import streamlit as st

_ACCEPTED = "whole_number_accepted"  # last valid number by the field's key
_REJECTED = "whole_number_rejected"  # sentence and number shown, by the field's key


def whole_number(
    label: str,
    low: int,
    high: int,
    *,
    key: str,
    first: int | None = None,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
    **options: Any,
) -> int:
    """Return the whole number that the user enters; one out of range is rejected in a sentence.

    With limits of its own, Streamlit's field would keep a number out of range on the screen, send
    nothing, and explain itself only to a pointer that rests on an icon.

    Args:
        label: of the field.
        low: least number.
        high: largest number.
        key: Streamlit's key of the field.
        first: number to begin with; None for the least.
        on_change: called after a change to a valid number.
        args: of `on_change`.
        **options: further arguments of `st.number_input`, such as `width`.
    """
    if st.session_state.get(key) is None:
        st.session_state[key] = low if first is None else first
    with st.container(gap="xsmall", width=options.get("width", "stretch")):
        number = st.number_input(
            label,
            value=None,  # an emptied field sends None, not a default
            step=1,
            key=key,
            on_change=_check,
            args=(key, label, low, high, on_change, args),
            **options,
        )
        assert number is not None
        sentence, shown = st.session_state.get(_REJECTED, {}).get(key, ("", None))
        if sentence and shown == number:  # until another number is chosen, here or by a button
            st.error(sentence, icon=":material/error:")
    st.session_state.setdefault(_ACCEPTED, {})[key] = number
    return int(number)


def _check(
    key: str,
    label: str,
    low: int,
    high: int,
    then: Callable[..., None] | None,
    args: tuple[Any, ...],
) -> None:
    """Reject a number out of range: put back the one before it, and keep a sentence."""
    number, rejected = st.session_state[key], st.session_state.setdefault(_REJECTED, {})
    rejected.pop(key, None)
    if number is None:
        st.session_state[key] = st.session_state[_ACCEPTED][key]
    elif low <= number <= high:
        if then is not None:
            then(*args)
    else:
        former = st.session_state[key] = st.session_state[_ACCEPTED][key]
        name = label.partition(" (")[0]
        rejected[key] = f"{name} must be {low:,} to {high:,}, got {number:,}.", former
