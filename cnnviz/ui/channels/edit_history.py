"""The edits of this session by network, with undo and reset."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork

if TYPE_CHECKING:
    from cnnviz.inspection.interventions.edits import Edit

LISTED = 4
_EDITS = "channels_edits"
_STAMP = "channels_stamp"  # changes whenever the page, not the editor, changes values


def edits(network: TrainedNetwork) -> "tuple[Edit, ...]":
    """Return a network's edits, oldest first."""
    history: tuple[Edit, ...] = _all().get(_of(network), ())
    return history


def editor_stamp() -> int:
    """Return a number that changes when the editor must drop its unsaved values."""
    return int(st.session_state.get(_STAMP, 0))


def add(network: TrainedNetwork, edit: "Edit") -> None:
    """Add an edit; it replaces the last one if that changed the same thing."""
    from cnnviz.inspection.interventions.edits import append_edit

    _all()[_of(network)] = append_edit(edits(network), edit)


def undo(network: TrainedNetwork) -> None:
    """Remove the last edit."""
    _all()[_of(network)] = edits(network)[:-1]
    st.session_state[_STAMP] = editor_stamp() + 1


def reset(network: TrainedNetwork) -> None:
    """Remove all edits."""
    _all().pop(_of(network), None)
    st.session_state[_STAMP] = editor_stamp() + 1


def toolbar(network: TrainedNetwork) -> None:
    """Show the buttons for undo and reset, and the last few edits."""
    history = edits(network)
    with st.container(horizontal=True, vertical_alignment="center"):
        for title, icon, action in (("Undo", "undo", undo), ("Reset", "restart_alt", reset)):
            st.button(
                title,
                icon=f":material/{icon}:",
                disabled=not history,
                on_click=action,
                args=(network,),
            )
        st.caption(summary(history))


def summary(history: "tuple[Edit, ...]") -> str:
    """Return the last few edits in words, the newest first."""
    descriptions = [_in_words(edit) for edit in history[::-1]]
    more = f" · and {len(descriptions) - LISTED} more" if len(descriptions) > LISTED else ""
    return " · ".join(descriptions[:LISTED]) + more


def _in_words(edit: "Edit") -> str:
    from cnnviz.inspection.interventions.edits import Scale

    where = f"{edit.layer}, channel {edit.channel}"
    if isinstance(edit, Scale):
        return f"{where} × {edit.factor:.2f}" if edit.factor else f"{where} muted"
    return f"{where}, kernel {edit.source}"


def _of(network: TrainedNetwork) -> tuple[str, str]:
    return network.key, network.version


def _all() -> dict[tuple[str, str], Any]:
    histories: dict[tuple[str, str], Any] = st.session_state.setdefault(_EDITS, {})
    return histories
