"""The chosen layer and channel, the same on every page; they stand in the address."""

from collections.abc import Mapping

import streamlit as st

LAYER, _CHANNEL = "layer", "channel"
# these outlive the address, which a click on the menu empties
_CHOSEN, _CHOSEN_CHANNEL = "chosen_layer", "chosen_channel"
_MOST = 5  # digits of a channel's number; no layer has more


def chosen_layer() -> str:
    """Return the dotted name of the layer or module that was chosen last, "" for none.

    Any page may ask; it belongs to the network that was chosen with it.
    """
    if LAYER in st.query_params:
        st.session_state[_CHOSEN] = st.query_params[LAYER]
    layer: str = st.session_state.get(_CHOSEN, "")
    return layer


def remember_layer(layer: str) -> None:
    """Make a layer the chosen one, and put it into the address."""
    st.query_params[LAYER] = st.session_state[_CHOSEN] = layer


def forget_layer() -> None:
    """Choose no layer, and no channel."""
    st.query_params.pop(LAYER, None)
    st.session_state.pop(_CHOSEN, None)
    remember_channel(None)


def chosen_channel(count: int) -> int | None:
    """Return the channel that was chosen last, None for none.

    The number holds for whatever layer is shown, so that a convolution and the activation behind
    it show the same channel.

    Args:
        count: of the channels there are; of a larger number the last one is taken.
    """
    text = st.query_params.get(_CHANNEL, "")
    if text.isdecimal():
        st.session_state[_CHOSEN_CHANNEL] = int(text[:_MOST])
    channel: int | None = st.session_state.get(_CHOSEN_CHANNEL)
    return None if channel is None else min(channel, count - 1)


def remember_channel(channel: int | None) -> None:
    """Make a channel the chosen one, and put it into the address; None chooses none."""
    if channel is None:
        st.query_params.pop(_CHANNEL, None)
        st.session_state.pop(_CHOSEN_CHANNEL, None)
    else:
        st.session_state[_CHOSEN_CHANNEL] = channel
        st.query_params[_CHANNEL] = str(channel)


def remember_map(layer: str, channel: int) -> None:
    """Choose a layer and one of its channels."""
    remember_layer(layer)
    remember_channel(channel)


def choose_layer(label: str, layers: Mapping[str, str], *, key: str, default: str) -> str:
    """Return the layer that the user chooses, at first the one that was chosen elsewhere.

    Args:
        label: of the widget.
        layers: what to show for each dotted name; at least one.
        key: Streamlit's key of the widget.
        default: the name to begin with when none was chosen, or one that is not here.
    """
    st.session_state[key] = nearest(chosen_layer(), list(layers)) or nearest(default, list(layers))
    chosen: str = st.selectbox(
        label,
        list(layers),
        format_func=lambda name: layers[name],
        key=key,
        on_change=lambda: remember_layer(st.session_state[key]),
    )
    return chosen


def nearest(wanted: str, layers: list[str]) -> str | None:
    """Return that layer, else the last one inside the module, else the module around it."""
    if not wanted:
        return None
    if wanted in layers:
        return wanted
    inside = [name for name in layers if name.startswith(f"{wanted}.")]
    around = [name for name in layers if wanted.startswith(f"{name}.")]
    return next(reversed(inside or around), None)
