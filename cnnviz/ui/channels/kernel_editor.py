"""One component to look at a channel's kernels, change one, and scale or mute the channel."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.channels import edit_history
from cnnviz.ui.components.component import component, pack

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer

KEY = "channels_editor"
MOST = 3.0  # the largest factor of a channel

_EDITOR = component("kernel_editor", beside=__file__)


def kernel_editor(network: TrainedNetwork, layer: "MapLayer", channel: int) -> None:
    """Show a channel with the session's edits on it; what the user changes joins them."""
    from cnnviz.inspection.interventions.edits import Kernel, Scale, current

    own = [e for e in current(edit_history.edits(network)) if e.layer == layer.name]
    own = [e for e in own if e.channel == channel]
    factor = next((e.factor for e in own if isinstance(e, Scale)), 1.0)
    before = np.zeros((0, 0, 0), np.float32)
    if layer.kernel:
        before = _kernels(network, layer, channel)
    after = before.copy()
    for edit in own:
        if isinstance(edit, Kernel):
            after[edit.source] = edit.values
    header = {
        "subject": f"{network.key} {network.version} {layer.name} {channel}",
        "stamp": edit_history.stamp(),
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
        key=KEY,
        data=pack(header, arrays),
        on_edit_change=lambda: _received(network, layer, channel),
    )


def _received(network: TrainedNetwork, layer: "MapLayer", channel: int) -> None:
    """Add what the editor sent to the history, if it fits what the page shows."""
    from cnnviz.inspection.interventions.edits import Kernel, Scale

    message: dict[str, Any] = (st.session_state.get(KEY) or {}).get("edit") or {}
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
    """Return a channel's kernels, float32, (sources, rows, columns)."""
    weight = loading.model(network).model.get_parameter(f"{layer.name}.weight")
    return np.asarray(weight[channel].detach().numpy())
