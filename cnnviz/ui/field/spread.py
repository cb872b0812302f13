"""How far one changed pixel spreads."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, loading
from cnnviz.ui.components.maps_view import Stage, digit_stage, maps_view
from cnnviz.ui.field.boxes import between
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.shell.caching import cached

_ROW, _COLUMN = "spread_row", "spread_column"


@cached
def pixel_effect(
    network: TrainedNetwork, image: Pixels, pixel: tuple[int, int], change: float
) -> "dict[str, NDArray[np.float64]]":
    """Return how much a changed pixel moves each unit of each layer."""
    from cnnviz.inspection.receptive_field.effective import difference

    return difference(loading.model(network), image[None], pixel, change)


def show(network: TrainedNetwork, subject: Subject, published: bool) -> None:
    """Change a pixel, and show how much each unit of each layer moves."""
    row = network.architecture
    if published:
        st.info(
            "Changes need weights, and the published network comes without them: this is "
            f"{row.title} at the scale of MNIST.",
            icon=":material/info:",
        )
    for key in (_ROW, _COLUMN):
        st.session_state.setdefault(key, row.input_size // 2)
        st.session_state[key] = min(st.session_state[key], row.input_size - 1)
    down, right, by = st.columns(3, vertical_alignment="bottom")
    place = (
        int(down.number_input("Row", 0, row.input_size - 1, key=_ROW)),
        int(right.number_input("Column", 0, row.input_size - 1, key=_COLUMN)),
    )
    change = by.slider(
        "Change of the pixel",
        -1.0,
        1.0,
        0.5,
        0.1,
        key="spread_change",
        help="Of its brightness: 1 takes black to white.",
    )
    found = pixel_effect(network, subject.image, place, float(change))
    every = architectures.every_field(row.key, published=False)
    names = [
        name
        for name in between(row, list(every)[-1], list(every), published=False)
        if name in found
    ]
    image = digit_stage(subject.image, row.input_size)
    maps_view(
        [
            Stage(image.title, "", image.values, ("Click a pixel to change that one.",)),
            *(
                Stage(
                    every[name].kind,
                    name,
                    found[name][None].astype(np.float32),
                    (f"{np.count_nonzero(found[name])} of {found[name].size} units move.",),
                )
                for name in names
            ),
        ],
        key="spread_maps",
        subject=f"{network.key} {place} {change} {hash(subject.key)}",
        keep=(0, 0, *place),
        on_keep=_choose,
    )


def _choose(unit: tuple[int, int, int, int] | None) -> None:
    if unit is not None and unit[0] == 0:
        st.session_state[_ROW], st.session_state[_COLUMN] = unit[2], unit[3]
