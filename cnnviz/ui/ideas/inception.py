"""An Inception module with and without the 1x1 reduction."""

import streamlit as st

from cnnviz.models.structure.convolution_arithmetic import BYTES, Convolution
from cnnviz.ui.ideas.shared import bars, numbers, short, table


def show() -> None:
    """Let the channels be chosen, and count the branches; the start is the paper's module 3a."""
    a, b, c, d = st.columns(4)
    before = a.slider("Channels in", 16, 832, 192, 16, key="inception_in")
    size = b.slider("Height and width", 4, 56, 28, key="inception_size")
    to_3 = c.slider("1×1 before the 3×3", 8, 192, 96, 8, key="inception_3")
    to_5 = d.slider("1×1 before the 5×5", 4, 48, 16, 4, key="inception_5")
    reduced = {
        "1×1": [Convolution(before, 64, 1)],
        "3×3": [Convolution(before, to_3, 1), Convolution(to_3, 128, 3, padding="same")],
        "5×5": [Convolution(before, to_5, 1), Convolution(to_5, 32, 5, padding="same")],
        "pool": [Convolution(before, 32, 1)],
    }
    naive = {
        "1×1": [Convolution(before, 64, 1)],
        "3×3": [Convolution(before, 128, 3, padding="same")],
        "5×5": [Convolution(before, 32, 5, padding="same")],
        "pool": [],
    }
    modules = {"with 1×1 reduction": reduced, "without": naive}
    macs = {
        name: {branch: float(sum(c.macs(size) for c in layers)) for branch, layers in m.items()}
        for name, m in modules.items()
    }
    parameters = {
        name: sum(c.parameters for layers in m.values() for c in layers)
        for name, m in modules.items()
    }
    wide = 64 + 128 + 32  # channels of the branches that convolve in both
    ratio = sum(macs["without"].values()) / sum(macs["with 1×1 reduction"].values())
    numbers(
        {
            "Multiply-adds": (
                short(sum(macs["with 1×1 reduction"].values())),
                f"without the reduction {short(sum(macs['without'].values()))}",
            ),
            "Saved": (f"{ratio:.2f}×", "multiply-adds without the reduction over those with it"),
            "Parameters": (
                short(parameters["with 1×1 reduction"]),
                f"without the reduction {short(parameters['without'])}",
            ),
            "Channels out": (
                f"{wide + 32}",
                f"64 + 128 + 32 + 32; without a 1×1 after the pooling {wide + before}",
            ),
        }
    )
    bars(macs, unit="multiply-adds", key="inception_bars")
    table(
        [
            {
                "Module": name,
                "Branch": branch,
                "Layers": " → ".join(f"{c.kernel}×{c.kernel}, {c.out_channels}" for c in layers)
                or "pooling only",
                "Parameters": sum(c.parameters for c in layers),
                "Multiply-adds": sum(c.macs(size) for c in layers),
                "Bytes of outputs": sum(BYTES * c.out_channels * size**2 for c in layers),
            }
            for name, m in modules.items()
            for branch, layers in m.items()
        ]
    )
    st.caption(
        "It starts at module 3a of GoogLeNet (Szegedy et al. 2014). Pooling keeps the channels "
        "that come in, so without a 1×1 after it each module is wider than the one before."
    )
