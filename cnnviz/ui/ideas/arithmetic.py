"""Convolution arithmetic: the formula, the picture, and what cannot be."""

import streamlit as st

from cnnviz.models.structure.convolution_arithmetic import Convolution
from cnnviz.ui.components.component import component
from cnnviz.ui.ideas.shared import numbers

_GRID = component("patch_grid", beside=__file__)


def show() -> None:
    """Let the sizes be chosen, work the formula out, and draw which pixels each unit sees."""
    a, b, c, d, e = st.columns(5)
    size = a.slider("Input", 1, 16, 7, key="arithmetic_size")
    kernel = b.slider("Kernel", 1, 9, 3, key="arithmetic_kernel")
    stride = c.slider("Stride", 1, 5, 1, key="arithmetic_stride")
    dilation = d.slider("Dilation", 1, 4, 1, key="arithmetic_dilation")
    choices: list[int | str] = ["valid", "same", 1, 2, 3, 4]
    padding = e.selectbox("Padding", choices, key="arithmetic_padding")
    try:
        layer = Convolution(1, 1, kernel, stride, padding, dilation, bias=False)
        out = layer.output_size(size)
    except ValueError as error:
        st.error(f"This cannot be: {error}.", icon=":material/block:")
        return
    st.latex(
        r"o = \left\lfloor \frac{n + p_1 + p_2 - d\,(k - 1) - 1}{s}"
        r"\right\rfloor + 1"
    )
    st.markdown(f"With your numbers: **{layer.formula(size)}**")
    before, after = layer.sides
    seen = {i for place in range(out) for i in layer.taps(place) if 0 <= i < size}
    numbers(
        {
            "Output": (f"{out}×{out}", "units"),
            "Kernel spans": (f"{layer.extent}", f"pixels: {dilation} · ({kernel} - 1) + 1"),
            "Padding": (f"{before} + {after}", "p₁ rows before and p₂ after, and as many columns"),
            "Multiply-adds": (f"{layer.macs(size):,}", "for one channel in and one out"),
            "Rows never read": (
                f"{size - len(seen)}",
                "of the input: no unit of the output sees them",
            ),
        }
    )
    _GRID(
        key="arithmetic_grid",
        data={
            "size": size,
            "before": before,
            "after": after,
            "out": out,
            "taps": [layer.taps(place) for place in range(out)],
        },
    )
