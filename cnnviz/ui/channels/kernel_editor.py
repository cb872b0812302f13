"""A component that shows a channel's kernels, edits them, and scales or mutes the channel."""

import math
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnnviz.plots import colors
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.channels import edit_history
from cnnviz.ui.channels.edit_history import MOST
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.components.received import Index, Name, pass_on
from cnnviz.ui.pickers.layer import remember_channel

if TYPE_CHECKING:
    from cnnviz.inspection.activations.map_layers import MapLayer

EDITOR_KEY = "channels_editor"

_EDITOR = component("kernel_editor", beside=__file__)


class _SentEdit(msgspec.Struct):
    """A change to a channel: a factor, or one kernel's values.

    Attributes:
        layer: dotted name.
        channel: index of the output channel.
        factor: that multiplies the channel; None for a kernel.
        source: index of the input channel whose kernel is replaced.
        values: of that kernel, row by row.
    """

    layer: Name
    channel: Index
    factor: float | None = None
    source: Index = 0
    values: list[float] = []


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
        on_edit_change=pass_on(
            EDITOR_KEY, "edit", _SentEdit, partial(_take, network, layer, channel)
        ),
    )


def _take(network: TrainedNetwork, layer: "MapLayer", channel: int, edit: _SentEdit) -> None:
    """Add an edit from the component to the history if it fits the shown channel."""
    from cnnviz.inspection.interventions.edits import Kernel, Scale

    if (edit.layer, edit.channel) != (layer.name, channel):
        return
    remember_channel(channel)  # another image would suggest another one
    if edit.factor is not None:
        if math.isfinite(edit.factor):
            factor = min(max(edit.factor, 0.0), MOST)
            edit_history.add(network, Scale(layer.name, channel, factor))
    elif layer.kernel and edit.source < layer.sources:
        rows, columns = layer.kernel
        values = np.array(edit.values)
        if len(values) == rows * columns and np.isfinite(values).all():
            kernel = tuple(tuple(line) for line in values.reshape(rows, columns).tolist())
            edit_history.add(network, Kernel(layer.name, channel, edit.source, kernel))


def _kernels(network: TrainedNetwork, layer: "MapLayer", channel: int) -> NDArray[np.float32]:
    """Return a channel's kernels, float32, (input channels, rows, columns)."""
    weight = loading.model(network).model.get_parameter(f"{layer.name}.weight")
    return np.asarray(weight[channel].detach().numpy())
