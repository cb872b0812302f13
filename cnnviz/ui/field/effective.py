"""The effective receptive field of a layer, before and after training."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data.mnist import Digits, mixed_indices
from cnnviz.plots.curves import line_chart
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs, loading
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.components.maps_view import MapStage, maps_view
from cnnviz.ui.field.boxes import layers_between, say_without_weights
from cnnviz.ui.field.sentences import effective_sentence
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import choose_layer, chosen_channel, remember_channel
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.units import format_pair

if TYPE_CHECKING:
    from cnnviz.inspection.receptive_field.effective import EffectiveField

_CHANNEL = "effective_channel"


@cached
def effective_field(
    network: TrainedNetwork,
    digits: Digits,
    layer: str,
    count: int,
    channel: int | None = None,
) -> "EffectiveField":
    """Return the effective receptive field of a layer's central unit over test digits.

    Args:
        network: trained or untrained.
        digits: source of the test digits, of all classes in turn.
        layer: dotted name.
        count: number of test digits.
        channel: of the layer; None for the sum over all channels.
    """
    from cnnviz.inspection.receptive_field.effective import effective_field

    loaded = loading.model(network)
    x = loaded.input(digits.test_images[mixed_indices(digits, count)])  # (N, C, H, W)
    kind = f"test digits ({digits.source})"
    return effective_field(loaded, x, layer, channel=channel, kind=kind)


def effective_field_view(network: TrainedNetwork, image: InputImage, published: bool) -> None:
    """Show the effective receptive field of a layer's central unit, trained and untrained."""
    row = network.architecture
    if published:
        say_without_weights("Gradients need", row)
    fields = architectures.every_field(row.key, published=False)
    choose, which, count = st.columns([3, 2, 2], vertical_alignment="bottom")
    with choose:
        layer = choose_layer(
            "Layer",
            {name: f"{name} · {field.kind}" for name, field in fields.items()},
            key="effective_layer",
            default=row.middle,
        )
    with which:
        channel = _choose_channel(network, image, layer)
    images = count.select_slider(
        "Test digits to average",
        [1, 8, 16, 32, 64],
        16,
        key="effective_count",
        help="More digits give a smoother field and take longer.",
    )
    digits = loading.digits()
    effective = {
        title: effective_field(weights, digits, layer, int(images), channel)
        for title, weights in _trained_and_untrained(network).items()
    }
    trained, untrained = effective.values()
    st.markdown(effective_sentence(fields[layer], trained, untrained.half))
    maps_view(
        [
            MapStage(
                title,
                f"{layer}, unit {field.unit[0]}, {field.unit[1]}",
                field.values[None],
                figures=(_size_sentence(field),),
                summary="average reaction",
            )
            for title, field in reversed(effective.items())  # training leads to the trained one
        ],
        key="effective_maps",
        subject=f"{network.key} {network.version} {layer} {channel} {images}",
        columns=2,
        tools=True,
    )
    channels = "all channels together" if channel is None else f"channel {channel}"
    st.caption(
        f"Mean over {trained.count} {trained.kind}, of {channels}. Side of the theoretical "
        f"receptive field: {format_pair(fields[layer].theoretical, 'unbounded')}."
    )
    if st.toggle("Every layer", key="effective_every", help="Takes a few seconds the first time."):
        _size_by_depth(network, int(images))


def _trained_and_untrained(network: TrainedNetwork) -> dict[str, TrainedNetwork]:
    """Return a network and its untrained version, by title."""
    return {
        network.title: network,
        "Untrained": networks.untrained(network.architecture_key),
    }


def _choose_channel(network: TrainedNetwork, image: InputImage, layer: str) -> int | None:
    """Return the channel that the user chooses, at first the one chosen on another page."""
    from cnnviz.inspection.activations.layer_activations import last_runs

    runs = last_runs(layer_outputs.activations(network, image.pixels, names=(layer,)))
    count = len(runs[layer].values) if layer in runs else 0
    st.session_state[_CHANNEL] = chosen_channel(count) if count else None
    channel: int | None = st.selectbox(
        f"Channel (of {count})",
        [None, *range(count)],
        format_func=lambda channel: "all channels" if channel is None else str(channel),
        placeholder="all channels",  # Streamlit takes None for no choice
        key=_CHANNEL,
        on_change=lambda: remember_channel(st.session_state[_CHANNEL]),
        help="The channel whose central unit is differentiated; all of them are added up "
        "otherwise.",
    )
    return channel


def _size_sentence(field: "EffectiveField") -> str:
    """Return the sizes of an effective field, or why it has none."""
    if not field.values.any():
        return "No pixel changes it: the unit is inactive on all of these digits."
    return (
        f"Side {field.side:.1f} pixels; 50% within {field.half} × {field.half}, "
        f"95% within {field.most} × {field.most}."
    )


def _size_by_depth(network: TrainedNetwork, images: int) -> None:
    """Show the size of the effective and the theoretical receptive field of each layer."""
    row = network.architecture
    fields = architectures.every_field(row.key, published=False)
    spatial = [name for name, field in fields.items() if field.grid != (1, 1)]
    names = layers_between(row, spatial[-1], published=False)
    digits = loading.digits()
    lines = {
        f"{title}: 95% of the mass": [
            effective_field(weights, digits, name, images).most for name in names
        ]
        for title, weights in _trained_and_untrained(network).items()
    }
    lines["theoretical, clipped at the border"] = [
        min(max(fields[name].theoretical or (row.input_size,)), row.input_size) for name in names
    ]
    x = np.arange(1, len(names) + 1, dtype=np.float32)
    figure = line_chart(
        {title: (x, np.array(ys, np.float32)) for title, ys in lines.items()},
        x_title="layer",
        y_title="side (pixels)",
        markers=True,
        x_names=names,
    )
    show_figure(figure, key="effective_curves")
