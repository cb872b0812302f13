"""Controls for a layer with feature maps and one of its channels, kept in the address."""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs
from cnnviz.ui.pickers.layer import choose_layer, chosen_channel, remember_channel
from cnnviz.ui.pickers.whole_number import whole_number

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer


def choose_map_layer(network: TrainedNetwork) -> "MapLayer":
    """Return the layer that the user chooses, at first the first one with kernels."""
    layers = {layer.name: layer for layer in layer_outputs.map_layers(network)}
    first = next((name for name, layer in layers.items() if layer.kernel), next(iter(layers)))
    titles = {name: map_layer_title(layer) for name, layer in layers.items()}
    return layers[choose_layer("Layer", titles, key="channels_layer", default=first)]


def choose_channel(label: str, count: int, *, key: str, default: int = 0) -> int:
    """Return the channel that the user chooses, at first the one chosen on another page.

    Args:
        label: of the widget.
        count: number of channels to choose from.
        key: Streamlit's key of the widget.
        default: the channel to begin with if none was chosen.
    """
    channel = chosen_channel(count)
    st.session_state[key] = default if channel is None else channel
    return whole_number(
        f"{label} (0 to {count - 1})",
        0,
        count - 1,
        key=key,
        on_change=lambda: remember_channel(st.session_state[key]),
        help="One of the layer's parallel maps, counted from 0; the choice is kept on the "
        "other pages.",
    )


def map_layer_title(layer: "MapLayer") -> str:
    """Return a layer's name, kind and output shape, and its role if it has one."""
    rows, columns = layer.grid
    size = f"{layer.channels} × {rows} × {columns}"
    kernel = f", kernels {layer.kernel[0]} × {layer.kernel[1]}" if layer.kernel else ""
    role = f" ({layer.role})" if layer.role else ""
    return f"{layer.name}{role}: {layer.kind}, {size}{kernel}"
