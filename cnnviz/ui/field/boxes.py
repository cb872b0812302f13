"""The exact box of any unit, on the input and on every map in between."""

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.photographs import Crop, resize_and_crop
from cnnviz.models.catalogue import Architecture
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.components.maps_view import Extent, Stage, digit_stage, maps_view
from cnnviz.ui.field.sentences import recurrence_table, rule_of_thumb, sentences
from cnnviz.ui.inside.shared import boxes, last_runs
from cnnviz.ui.pickers import photograph
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.layer import choose_layer

if TYPE_CHECKING:
    from cnnviz.inspection.receptive_field.fields import Field

_BETWEEN = 14  # maps at most between the input and the chosen layer
_MARGIN = 0.5  # of the input's side, at most, is shown beyond its border


def show(network: TrainedNetwork, subject: Subject, published: bool) -> None:
    """Show the way from the input to the chosen layer, every unit with its boxes."""
    from cnnviz.inspection.receptive_field.fields import border_layer

    row = network.architecture
    every = architectures.every_field(row.key, published=published)
    side = architectures.input_size(row, published=published)
    named = row.published if published and row.published else row
    layer = choose_layer(
        "Layer",
        {
            name: f"{name} · {field.kind} · {field.grid[0]} × {field.grid[1]}"
            for name, field in every.items()
        },
        key="field_layer",
        default=named.middle,
    )
    names = between(row, layer, list(every), published=published)
    fields = architectures.fields(row.key, names, ("", *names), published=published)
    values = {} if published else _means(network, subject, names)
    chosen = every[layer]
    margin = _margin(chosen, side)
    image = (
        _photograph(side, margin)
        if published
        else digit_stage(subject.image, row.input_size, margin=margin)
    )
    shown = ["", *names]
    maps_view(
        [
            image,
            *(
                Stage(
                    every[name].kind,
                    name,
                    values.get(name, np.zeros((1, *fields[name].grid), np.float32)),
                    fields=boxes(fields[name], shown),
                    whole=_whole(fields[name]),
                    blank=name not in values,
                )
                for name in names
            ),
        ],
        key="field_boxes",
        subject=f"{network.key} {published} {layer} {hash(subject.key)}",
        keep=(len(names), 0, *chosen.center),
    )
    first = border_layer(every)
    st.markdown(" ".join([f"**{layer}**:", *sentences(chosen, side, first)]))
    st.caption(
        f"{rule_of_thumb(chosen, side)} "
        + (f"First layer that sees everything: {first}." if first else "No layer sees everything.")
    )
    if published:
        photograph.offer_page(row.key)
    if chosen.path:
        st.subheader("The recurrence, with this network's numbers", anchor=False)
        st.dataframe(recurrence_table(chosen.path), hide_index=True, width="content")
        st.caption(
            "r grows by (kernel − 1) · dilation · jump, the jump by the stride. Start is the "
            "middle of the first unit's field, the first pixel's middle being 0. Along rows."
        )


def _photograph(side: tuple[int, int], margin: int) -> Stage:
    """Return a photograph as the published network would receive it."""
    found = photograph.current()
    if found is None or side[0] != side[1]:
        return Stage("Input", "", np.zeros((1, *side), np.float32), margin=margin, blank=True)
    pixels = resize_and_crop(found.pixels, Crop(shorter=max(side) * 256 // 224, side=max(side)))
    return Stage(found.title, values=pixels, margin=margin)


def between(row: Architecture, layer: str, every: list[str], *, published: bool) -> tuple[str, ...]:
    """Return the layers and blocks to show on the way to a layer, that one last."""
    from cnnviz.inspection.activations.layer_activations import cut

    model = row.published.build() if published and row.published else row.build()
    wanted = {*cut(model, _BETWEEN), layer}
    upto = every[: every.index(layer) + 1]
    found = [name for name in upto if name in wanted and not layer.startswith(f"{name}.")]
    return (*found[:-1][-_BETWEEN:], layer)


def _means(
    network: TrainedNetwork, subject: Subject, names: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """Return the mean distance from zero over each layer's channels, (1, H, W)."""
    found = last_runs(layer_outputs.activations(network, subject.image, names=names))
    return {name: np.abs(a.values).mean(axis=0, keepdims=True) for name, a in found.items()}


def _whole(field: "Field") -> tuple[Extent, Extent] | None:
    if field.theoretical is None or field.jump is None or field.padding is None:
        return None
    rows, columns = zip(field.theoretical, field.jump, field.padding, strict=True)
    return rows, columns


def _margin(field: "Field", side: tuple[int, int]) -> int:
    """Return how much to show beyond the border, so that padding can be seen."""
    if field.padding is None:
        return 0
    return min(max(*field.padding, 0), int(_MARGIN * max(side)))
