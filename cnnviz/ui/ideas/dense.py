"""Dense connectivity: how many channels enter each layer, and how far gradients reach."""

from collections.abc import Sequence

import streamlit as st

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.models.structure.convolution.blocks import dense_block, plain_stack, total_parameters
from cnnviz.ui.ideas.findings import dense_finding
from cnnviz.ui.ideas.gradients import GRADIENT_DIGITS, gradient_reach
from cnnviz.ui.ideas.metrics_and_charts import lines, metrics, short

DENSE_DEPTHS = (1, 2, 4, 8, 16, 24, 32)


def dense_idea() -> None:
    """Count a dense block of the chosen size, and measure gradients."""
    a, b, c = st.columns(3)
    depth = a.slider(
        "Layers", 1, 32, 12, key="dense_layers", help="Number of convolutions in the block."
    )
    growth = b.slider(
        "Growth rate: channels added per layer",
        1,
        48,
        12,
        key="dense_growth",
        help="Each layer receives all channels before it and adds this many.",
    )
    start = c.slider(
        "Channels at the start",
        1,
        64,
        24,
        key="dense_before",
        help="Channels that enter the block.",
    )
    end = start + depth * growth
    block, stack = dense_block(start, growth, depth), plain_stack(end, depth)
    st.markdown(dense_finding(block, total_parameters(block), total_parameters(stack)))
    left, right = st.columns(2)
    with left:
        _widths(block, stack)
    with right:
        _gradients()
    metrics(
        {
            "Connections": (f"{depth * (depth + 1) // 2}", f"{depth} · {depth + 1} / 2"),
            "Channels at the end": (f"{end}", f"{start} + {depth} · {growth}"),
            "Parameters": (short(total_parameters(block)), "of the 3×3 convolutions"),
            "Plain stack": (
                short(total_parameters(stack)),
                f"parameters of {depth} convolutions of {end} channels each",
            ),
        }
    )
    st.caption(
        f"Right: measured just now on {GRADIENT_DIGITS} test digits with untrained stacks of 3×3 "
        "convolutions, 16 channels at the start and 4 more per dense layer (Huang et al. 2017)."
    )


def _widths(block: Sequence[Convolution], stack: Sequence[Convolution]) -> None:
    """Draw how many channels enter each layer."""
    st.markdown(
        "**Channels that enter each layer**",
        help="A dense layer receives the channels of all layers before it.",
    )
    layers = range(1, len(block) + 1)
    lines(
        {
            "dense": (layers, [layer.in_channels for layer in block]),
            "plain, as wide as the end": (layers, [layer.in_channels for layer in stack]),
        },
        x="layer",
        y="channels",
        key="dense_widths",
    )


def _gradients() -> None:
    """Draw the gradient norm at the first layer by depth."""
    st.markdown(
        "**Gradient that reaches the first layer**",
        help="Norm of the gradient at the weights of the first layer, by the number of layers; the "
        "smaller it is, the less the first layer learns.",
    )
    lines(
        {
            name: (DENSE_DEPTHS, gradient_reach(name, DENSE_DEPTHS, "PyTorch", 0))
            for name in ("plain", "dense")
        },
        x="layers",
        y="gradient norm",
        key="dense_gradients",
        log=True,
    )
