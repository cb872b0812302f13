"""What one unit can see, layer by layer: convolutions against attention."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.models.catalogue import CATALOGUE
from cnnviz.models.catalogue.architecture import ROLES
from cnnviz.ui.components.tiles import Row, Tile, tiles
from cnnviz.ui.ideas.shared import lines
from cnnviz.ui.shell.caching import cached

CONVOLUTIONAL = ("mnist_cnn", "lenet5", "resnet20")
ATTENTIVE = ("vit", "swin")


def show() -> None:
    """Draw what the middle unit of each of the three layers can see, for several networks."""
    keys = [key for key in (*CONVOLUTIONAL, *ATTENTIVE) if key in CATALOGUE]
    chosen = st.multiselect(
        "Networks",
        keys,
        default=[key for key in ("mnist_cnn", "resnet20", "vit", "swin") if key in keys],
        format_func=lambda key: CATALOGUE[key].title,
        key="attention_networks",
    )
    rows, shares = [], {}
    for key in chosen:
        row = CATALOGUE[key]
        fields = untrained_fields(key)
        shares[row.title] = (ROLES, [float((field > 0).mean()) for _, field in fields])
        shown = [
            Tile(field / (field.max() or 1), f"what the middle unit of {layer} sees", layer)
            for layer, field in fields
        ]
        rows.append(Row(row.title, shown, scale=112 / row.input_size))
    if not rows:
        st.caption("Choose a network.")
        return
    left, right = st.columns([3, 2])
    with left:
        tiles(rows, key="attention_tiles")
    with right:
        lines(
            shares,
            x="layer",
            y="share of the input that one unit can see",
            key="attention_lines",
            percent=True,
        )
    st.caption(
        "Measured just now: the size of the gradient of the middle unit, summed over its channels, "
        "with respect to each input pixel, mean over eight noise images of an untrained network; "
        "white is most. Black is exactly zero: the unit cannot see it. A vision transformer's unit "
        "sees the whole image after one block; Swin's sees its window, and the next window after a "
        "shift."
    )


@cached(spinner="Measuring…")
def untrained_fields(key: str) -> list[tuple[str, NDArray[np.float32]]]:
    """Return the early, middle and late layer's names and what their middle units see, (H, W)."""
    from cnnviz.inspection.receptive_field.effective import untrained_fields

    return list(untrained_fields(CATALOGUE[key]).items())
