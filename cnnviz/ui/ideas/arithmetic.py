"""Convolution arithmetic: the formula for the output size, and which pixels each unit sees."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.ui.components.component import component
from cnnviz.ui.ideas.findings import arithmetic_finding
from cnnviz.ui.ideas.metrics_and_charts import metrics

_GRID = component("patch_grid", beside=__file__)

_PADDINGS: Mapping[int | str, str] = {
    "valid": "valid (no padding)",
    "same": "same (keeps the size)",
}


def arithmetic_idea() -> None:
    """Show the formula, the resulting numbers and a grid for the chosen convolution."""
    size, arguments = _controls()
    try:
        layer = Convolution(1, 1, bias=False, **arguments)
        output_size = layer.output_size(size)
    except ValueError as error:
        st.error(f"Not possible: {error}.", icon=":material/block:")
        return
    st.markdown(arithmetic_finding(layer, size))
    _formula(layer, size)
    before, after = layer.sides
    _GRID(
        key="arithmetic_grid",
        data={
            "size": size,
            "before": before,
            "after": after,
            "out": output_size,
            "taps": [layer.taps(row) for row in range(output_size)],
        },
    )
    metrics(
        {
            "Output": (f"{output_size}×{output_size}", "units"),
            "Kernel span": (
                f"{layer.extent}",
                f"pixels: {layer.dilation} · ({layer.kernel} - 1) + 1",
            ),
            "Padding": (
                f"{before} + {after}",
                "p₁ rows above and p₂ below; columns left and right likewise",
            ),
            "MACs": (f"{layer.macs(size):,}", "for one input and one output channel"),
            "Unused rows": (
                f"{layer.unread_rows(size)}",
                "input rows that no output unit sees",
            ),
        }
    )


def _formula(layer: Convolution, size: int) -> None:
    """Show the formula for the output size, what its letters mean, and the chosen numbers in it."""
    st.latex(
        r"o = \left\lfloor \frac{n + p_1 + p_2 - d\,(k - 1) - 1}{s}"
        r"\right\rfloor + 1"
    )
    st.caption(
        "o: size of the output; n: of the input; k: of the kernel; p₁ and p₂: rows of padding "
        "above and below; d: dilation; s: stride. The brackets ⌊ ⌋ round down."
    )
    st.markdown(f"With your numbers: **{layer.formula(size)}**")


def _controls() -> tuple[int, dict[str, Any]]:
    """Return the chosen size of the input, and the arguments of the convolution."""
    columns = st.columns(5)
    size = columns[0].slider(
        "Input", 1, 16, 7, key="arithmetic_size", help="Height and width of the input, n."
    )
    kernel = columns[1].slider(
        "Kernel", 1, 9, 3, key="arithmetic_kernel", help="Height and width of the kernel, k."
    )
    stride = columns[2].slider(
        "Stride",
        1,
        5,
        1,
        key="arithmetic_stride",
        help="How many pixels the kernel moves from one output to the next, s.",
    )
    dilation = columns[3].slider(
        "Dilation",
        1,
        4,
        1,
        key="arithmetic_dilation",
        help="Distance between neighboring weights of the kernel, d; 1 for no gaps.",
    )
    paddings: list[int | str] = ["valid", "same", 1, 2, 3, 4]
    padding = columns[4].selectbox(
        "Padding",
        paddings,
        format_func=lambda choice: _PADDINGS.get(choice, str(choice)),
        key="arithmetic_padding",
        help="Zeros around the input: none (valid), as many as keep the size (same), or a "
        "number on each side.",
    )
    return size, {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
