"""The edits of this session, network by network, and what adds to them and takes them back."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork

if TYPE_CHECKING:
    from cnnviz.inspection.interventions.edits import Edit

LISTED = 4
_EDITS = "channels_edits"
_STAMP = "channels_stamp"  # another one whenever the page, not the editor, changes values


def edits(network: TrainedNetwork) -> "tuple[Edit, ...]":
    """Return the history of a network's edits."""
    found: tuple[Edit, ...] = _all().get(_of(network), ())
    return found


def stamp() -> int:
    """Return a number that changes when the editor must forget what it holds."""
    return int(st.session_state.get(_STAMP, 0))


def add(network: TrainedNetwork, edit: "Edit") -> None:
    """Add an edit; one that goes on changing the same replaces the last."""
    from cnnviz.inspection.interventions.edits import added

    _all()[_of(network)] = added(edits(network), edit)


def undo(network: TrainedNetwork) -> None:
    """Take back the last edit."""
    _all()[_of(network)] = edits(network)[:-1]
    st.session_state[_STAMP] = stamp() + 1


def reset(network: TrainedNetwork) -> None:
    """Take back all edits."""
    _all().pop(_of(network), None)
    st.session_state[_STAMP] = stamp() + 1


def toolbar(network: TrainedNetwork) -> None:
    """Show what takes edits back, and the last few of them."""
    found = edits(network)
    with st.container(horizontal=True, vertical_alignment="center"):
        for title, icon, back in (("Undo", "undo", undo), ("Reset", "restart_alt", reset)):
            st.button(
                title,
                icon=f":material/{icon}:",
                disabled=not found,
                on_click=back,
                args=(network,),
            )
        st.caption(in_a_list(found))


def in_a_list(edits: "tuple[Edit, ...]") -> str:
    """Return the last few edits in words, the newest first."""
    words = [_in_words(edit) for edit in edits[::-1]]
    more = f" · and {len(words) - LISTED} more" if len(words) > LISTED else ""
    return " · ".join(words[:LISTED]) + more


def _in_words(edit: "Edit") -> str:
    from cnnviz.inspection.interventions.edits import Scale

    where = f"{edit.layer}, channel {edit.channel}"
    if isinstance(edit, Scale):
        return f"{where} × {edit.factor:.2f}" if edit.factor else f"{where} muted"
    return f"{where}, kernel {edit.source}"


def _of(network: TrainedNetwork) -> tuple[str, str]:
    return network.key, network.version


def _all() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = st.session_state.setdefault(_EDITS, {})
    return found
