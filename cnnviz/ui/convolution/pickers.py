"""Controls for a layer, a channel, a unit and a weight."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.components.maps_view import KernelCell
from cnnviz.ui.pickers import layer as layer_choice
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.shell import address
from cnnviz.ui.shell.content_types import LayerUnit
from cnnviz.ui.shell.parameters import CONVOLUTION_DIRECTION, CONVOLUTION_UNIT

if TYPE_CHECKING:
    from cnnviz.inspection.unit_arithmetic import LayerRun, Unit

_LAYER = "worked_layer"
_WITHIN, _ROW, _COLUMN = "worked_within", "worked_row", "worked_column"
_OF = "worked_weight_of"  # layer and channel of the weight that is remembered


def choose_computable_layer(network: TrainedNetwork) -> str:
    """Return the layer that the user chooses, at first the first convolution."""
    from cnnviz.inspection.unit_arithmetic import supported_layers

    layers = {layer.layer: layer for layer in supported_layers(loading.model(network).model)}
    first = next((name for name, layer in layers.items() if layer.convolution), next(iter(layers)))
    titles = {name: f"{name} · {layer.kind}" for name, layer in layers.items()}
    return layer_choice.choose_layer("Layer", titles, key=_LAYER, default=first)


def chosen_unit(run: "LayerRun", channel: int) -> "Unit":
    """Return the unit clicked last if it is in this channel, else the channel's strongest."""
    from cnnviz.inspection.unit_arithmetic import Unit

    rows, columns = run.outputs.shape[1:]
    layer, *clicked = address.read(CONVOLUTION_UNIT, LayerUnit()) or ("", 0, 0, 0)
    address.show_complaint(CONVOLUTION_UNIT)
    unit = Unit(*clicked)
    if (layer, unit.channel) == (run.name, channel) and unit.row < rows and unit.column < columns:
        return unit
    return run.strongest(channel)


def choose_weight(
    run: "LayerRun", channel: int, first: Callable[[], tuple[int, ...]]
) -> tuple[int, ...]:
    """Return the weight of an output channel that the user chooses, as an index.

    Args:
        run: of a convolution or a fully connected layer.
        channel: output channel.
        first: returns the weight shown first in each channel.
    """
    if st.session_state.get(_OF) != (run.name, channel):
        _remember_weight(run.name, first())
    shape = tuple(run.module.weight.shape)  # type: ignore[arg-type]
    fields = [("Input channel" if len(shape) == 4 else "Input", _WITHIN)]
    fields += [("Kernel row", _ROW), ("Kernel column", _COLUMN)][: len(shape) - 2]
    weight = [channel]
    for (name, key), size, column in zip(fields, shape[1:], st.columns(len(fields)), strict=True):
        st.session_state[key] = min(st.session_state.get(key, 0), size - 1)
        label = f"{name} (0 to {size - 1})"
        with column:
            weight.append(
                whole_number(
                    label,
                    0,
                    size - 1,
                    key=key,
                    persist_state="session",
                    help="Index of the weight that the backward pass explains, counted from 0.",
                )
            )
    return tuple(weight)


def take_unit(layer: str, unit: tuple[int, int, int, int] | None) -> None:
    """Choose the unit that was clicked, and its channel."""
    if unit is not None:
        _, channel, row, column = unit
        address.write({CONVOLUTION_UNIT: (layer, channel, row, column)})
        layer_choice.remember_channel(channel)


def take_weight(clicked: KernelCell) -> None:
    """Choose the weight whose cell was clicked, and show the backward pass."""
    address.write({CONVOLUTION_DIRECTION: "backward"})
    weight = (clicked.channel, clicked.within, clicked.row, clicked.column)
    _remember_weight(clicked.layer, weight)
    layer_choice.remember_channel(clicked.channel)


def _remember_weight(layer: str, weight: tuple[int, ...]) -> None:
    st.session_state[_OF] = layer, weight[0]
    for key, index in zip((_WITHIN, _ROW, _COLUMN), weight[1:], strict=False):
        st.session_state[key] = index
