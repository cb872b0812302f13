"""A photograph's feature maps in a network, and the filters of the first layer."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.ui.components.maps_view import MapStage, PredictionBars, maps_view
from cnnviz.ui.inside import sentences

if TYPE_CHECKING:
    from cnnviz.inspection.photographs.layer_response import LayerResponse, PhotographResponse
    from cnnviz.inspection.receptive_field.fields import Field

_LARGE = 2  # channels of a layer that are shown once more, enlarged


def sight_view(
    sight: "PhotographResponse", fields: "Mapping[str, Field]", *, key: str, subject: str
) -> None:
    """Show the photograph, the maps of each layer, the strongest enlarged, and the prediction.

    Args:
        sight: the network's response to the photograph.
        fields: the receptive fields of its layers.
        key: Streamlit's key of the component.
        subject: changes whenever the network or the photograph does.
    """
    side = sight.pixels.shape[0]
    maps_view(
        [
            MapStage("Photograph", values=sight.pixels),
            *(_stage(layer, fields[layer.maps.layer], side) for layer in sight.layers),
        ],
        key=key,
        subject=subject,
        answer=PredictionBars(
            tuple(best.name for best in sight.best),
            np.array([best.probability for best in sight.best], np.float32),
        ),
    )


def filter_sheet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images (C, h, w, 3) as one mosaic, uint8, (H, W, 4), transparent between them."""
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


def _stage(layer: "LayerResponse", field: "Field", side: int) -> MapStage:
    return MapStage(
        layer.maps.role.capitalize(),
        layer.maps.layer,
        layer.maps.values,
        notes=sentences.response_sentences(layer, field, side),
        fields={0: field.boxes[""]},
        strongest=_LARGE,
    )
