"""A photograph on its way through a network, and the filters that see it first."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.ui.components.maps_view import Answer, Stage, maps_view
from cnnviz.ui.inside import sentences

if TYPE_CHECKING:
    from cnnviz.inspection.photographs.layer_response import LayerResponse, PhotographResponse
    from cnnviz.inspection.receptive_field.fields import Field

_LARGE = 2  # channels of a layer that are shown once more, enlarged


def sight_view(
    sight: "PhotographResponse", fields: "Mapping[str, Field]", *, key: str, subject: str
) -> None:
    """Show the photograph, the maps of each layer, the strongest ones enlarged, and the answer.

    Args:
        sight: what the network makes of the photograph.
        fields: what the units of its layers see of it.
        key: Streamlit's key of the component.
        subject: changes whenever the network or the photograph does.
    """
    side = sight.pixels.shape[0]
    maps_view(
        [
            Stage("Photograph", values=sight.pixels),
            *(_stage(layer, fields[layer.maps.layer], side) for layer in sight.layers),
        ],
        key=key,
        subject=subject,
        answer=Answer(
            tuple(best.name for best in sight.best),
            np.array([best.probability for best in sight.best], np.float32),
        ),
    )


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


def _stage(layer: "LayerResponse", field: "Field", side: int) -> Stage:
    return Stage(
        layer.maps.role.capitalize(),
        layer.maps.layer,
        layer.maps.values,
        notes=sentences.sight(layer, field, side),
        fields={0: field.boxes[""]},
        strongest=_LARGE,
    )
