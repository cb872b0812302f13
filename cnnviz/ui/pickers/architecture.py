"""Controls for an architecture and its scale, kept in the address."""

import streamlit as st

from cnnviz.models.catalog import CATALOG, Architecture, architecture
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import ARCHITECTURE, ARCHITECTURE_SCALE, CHANNEL, LAYER

_SCALES = {"mnist": "MNIST scale", "published": "As published"}


def choose_architecture() -> Architecture:
    """Return the architecture that the user chooses, at first the catalog's first."""
    titles = {key: row.title for key, row in CATALOG.items()}
    chosen = st.selectbox(
        "Architecture",
        list(titles),
        format_func=_title,
        **address.bind(ARCHITECTURE, OneOf(titles), forgets=(LAYER, CHANNEL)),
        help="The kind of network; no trained weights are needed here.",
    )
    return architecture(str(chosen))


def choose_scale(row: Architecture) -> bool:
    """Return whether the user wants the network as published; no where there is none."""
    if row.published is None:
        return False
    scale = choose_key(
        "Scale",
        _SCALES,
        ARCHITECTURE_SCALE,
        forgets=(LAYER, CHANNEL),
        help="Built for digits of 28 × 28 pixels, or as its authors published it for ImageNet.",
    )
    return scale == "published"


def _title(key: str) -> str:
    row = architecture(key)
    return f"{row.title} ({row.year})" if row.year else row.title
