"""The edits of this session by network, with undo and reset."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.shell import address
from cnnviz.ui.shell.content_types import MOST_EDITS, ChannelEdit, ChannelEdits
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import CHANNEL_EDITS

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer
    from cnnviz.inspection.interventions.edits import Edit

LISTED = 4
MOST = 3.0  # the largest factor of a channel
_EDITS = "channels_edits"
_STAMP = "channels_stamp"  # changes whenever the page, not the editor, changes values


def edits(network: TrainedNetwork) -> "tuple[Edit, ...]":
    """Return a network's edits, oldest first."""
    history: tuple[Edit, ...] = _all().get(_of(network), ())
    return history


def exchange_with_address(network: TrainedNetwork, layers: "Sequence[MapLayer]") -> None:
    """Take over edits of a link, and write the network's edits into the page's address.

    Args:
        network: on the page.
        layers: its layers with feature maps, which a link may edit.
    """
    linked = address.read_foreign(CHANNEL_EDITS, ChannelEdits())
    if linked is not None:
        read_edits = [_edit(edit, layers) for edit in linked]
        changes = tuple(edit for edit in read_edits if edit is not None)
        _all()[_of(network)] = changes
        st.session_state[_STAMP] = editor_stamp() + 1
        if len(changes) < len(read_edits):
            st.info(
                f"Ignored in the link: edits must fit the layers of {plain(network.title)}, got "
                f"{len(read_edits) - len(changes)} that do not.",
                icon=":material/info:",
            )
    address.show_complaint(CHANNEL_EDITS)
    address.publish(CHANNEL_EDITS, _as_linked(edits(network)))


def _as_linked(history: "tuple[Edit, ...]") -> tuple[ChannelEdit, ...]:
    """Return the effective edits, of which an address holds the last few."""
    from cnnviz.inspection.interventions.edits import Scale, effective_edits

    return tuple(
        ChannelEdit(edit.layer, edit.channel, edit.factor)
        if isinstance(edit, Scale)
        else ChannelEdit(
            edit.layer,
            edit.channel,
            source=edit.source,
            values=tuple(value for row in edit.values for value in row),
        )
        for edit in effective_edits(history)[-MOST_EDITS:]
    )


def _edit(edit: ChannelEdit, layers: "Sequence[MapLayer]") -> "Edit | None":
    """Return the edit of a link; None if the network has no such layer, channel or kernel."""
    from cnnviz.inspection.interventions.edits import Kernel, Scale

    layer = next((layer for layer in layers if layer.name == edit.layer), None)
    if layer is None or edit.channel >= layer.channels:
        return None
    if edit.source is None:
        factor = min(max(edit.factor, 0.0), MOST)
        return Scale(layer.name, edit.channel, factor)
    rows, columns = layer.kernel or (0, 0)
    if edit.source >= layer.sources or len(edit.values) != rows * columns:
        return None
    values = tuple(edit.values[row * columns : (row + 1) * columns] for row in range(rows))
    return Kernel(layer.name, edit.channel, edit.source, values)


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
