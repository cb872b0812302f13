"""The chosen layer and channel, shared by all pages and kept in the address."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.ui.shell import address
from cnnviz.ui.shell.hidden import is_hidden
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import Integer, Text
from cnnviz.ui.shell.parameters import CHANNEL, LAYER


def chosen_layer() -> str:
    """Return the dotted name of the layer or module chosen last, "" for none.

    It may belong to another network than the page shows.
    """
    return address.read(LAYER, Text()) or ""


def remember_layer(layer: str) -> None:
    """Choose a layer on all pages; "" chooses none."""
    address.write({LAYER: layer or None})


def forget_layer() -> None:
    """Choose no layer, and no channel."""
    address.write({LAYER: None, CHANNEL: None})


def chosen_channel(count: int) -> int | None:
    """Return the channel chosen last, None for none.

    The number applies to whatever layer is shown, so that a convolution and the activation after
    it show the same channel.

    Args:
        count: of the layer's channels; a larger number becomes the last channel.
    """
    channel = address.read(CHANNEL, Integer())
    address.show_complaint(CHANNEL)
    return None if channel is None else min(channel, count - 1)


def remember_channel(channel: int | None) -> None:
    """Choose a channel on all pages; None chooses none."""
    address.write({CHANNEL: channel})


def remember_map(layer: str, channel: int) -> None:
    """Choose a layer and one of its channels on all pages."""
    address.write({LAYER: layer, CHANNEL: channel})


def choose_layer(label: str, layers: Mapping[str, str], *, key: str, default: str) -> str:
    """Return the layer that the user chooses, at first the one chosen on another page.

    Args:
        label: of the widget.
        layers: what to show for each dotted name; at least one.
        key: Streamlit's key of the widget.
        default: the name to begin with if none was chosen, or one that this network does not have.
    """
    st.session_state[key] = matching_layer(chosen_layer(), list(layers)) or matching_layer(
        default, list(layers)
    )
    if is_hidden("layer"):
        name = str(st.session_state[key])
        st.markdown(f"**{plain(label)}**  \n{plain(layers[name])}")
        return name
    chosen: str = st.selectbox(
        label,
        list(layers),
        format_func=lambda name: layers[name],
        key=key,
        on_change=lambda: remember_layer(st.session_state[key]),
    )
    return chosen


def matching_layer(wanted: str, layers: list[str]) -> str | None:
    """Return the wanted layer, else the last one inside that module, else the module around it."""
    if not wanted:
        return None
    if wanted in layers:
        return wanted
    inside = [name for name in layers if name.startswith(f"{wanted}.")]
    around = [name for name in layers if wanted.startswith(f"{name}.")]
    return next(reversed(inside or around), None)
