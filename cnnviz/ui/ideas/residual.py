"""Gradients through plain and residual stacks, measured."""

import streamlit as st

from cnnviz.ui.ideas.findings import residual_finding, vanished_finding
from cnnviz.ui.ideas.gradients import GRADIENT_DIGITS, choose_initialization, gradient_reach
from cnnviz.ui.ideas.metrics_and_charts import lines, metrics
from cnnviz.ui.shell.units import readable

RESIDUAL_DEPTHS = (1, 2, 4, 8, 16, 24, 32, 48, 64)
_EXAMPLE = 32  # layers


def residual_idea() -> None:
    """Show the gradient norm at the first layer by depth, with and without shortcuts."""
    a, b = st.columns(2)
    with a:
        initialization = choose_initialization(["PyTorch", "He"], key="residual_start")
    seed = b.slider(
        "Random seed",
        0,
        9,
        0,
        key="residual_seed",
        help="Fixes the initial weights: another seed shows how much depends on chance.",
    )
    norms = {
        block: gradient_reach(block, RESIDUAL_DEPTHS, initialization, seed)
        for block in ("plain", "residual")
    }
    plain, residual = (values[RESIDUAL_DEPTHS.index(_EXAMPLE)] for values in norms.values())
    vanished = [vanished_finding(block, RESIDUAL_DEPTHS, values) for block, values in norms.items()]
    st.markdown(" ".join([residual_finding(plain, residual, _EXAMPLE), *filter(None, vanished)]))
    lines(
        {block: (RESIDUAL_DEPTHS, values) for block, values in norms.items()},
        x="layers",
        y="gradient norm at the first layer",
        key="residual_lines",
        log=True,
    )
    metrics(
        {
            f"{block}, {_EXAMPLE} layers": (
                readable(values[RESIDUAL_DEPTHS.index(_EXAMPLE)]),
                f"{readable(values[0])} after one layer",
            )
            for block, values in norms.items()
        }
    )
    st.caption(
        "Measured just now: untrained stacks of a first convolution and this many 3×3 convolutions "
        f"of 16 channels, on {GRADIENT_DIGITS} test digits. There is no batch normalization, which "
        "real networks add so that the residual sum does not grow either."
    )
