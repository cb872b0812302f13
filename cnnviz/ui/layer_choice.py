"""The chosen layer, the same on every page; it stands in the address."""

from collections.abc import Mapping

import streamlit as st

_LAYER = "layer"
_CHOSEN = "chosen_layer"  # outlives the address, which a click on the menu empties


def chosen_layer() -> str:
    """Return the dotted name of the layer or module that was chosen last, "" for none.

    Any page may ask; it belongs to the network that was chosen with it.
    """
    layer: str = st.query_params.get(_LAYER) or st.session_state.get(_CHOSEN, "")
    return layer


def remember_layer(layer: str) -> None:
    """Make a layer the chosen one, and put it into the address."""
    st.query_params[_LAYER] = st.session_state[_CHOSEN] = layer


def forget_layer() -> None:
    """Choose no layer."""
    st.query_params.pop(_LAYER, None)
    st.session_state.pop(_CHOSEN, None)


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
