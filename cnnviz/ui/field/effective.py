"""What a unit really listens to, before and after training."""

import numpy as np
import streamlit as st

from cnnviz import networks
from cnnviz.catalogue import architecture
from cnnviz.networks import Network
from cnnviz.plots.curves import curves
from cnnviz.ui import cache
from cnnviz.ui.field.boxes import between
from cnnviz.ui.field.facts import both
from cnnviz.ui.layer_choice import choose_layer
from cnnviz.ui.maps_view import Stage, maps_view
from cnnviz.ui.subject import Subject


def show(network: Network, subject: Subject, published: bool) -> None:
    """Show the effective field of a layer's middle unit beside that of fresh weights."""
    del subject  # the mean is over many digits
    row = architecture(network.architecture)
    if published:
        st.info(
            "Gradients need weights, and the published network comes without them: this is "
            f"{row.title} at the scale of MNIST.",
            icon=":material/info:",
        )
    every = cache.every_field(row.key, published=False)
    choose, count = st.columns([3, 2], vertical_alignment="bottom")
    with choose:
        layer = choose_layer(
            "Layer",
            {name: f"{name} · {field.kind}" for name, field in every.items()},
            key="effective_layer",
            default=row.middle,
        )
    images = count.select_slider(
        "Test digits to average over", [1, 8, 16, 32, 64], 16, key="effective_count"
    )
    pair = {
        network.title: network,
        "Before any training": networks.fresh(row.key),
    }
    found = {title: cache.effective_field(one, layer, int(images)) for title, one in pair.items()}
    maps_view(
        [
            Stage(
                title,
                "" if i < 0 else f"{layer}, unit {field.unit[0]}, {field.unit[1]}",
                field.values[None],
                (
                    f"Side {field.side:.1f} pixels; 50% within {field.half} × {field.half}, "
                    f"95% within {field.most} × {field.most}.",
                ),
            )
            for i, (title, field) in enumerate(found.items())
        ],
        key="effective_maps",
        subject=f"{network.key} {layer} {images}",
        columns=2,
        tools=True,
    )
    one = next(iter(found.values()))
    st.caption(
        f"Mean over {one.count} {one.kind}. In theory a unit of this layer sees "
        f"{both(every[layer].theoretical, 'everything')} pixels a side."
    )
    if st.toggle("Every layer", key="effective_every", help="Takes some seconds, once."):
        _along(network, int(images))


def _along(network: Network, images: int) -> None:
    row = architecture(network.architecture)
    every = cache.every_field(row.key, published=False)
    spatial = [name for name, field in every.items() if field.grid != (1, 1)]
    names = between(row, spatial[-1], list(every), published=False)
    lines = {
        f"{title}: 95% of the mass": [cache.effective_field(one, n, images).most for n in names]
        for title, one in (
            (network.title, network),
            ("before training", networks.fresh(row.key)),
        )
    }
    lines["in theory, clipped"] = [
        min(max(every[n].theoretical or (row.input_size,)), row.input_size) for n in names
    ]
    x = np.arange(1, len(names) + 1, dtype=np.float32)
    figure = curves(
        {title: (x, np.array(ys, np.float32)) for title, ys in lines.items()},
        x_title="layer",
        y_title="side in pixels",
        markers=True,
    )
    figure.update_xaxes(tickvals=list(x), ticktext=list(names))
    st.plotly_chart(figure, key="effective_curves", config={"displayModeBar": False})
