"""What a unit really listens to, before and after training."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data.mnist import Digits, mixed_indices
from cnnviz.plots.curves import line_chart
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs, loading
from cnnviz.ui.components.maps_view import Stage, maps_view
from cnnviz.ui.field.boxes import between
from cnnviz.ui.field.sentences import both
from cnnviz.ui.inside.shared import last_runs
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.layer import choose_layer, chosen_channel, remember_channel
from cnnviz.ui.shell.caching import cached

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
    """Return what the middle unit of a layer listens to, over the first mixed test digits.

    Args:
        network: trained or not.
        digits: to take the test digits from.
        layer: dotted name.
        count: of the digits.
        channel: of the layer; None for the sum over all.
    """
    from cnnviz.inspection.receptive_field.effective import effective_field

    loaded, last = loading.model(network), network.architecture.channels_last
    x = loaded.input(digits.test_images[mixed_indices(digits, count)])  # (N, C, H, W)
    kind = f"test digits ({digits.source})"
    return effective_field(loaded.model, x, layer, channel=channel, channels_last=last, kind=kind)


def show(network: TrainedNetwork, subject: Subject, published: bool) -> None:
    """Show the effective field of a layer's middle unit beside that of fresh weights."""
    row = network.architecture
    if published:
        st.info(
            "Gradients need weights, and the published network comes without them: this is "
            f"{row.title} at the scale of MNIST.",
            icon=":material/info:",
        )
    every = architectures.every_field(row.key, published=False)
    choose, which, count = st.columns([3, 2, 2], vertical_alignment="bottom")
    with choose:
        layer = choose_layer(
            "Layer",
            {name: f"{name} · {field.kind}" for name, field in every.items()},
            key="effective_layer",
            default=row.middle,
        )
    with which:
        channel = _choose_channel(network, subject, layer)
    images = count.select_slider(
        "Test digits to average over", [1, 8, 16, 32, 64], 16, key="effective_count"
    )
    pair = {
        network.title: network,
        "Before any training": networks.untrained(row.key),
    }
    digits = loading.digits()
    found = {
        title: effective_field(one, digits, layer, int(images), channel)
        for title, one in pair.items()
    }
    maps_view(
        [
            Stage(
                title,
                f"{layer}, unit {field.unit[0]}, {field.unit[1]}",
                field.values[None],
                (_in_words(field),),
            )
            for title, field in found.items()
        ],
        key="effective_maps",
        subject=f"{network.key} {network.version} {layer} {channel} {images}",
        columns=2,
        tools=True,
    )
    one = next(iter(found.values()))
    st.caption(
        f"Mean over {one.count} {one.kind}, of "
        + ("all channels together" if channel is None else f"channel {channel}")
        + ". In theory a unit of this layer sees "
        f"{both(every[layer].theoretical, 'everything')} pixels a side."
    )
    if st.toggle("Every layer", key="effective_every", help="Takes some seconds, once."):
        _along(network, int(images))


def _choose_channel(network: TrainedNetwork, subject: Subject, layer: str) -> int | None:
    """Return the channel that the user chooses, at first the one that was chosen elsewhere."""
    runs = last_runs(layer_outputs.activations(network, subject.image, names=(layer,)))
    count = len(runs[layer].values) if layer in runs else 0
    st.session_state[_CHANNEL] = chosen_channel(count) if count else None
    found: int | None = st.selectbox(
        f"Channel (of {count})",
        [None, *range(count)],
        format_func=lambda channel: "all together" if channel is None else str(channel),
        key=_CHANNEL,
        on_change=lambda: remember_channel(st.session_state[_CHANNEL]),
    )
    return found


def _in_words(field: "EffectiveField") -> str:
    """Return the sizes of a field, or why it has none."""
    if not field.values.any():
        return "No pixel changes it: the unit is off for all of these digits."
    return (
        f"Side {field.side:.1f} pixels; 50% within {field.half} × {field.half}, "
        f"95% within {field.most} × {field.most}."
    )


def _along(network: TrainedNetwork, images: int) -> None:
    row = network.architecture
    every = architectures.every_field(row.key, published=False)
    spatial = [name for name, field in every.items() if field.grid != (1, 1)]
    names = between(row, spatial[-1], list(every), published=False)
    digits = loading.digits()
    lines = {
        f"{title}: 95% of the mass": [effective_field(one, digits, n, images).most for n in names]
        for title, one in (
            (network.title, network),
            ("before training", networks.untrained(row.key)),
        )
    }
    lines["in theory, clipped"] = [
        min(max(every[n].theoretical or (row.input_size,)), row.input_size) for n in names
    ]
    x = np.arange(1, len(names) + 1, dtype=np.float32)
    figure = line_chart(
        {title: (x, np.array(ys, np.float32)) for title, ys in lines.items()},
        x_title="layer",
        y_title="side in pixels",
        markers=True,
    )
    figure.update_xaxes(tickvals=list(x), ticktext=list(names))
    st.plotly_chart(figure, key="effective_curves", config={"displayModeBar": False})
