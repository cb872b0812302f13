"""Gradients through plain and residual stacks, measured."""

import streamlit as st

from cnnviz.ui.ideas.cache import reach
from cnnviz.ui.ideas.shared import lines, numbers

DEPTHS = (1, 2, 4, 8, 16, 24, 32, 48, 64)


def show() -> None:
    """Measure the gradient's norm at the first layer against the depth."""
    a, b = st.columns(2)
    start = a.segmented_control(
        "Initial weights",
        ["PyTorch", "He"],
        default="PyTorch",
        required=True,
        key="residual_start",
        help="PyTorch's default draws weights of variance 1 / (3 · fan-in); He et al. 2 / fan-in, "
        "which keeps the signal's size through plain ReLUs.",
    )
    seed = b.slider("Seed of the weights", 0, 9, 0, key="residual_seed")
    norms = {block: reach(block, DEPTHS, start, seed) for block in ("plain", "residual")}
    lines(
        {name: (DEPTHS, values) for name, values in norms.items()},
        x="layers",
        y="gradient norm at the first layer",
        key="residual_lines",
        log=True,
    )
    at = DEPTHS.index(32)
    numbers(
        {
            f"{name}, {DEPTHS[at]} layers": (
                f"{values[at]:.1e}",
                f"after one layer {values[0]:.1e}",
            )
            for name, values in norms.items()
        }
    )
    st.caption(
        "Measured just now: a stem and so many 3×3 convolutions of 16 channels, untrained, on 32 "
        "test digits; no batch normalization, which real networks add so that the residual sum "
        "does not grow either. A point that is missing is exactly zero: too small for a float32."
    )
