"""A component that shows a channel's kernels, edits them, and scales or mutes the channel."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.channels import edit_history
from cnnviz.ui.channels.edit_history import MOST
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer

EDITOR_KEY = "channels_editor"

_EDITOR = component("kernel_editor", beside=__file__)


def kernel_editor(network: TrainedNetwork, layer: "MapLayer", channel: int) -> None:
    """Show a channel with its edits; changes by the user are added to them."""
    from cnnviz.inspection.interventions.edits import Kernel, Scale, effective_edits

    edits = [
        edit
        for edit in effective_edits(edit_history.edits(network))
        if (edit.layer, edit.channel) == (layer.name, channel)
    ]
    factor = next((edit.factor for edit in edits if isinstance(edit, Scale)), 1.0)
    before = np.zeros((0, 0, 0), np.float32)
    if layer.kernel:
        before = _kernels(network, layer, channel)
    after = before.copy()
    for edit in edits:
        if isinstance(edit, Kernel):
            after[edit.source] = edit.values
    header = {
        "subject": f"{network.key} {network.version} {layer.name} {channel}",
        "stamp": edit_history.editor_stamp(),
        "channel": channel,
        "layer": layer.name,
        "factor": factor,
        "most": MOST,
        "sources": len(before),
        "rows": before.shape[1],
        "columns": before.shape[2],
    }
    arrays = {"before": before, "after": after} | colors.lookup_tables("diverging")
    _EDITOR(
        key=EDITOR_KEY,
        data=pack(header, arrays),
        on_edit_change=lambda: _received(network, layer, channel),
    )


def _received(network: TrainedNetwork, layer: "MapLayer", channel: int) -> None:
    """Add an edit from the component to the history if it belongs to the shown channel."""
    from cnnviz.inspection.interventions.edits import Kernel, Scale

    message: dict[str, Any] = (st.session_state.get(EDITOR_KEY) or {}).get("edit") or {}
    if message.get("layer") != layer.name or message.get("channel") != channel:
        return
    if "factor" in message:
        factor = float(message["factor"])
        edit_history.add(network, Scale(layer.name, channel, min(max(factor, 0.0), MOST)))
    elif layer.kernel:
        rows, columns = layer.kernel
        values = np.array(message["values"], float).reshape(rows, columns)
        source = int(message["source"])
        if np.isfinite(values).all() and 0 <= source < layer.sources:
            kernel = tuple(tuple(line) for line in values.tolist())
            edit_history.add(network, Kernel(layer.name, channel, source, kernel))


def _kernels(network: TrainedNetwork, layer: "MapLayer", channel: int) -> NDArray[np.float32]:
    """Return a channel's kernels, float32, (input channels, rows, columns)."""
    weight = loading.model(network).model.get_parameter(f"{layer.name}.weight")
    return np.asarray(weight[channel].detach().numpy())
