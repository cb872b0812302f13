"""A photograph on its way through a network, and the filters that see it first."""

import math
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.ui import explain
from cnnviz.ui.tiles import Row, Tile, tiles

if TYPE_CHECKING:
    from cnnviz.sight import LayerSight, Sight

_LARGE = 4  # channels of a layer that are shown enlarged


def sight_view(sight: "Sight", *, key: str) -> None:
    """Show the photograph, the answer, and the maps of each layer, the strongest ones enlarged."""
    seen, answer = st.columns(2)
    seen.image(sight.pixels, caption="What the network receives")
    for best in sight.best:
        answer.progress(best.probability, text=f"{best.name}: {best.probability:.1%}")
    for place, layer in zip(st.columns(len(sight.layers)), sight.layers, strict=True):
        with place:
            st.markdown(f"**{layer.maps.role.capitalize()}**: `{layer.maps.layer}`")
            for note in explain.sight(layer, sight.pixels.shape[0]):
                st.markdown(note)
            tiles(_rows(layer), key=f"{key}_{layer.maps.role}")


def filter_sheet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return pictures (C, h, w, 3) side by side on one, uint8, (H, W, 4), clear between them."""
    count, height, width = pictures.shape[:3]
    columns = math.ceil(math.sqrt(2 * count))
    times, gap = max(1, 42 // height), 4  # screen pixels
    tall, wide = times * height + gap, times * width + gap
    sheet = np.zeros((math.ceil(count / columns) * tall, columns * wide, 4), np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * tall, i % columns * wide
        place = sheet[top : top + times * height, left : left + times * width]
        place[..., :3] = picture.repeat(times, axis=0).repeat(times, axis=1)
        place[..., 3] = 255
    return sheet


def _rows(layer: "LayerSight") -> list[Row]:
    values = layer.maps.values
    channels, height, _ = values.shape
    every = [Tile(values[i], f"channel {i}") for i in range(channels)]
    strongest = [every[i] for i in layer.strongest[:_LARGE]]
    return [
        Row("Strongest channels", strongest, scale=150 / height, signed=True),
        Row(
            f"All {channels}", every, scale=max(14, 224 / math.sqrt(channels)) / height, signed=True
        ),
    ]
