"""What components in the browser send, checked before it is used.

Streamlit passes on whatever arrives: a client that speaks its protocol can send any JSON in the
name of a component.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
import streamlit as st
from msgspec import Meta

MESSAGE_LENGTH = 200  # characters of a name, as in an address
LARGEST = 999_999  # index of a digit, channel, unit or step that is accepted

Name = Annotated[str, Meta(max_length=MESSAGE_LENGTH)]
Index = Annotated[int, Meta(ge=0, le=LARGEST)]
DigitClass = Annotated[int, Meta(ge=0, le=9)]
Cell = tuple[Index, DigitClass, DigitClass]  # matrix, true class, predicted class
Unit = tuple[Index, Index, Index, Index]  # stage, channel, row, column


def ignore(*sent: object) -> None:
    """Do nothing with what a component has sent: the script runs again all the same."""


def received(key: str, name: str, kind: Any) -> Any:
    """Return what a component has sent under a name.

    Args:
        key: Streamlit's key of the component.
        name: of its state or trigger.
        kind: type that the message must have, as msgspec takes it.

    Raises:
        ValueError: if the message is of another type.
    """
    return msgspec.convert((st.session_state.get(key) or {}).get(name), kind)


def pass_on(key: str, name: str, kind: Any, use: Callable[[Any], None]) -> Callable[[], None]:
    """Return a callback that passes a component's message on; one of another type is dropped.

    Args:
        key: Streamlit's key of the component.
        name: of its state or trigger.
        kind: type that the message must have, as msgspec takes it.
        use: called with the message.
    """

    def callback() -> None:
        try:
            message = received(key, name, kind)
        except ValueError:  # msgspec's errors are ones; no component of ours sends it
            return
        use(message)

    return callback


def selected_rows(state: Mapping[str, Any], count: int) -> list[int]:
    """Return the selected positions in a table, none if one of them is not in it.

    Args:
        state: what `st.dataframe` returns, or its session state.
        count: rows of the table.
    """
    position = Annotated[int, Meta(ge=0, lt=count)]
    try:
        return sorted(msgspec.convert(state["selection"]["rows"], set[position]))
    except ValueError:
        return []
