"""Which pixels one unit sees, layer by layer: convolutions against attention."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.models.catalog import CATALOG
from cnnviz.models.catalog.row import ROLES
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.ideas.findings import attention_finding
from cnnviz.ui.ideas.metrics_and_charts import lines
from cnnviz.ui.shell.caching import cached

NETWORKS = ("mnist_cnn", "lenet5", "resnet20", "vit", "swin")
_AT_FIRST = ("mnist_cnn", "resnet20", "vit", "swin")
_TILE = 112  # px


def attention_idea() -> None:
    """Show which pixels the center units of three layers see, for several networks."""
    keys = st.multiselect(
        "Networks",
        NETWORKS,
        default=_AT_FIRST,
        format_func=lambda key: CATALOG[key].title,
        key="attention_networks",
        help="Architectures whose units are compared, all of them untrained.",
        wrap=True,
    )
    if not keys:
        st.caption("Choose a network.")
        return
    shares = _shares(keys)
    st.markdown(attention_finding(shares))
    left, right = st.columns([3, 2])
    with left:
        tiles([_fields(key) for key in keys], key="attention_tiles")
    with right:
        _draw_shares(shares)
    st.caption(
        "Measured just now: the magnitude of the gradient of the center unit, summed over "
        "its channels, with respect to each input pixel, averaged over eight noise images; the "
        "networks are untrained. White is the largest value. Black is exactly zero: the unit does "
        "not see that pixel. A vision transformer's unit sees the whole image after one block; "
        "Swin's sees its window, and neighboring windows once they are shifted."
    )


def _fields(key: str) -> Row:
    """Return a row of pictures, one per layer, of what its center unit sees."""
    architecture = CATALOG[key]
    pictures = [
        Tile(field / (field.max() or 1), f"what the center unit of {layer} sees", layer)
        for layer, field in center_fields(key).items()
    ]
    return Row(architecture.title, pictures, scale=_TILE / architecture.input_size)


def _shares(keys: Sequence[str]) -> dict[str, list[float]]:
    """Return the share of the input that a unit of each layer sees, by the network's title."""
    from cnnviz.inspection.receptive_field.effective import visible_share

    return {
        CATALOG[key].title: [visible_share(field) for field in center_fields(key).values()]
        for key in keys
    }


def _draw_shares(shares: Mapping[str, Sequence[float]]) -> None:
    """Draw the share of the input that a unit of each layer sees."""
    lines(
        {title: (ROLES, values) for title, values in shares.items()},
        x="layer",
        y="share of the input seen by one unit",
        key="attention_lines",
        percent=True,
    )


@cached(spinner="Measuring…")
def center_fields(key: str) -> dict[str, NDArray[np.float32]]:
    """Return how much each pixel changes the center units of an untrained network, by layer."""
    from cnnviz.inspection.receptive_field.effective import untrained_fields

    return untrained_fields(CATALOG[key])
