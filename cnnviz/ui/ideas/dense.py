"""Dense connectivity: what enters each layer, and how far gradients reach."""

import streamlit as st

from cnnviz.models.structure.convolution_arithmetic import Convolution
from cnnviz.ui.ideas.cache import reach
from cnnviz.ui.ideas.shared import lines, numbers, short

DEPTHS = (1, 2, 4, 8, 16, 24, 32)


def show() -> None:
    """Let growth and depth be chosen, count, and measure gradients."""
    a, b, c = st.columns(3)
    layers = a.slider("Layers", 1, 32, 12, key="dense_layers")
    growth = b.slider("Growth: channels each adds", 1, 48, 12, key="dense_growth")
    before = c.slider("Channels at the start", 1, 64, 24, key="dense_before")
    widths = [before + growth * i for i in range(layers + 1)]
    dense = [Convolution(width, growth, 3, padding="same", bias=False) for width in widths[:-1]]
    plain = [Convolution(widths[-1], widths[-1], 3, padding="same", bias=False)] * layers
    numbers(
        {
            "Connections": (f"{layers * (layers + 1) // 2}", f"{layers} · {layers + 1} / 2"),
            "Channels at the end": (f"{widths[-1]}", f"{before} + {layers} · {growth}"),
            "Parameters": (short(sum(c.parameters for c in dense)), "of the 3×3 convolutions"),
            "A plain stack that wide": (
                short(sum(c.parameters for c in plain)),
                f"{layers} convolutions of {widths[-1]} channels each",
            ),
        }
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**Channels that enter each layer**")
        lines(
            {
                "dense": (range(1, layers + 1), widths[:-1]),
                "plain, as wide as the end": (range(1, layers + 1), [widths[-1]] * layers),
            },
            x="layer",
            y="channels",
            key="dense_widths",
        )
    with right:
        st.markdown("**How much gradient reaches the first layer**")
        lines(
            {name: (DEPTHS, reach(name, DEPTHS, "PyTorch", 0)) for name in ("plain", "dense")},
            x="layers",
            y="gradient norm",
            key="dense_gradients",
            log=True,
        )
    st.caption(
        "Right: measured just now on 32 test digits with untrained stacks of 3×3 convolutions, 16 "
        "channels at the start and 4 more for each dense layer (Huang et al. 2017)."
    )
