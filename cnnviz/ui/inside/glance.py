"""Every layer of a network in one row of small maps each."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz.models.structure.counts import size_text
from cnnviz.plots import colors
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs
from cnnviz.ui.components.component import component, pack
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.components.received import Name, pass_on
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameters import CHANNEL, INSIDE_VIEW, LAYER

if TYPE_CHECKING:
    from cnnviz.inspection.activations.thumbnails import LayerThumbnails

_PER_PAGE = 40  # layers
_STRIPS = component("layer_strips", beside=__file__)


def glance_view(network: TrainedNetwork, image: InputImage) -> None:
    """Show a row of small maps for every layer; a click opens the layer."""
    thumbnails = layer_outputs.layer_thumbnails(network, image.pixels)
    st.caption(f"{len(thumbnails)} layers. Click a row to open its layer.")
    rows = paged(thumbnails, _PER_PAGE, key="glance_page")
    layer_strips(rows, key="inside_glance", on_open=_open_layer)


def layer_strips(
    rows: "Sequence[LayerThumbnails]", *, key: str, on_open: Callable[[str], None]
) -> None:
    """Show layers as rows of small maps.

    Args:
        rows: the layers.
        key: Streamlit's key of the component.
        on_open: called with the layer whose row the user clicks.
    """
    arrays = {f"maps{i}": row.maps for i, row in enumerate(rows)}
    tables = colors.lookup_tables("sequential", "diverging")
    _STRIPS(
        key=key,
        data=pack({"rows": [_describe(row) for row in rows]}, arrays | tables),
        on_open_change=pass_on(key, "open", Name, on_open),
    )


def _describe(row: "LayerThumbnails") -> dict[str, Any]:
    """Return a row's properties for the browser, without its maps."""
    largest = max(abs(row.low), abs(row.high))
    limit = colors.scale_limit(row.maps) if row.maps.size else 0.0
    return {
        "layer": row.layer,
        "title": f"{row.layer} (run {row.run + 1})" if row.run else row.layer,
        "kind": row.kind,
        "shape": size_text(row.shape),
        "channels": row.channels,
        "signed": row.low < 0,
        "limit": limit or largest or 1.0,
        "low": row.low,
        "high": row.high,
        "vector": row.maps.shape[1] == 1 and row.maps.shape[2] == len(row.channels),
    }


def _open_layer(layer: str) -> None:
    address.write({LAYER: layer, CHANNEL: None, INSIDE_VIEW: "layers"})
