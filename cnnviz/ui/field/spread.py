"""The effect of changing one pixel on every layer."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, loading
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_stage, maps_view
from cnnviz.ui.field.boxes import layers_between, say_without_weights
from cnnviz.ui.field.sentences import spread_sentence
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.shell.caching import cached

_ROW, _COLUMN = "spread_row", "spread_column"


@cached
def pixel_effect(
    network: TrainedNetwork, image: Pixels, pixel: tuple[int, int], change: float
) -> "dict[str, NDArray[np.float64]]":
    """Return how much changing a pixel changes each unit of each layer."""
    from cnnviz.inspection.receptive_field.effective import perturbation_spread

    return perturbation_spread(loading.model(network), image[None], pixel, change)


def pixel_change_view(network: TrainedNetwork, image: InputImage, published: bool) -> None:
    """Show how much changing one pixel changes each unit of each layer."""
    from cnnviz.inspection.receptive_field.effective import changed_units

    row = network.architecture
    if published:
        say_without_weights("Changes need", row)
    for key in (_ROW, _COLUMN):
        st.session_state.setdefault(key, row.input_size // 2)
        st.session_state[key] = min(st.session_state[key], row.input_size - 1)
    down, right, by = st.columns(3, vertical_alignment="bottom")
    last = row.input_size - 1
    with down:
        pixel_row = whole_number(
            f"Row (0 to {last})",
            0,
            last,
            key=_ROW,
            help="Row of the pixel that is changed, counted from the top.",
        )
    with right:
        pixel_column = whole_number(
            f"Column (0 to {last})",
            0,
            last,
            key=_COLUMN,
            help="Column of the pixel that is changed, counted from the left.",
        )
    pixel = pixel_row, pixel_column
    change = by.slider(
        "Change of the pixel",
        -1.0,
        1.0,
        0.5,
        0.1,
        key="spread_change",
        help="In brightness: 1 turns black into white.",
    )
    effects = pixel_effect(network, image.pixels, pixel, float(change))
    fields = architectures.every_field(row.key, published=False)
    between = layers_between(row, list(fields)[-1], published=False)
    names = [name for name in between if name in effects]
    counts = {name: changed_units(effects[name]) for name in names}
    st.markdown(spread_sentence(pixel, counts))
    input_stage = digit_stage(image.pixels, row.input_size)
    maps_view(
        [
            MapStage(input_stage.title, "", input_stage.values, ("Click a pixel to change it.",)),
            *(
                MapStage(
                    fields[name].kind,
                    name,
                    effects[name][None].astype(np.float32),
                    ("{} of {} units change.".format(*counts[name]),),
                    summary="average change",
                )
                for name in names
            ),
        ],
        key="spread_maps",
        subject=f"{network.key} {pixel} {change} {hash(image.key)}",
        keep=(0, 0, *pixel),
        actions=Actions(keep=_choose),
    )


def _choose(unit: tuple[int, int, int, int] | None) -> None:
    if unit is not None and unit[0] == 0:
        st.session_state[_ROW], st.session_state[_COLUMN] = unit[2], unit[3]
