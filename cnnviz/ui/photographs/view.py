"""A photograph's feature maps in a network, and the filters of the first layer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.inspection.photographs.filter_mosaic import filter_mosaic
from cnnviz.ui.components.maps_view import MapStage, PredictionBars, maps_view
from cnnviz.ui.photographs.sentences import (
    comparison_sentence,
    growth_sentence,
    response_figures,
    response_notes,
)

if TYPE_CHECKING:
    from cnnviz.inspection.photographs.layer_response import LayerResponse, PhotographResponse
    from cnnviz.inspection.receptive_field.fields import Field

_LARGE = 2  # channels of a layer that are shown once more, enlarged


def response_view(
    response: "PhotographResponse", fields: "Mapping[str, Field]", *, key: str, subject: str
) -> None:
    """Show the photograph, the maps of each layer, the strongest enlarged, and the prediction.

    Args:
        response: the network's response to the photograph.
        fields: the receptive fields of its layers.
        key: Streamlit's key of the component.
        subject: changes whenever the network or the photograph does.
    """
    layers = [(layer, fields[layer.maps.layer]) for layer in response.layers]
    compared = comparison_sentence(response.layers[0], response.layers[-1])
    st.markdown(f"{growth_sentence(layers)}{compared} Click a map to enlarge it.")
    notes = response_notes(response.layers)
    maps_view(
        [
            MapStage("Photograph", values=response.pixels),
            *(_stage(*pair, note) for pair, note in zip(layers, notes, strict=True)),
        ],
        key=key,
        subject=subject,
        answer=PredictionBars(
            tuple(best.name for best in response.best),
            np.array([best.probability for best in response.best], np.float32),
        ),
    )


def filters_view(filters: NDArray[np.uint8]) -> None:
    """Show the filters of the first layer, uint8, (C, h, w, 3), as one image."""
    st.image(filter_mosaic(filters))


def _stage(layer: "LayerResponse", field: "Field", note: str) -> MapStage:
    return MapStage(
        layer.maps.role.capitalize(),
        layer.maps.layer,
        layer.maps.values,
        notes=(note,),
        figures=response_figures(layer, field),
        fields={0: field.boxes[""]},
        strongest=_LARGE,
    )
