"""The exact receptive field of any unit, on the input and on the maps in between."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data.photographs import Crop, resize_and_crop
from cnnviz.models.catalog import Architecture
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.components.maps_view import Actions, Extent, MapStage, digit_stage, maps_view
from cnnviz.ui.components.receptive_fields import field_boxes
from cnnviz.ui.field.sentences import (
    border_sentence,
    layer_sentences,
    recurrence_table,
    rule_of_thumb,
    unit_sentence,
)
from cnnviz.ui.pickers import photograph
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import choose_layer
from cnnviz.ui.shell import address
from cnnviz.ui.shell.content_types import LayerUnit
from cnnviz.ui.shell.glossary import with_common_terms
from cnnviz.ui.shell.parameters import FIELD_UNIT

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import LayerActivation
    from cnnviz.inspection.receptive_field.fields import Field

_BETWEEN = 14  # maps at most between the input and the chosen layer
_FEW = 4  # of them that fit into one row
_MARGIN = 0.5  # share of the input's side that is shown beyond its border at most


def theoretical_field_view(network: TrainedNetwork, image: InputImage, published: bool) -> None:
    """Show the layers up to the chosen one, and the receptive fields of all their units."""
    row = network.architecture
    fields = architectures.every_field(row.key, published=published)
    side = architectures.input_height_width(row, published=published)
    layer = choose_layer(
        "Layer",
        {
            name: f"{name} · {field.kind} · {field.grid[0]} × {field.grid[1]}"
            for name, field in fields.items()
        },
        key="field_layer",
        default=(row.published if published and row.published else row).middle,
    )
    chosen = fields[layer]
    unit = _chosen_unit(chosen)
    st.markdown(f"{unit_sentence(chosen, unit, side)} Point at another unit to frame its field.")
    margin = _margin(chosen, side)
    names = layers_between(row, layer, published=published)
    if len(names) > _FEW + 1 and not st.toggle(
        f"All {len(names) - 1} maps in between",
        key="field_between",
        help=f"Otherwise {_FEW} of them, so that the layer stands beside the input.",
    ):
        names = thinned(names)
    maps_view(
        [
            _photograph(side, margin)
            if published
            else digit_stage(image.pixels, row.input_size, margin=margin),
            *_map_stages(network, image, names, published=published),
        ],
        key="field_boxes",
        subject=f"{network.key} {published} {layer} {hash(image.key)}",
        keep=(len(names), 0, *unit),
        actions=Actions(keep=partial(_remember_unit, layer, len(names)), keeps_pixels=False),
    )
    if published:
        photograph.link_to_page(row.key)
    with st.expander("How the size is calculated", icon=":material/calculate:"):
        _describe_field(fields, chosen, side)
        if chosen.path:
            _show_recurrence(chosen)


def _chosen_unit(field: "Field") -> tuple[int, int]:
    """Return row and column of the unit chosen in this layer, at first the one in the middle."""
    layer, _, row, column = address.read(FIELD_UNIT, LayerUnit()) or ("", 0, 0, 0)
    address.show_complaint(FIELD_UNIT)
    rows, columns = field.grid
    present = layer == field.layer and row < rows and column < columns
    return (row, column) if present else field.center


def _remember_unit(layer: str, stage: int, unit: tuple[int, int, int, int] | None) -> None:
    """Write the clicked unit into the address if it is of the chosen layer."""
    if unit is None or unit[0] == stage:
        address.write({FIELD_UNIT: None if unit is None else (layer, *unit[1:])})


def _map_stages(
    network: TrainedNetwork, image: InputImage, names: tuple[str, ...], *, published: bool
) -> list[MapStage]:
    """Return layers with the mean of their maps; a published network has no values."""
    fields = architectures.fields(
        network.architecture.key, names, ("", *names), published=published
    )
    runs = {} if published else _runs(network, image, names)
    return [
        MapStage(
            fields[name].kind,
            name,
            runs[name].mean_magnitude
            if name in runs
            else np.zeros((1, *fields[name].grid), np.float32),
            fields=field_boxes(fields[name], ["", *names]),
            whole=_whole(fields[name]),
            blank=name not in runs,
            summary=_average(len(runs[name].values)) if name in runs else "all channels",
        )
        for name in names
    ]


def _describe_field(fields: "Mapping[str, Field]", chosen: "Field", side: tuple[int, int]) -> None:
    from cnnviz.inspection.receptive_field.fields import border_layer

    first = border_layer(fields)
    st.markdown(" ".join([f"**{chosen.layer}**:", *layer_sentences(chosen, side, first)]))
    st.caption(f"{rule_of_thumb(chosen, side)} {border_sentence(first)}")


def _show_recurrence(field: "Field") -> None:
    st.markdown("**The recurrence for this layer**")
    st.dataframe(recurrence_table(field.path), hide_index=True, width="content")
    st.caption(
        with_common_terms(
            "r grows by (kernel − 1) · dilation · jump; the jump is multiplied by the stride. "
            "Start is the center of the first unit's receptive field, where 0 is the center of "
            "the first pixel. The numbers are those along rows."
        )
    )


def _photograph(side: tuple[int, int], margin: int) -> MapStage:
    """Return a photograph as the published network receives it."""
    current = photograph.current_photograph()
    if current is None or side[0] != side[1]:
        return MapStage("Input", "", np.zeros((1, *side), np.float32), margin=margin, blank=True)
    pixels = resize_and_crop(current.pixels, Crop(shorter=max(side) * 256 // 224, side=max(side)))
    return MapStage(current.title, values=pixels, margin=margin)


def say_without_weights(needs: str, row: Architecture) -> None:
    """Say that the view shows the network at MNIST scale, since the published one has no weights.

    Args:
        needs: subject and verb of what requires weights, such as "Gradients need".
        row: of the network.
    """
    st.info(
        f"{needs} weights, which the published network does not include: this is {row.title} at "
        "MNIST scale.",
        icon=":material/info:",
    )


def layers_between(row: Architecture, layer: str, *, published: bool) -> tuple[str, ...]:
    """Return the layers and blocks that are shown up to a layer, that one last.

    Args:
        row: of the network.
        layer: dotted name of one with a receptive field.
        published: whether the network is the published one.
    """
    names = list(architectures.every_field(row.key, published=published))
    modules = architectures.main_modules(row.key, _BETWEEN, published=published)
    between = [
        name
        for name in names[: names.index(layer)]
        if name in modules and not layer.startswith(f"{name}.")
    ]
    return (*between[-_BETWEEN:], layer)


def thinned(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a few of many layers, evenly spaced, and the last one."""
    *between, last = names
    step = (len(between) - 1) / (_FEW - 1)
    return (*(between[round(i * step)] for i in range(_FEW)), last)


def _average(channels: int) -> str:
    return f"average of all {channels} maps" if channels > 1 else "its only map"


def _runs(
    network: TrainedNetwork, image: InputImage, names: tuple[str, ...]
) -> "Mapping[str, LayerActivation]":
    """Return the layers' outputs, by name."""
    from cnnviz.inspection.activations.layer_activations import last_runs

    return last_runs(layer_outputs.activations(network, image.pixels, names=names))


def _whole(field: "Field") -> tuple[Extent, Extent] | None:
    if field.theoretical is None or field.jump is None or field.padding is None:
        return None
    rows, columns = zip(field.theoretical, field.jump, field.padding, strict=True)
    return rows, columns


def _margin(field: "Field", side: tuple[int, int]) -> int:
    """Return the number of pixels shown beyond the border, so that padding is visible."""
    if field.padding is None:
        return 0
    return min(max(*field.padding, 0), int(_MARGIN * max(side)))
