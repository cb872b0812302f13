"""Depthwise separable against full convolution: multiply-adds predicted, time measured."""

import functools

import streamlit as st

from cnnviz.models.structure.convolution_arithmetic import BYTES, Convolution
from cnnviz.ui.ideas.shared import bars, numbers, table
from cnnviz.ui.shell.caching import cached

_BATCH = 16


def show() -> None:
    """Let the layer be chosen, count both ways, and time them on this machine."""
    a, b, c, d = st.columns(4)
    before = a.select_slider("Channels in", [16, 32, 64, 128, 256, 512], 128, key="depth_in")
    after = b.select_slider("Channels out", [16, 32, 64, 128, 256, 512], 128, key="depth_out")
    size = c.select_slider("Height and width", [7, 14, 28, 56], 28, key="depth_size")
    kernel = d.select_slider("Kernel", [3, 5, 7], 3, key="depth_kernel")
    full = Convolution(before, after, kernel, padding="same", bias=False)
    deep = Convolution(before, before, kernel, padding="same", groups=before, bias=False)
    point = Convolution(before, after, 1, bias=False)
    times = convolution_times(before, after, size, kernel)
    macs = {"full": full.macs(size), "depthwise": deep.macs(size), "1×1": point.macs(size)}
    saved = macs["full"] / (macs["depthwise"] + macs["1×1"])
    quicker = times["full"] / (times["depthwise"] + times["1×1"])
    numbers(
        {
            "Multiply-adds saved": (f"{saved:.1f}×", f"1 / (1 / {after} + 1 / {kernel}²)"),
            "Time saved": (f"{quicker:.1f}×", "measured just now, on one thread"),
            "Full convolution": (f"{times['full']:.2f} ms", f"a batch of {_BATCH}, median"),
            "Depthwise + 1×1": (
                f"{times['depthwise'] + times['1×1']:.2f} ms",
                f"{times['depthwise']:.2f} ms + {times['1×1']:.2f} ms",
            ),
        }
    )
    left, right = st.columns(2)
    with left:
        st.markdown("**Multiply-adds, counted**")
        separable = {"depthwise": float(macs["depthwise"]), "1×1": float(macs["1×1"])}
        bars(
            {"full": {"full": float(macs["full"])}, "separable": separable},
            unit="multiply-adds for one example",
            key="depth_macs",
        )
    with right:
        st.markdown("**Milliseconds, measured**")
        separable = {"depthwise": times["depthwise"], "1×1": times["1×1"]}
        bars(
            {"full": {"full": times["full"]}, "separable": separable},
            unit=f"ms for a batch of {_BATCH}",
            key="depth_times",
        )
    layers = {"full": full, "depthwise": deep, "1×1": point}
    table(
        [
            {
                "Layer": name,
                "Parameters": layer.parameters,
                "Multiply-adds": macs[name],
                "Multiply-adds per byte moved": round(macs[name] / _moved(layer, size), 1),
                "ms": round(times[name], 3),
                "GMAC/s": round(_BATCH * macs[name] / times[name] / 1e6, 1),
            }
            for name, layer in layers.items()
        ]
    )
    st.caption(
        "A byte is moved once for each input, weight and output. The depthwise layer does few "
        "multiply-adds for each byte, so it waits for memory where the full convolution computes: "
        "multiply-adds do not predict time across kinds of layers."
    )


def _moved(layer: Convolution, size: int) -> int:
    return BYTES * (layer.in_channels * size**2 + layer.parameters) + layer.output_bytes(size)


@cached(spinner="Measuring…")
def convolution_times(before: int, after: int, size: int, kernel: int) -> dict[str, float]:
    """Return milliseconds of the three layers for one batch, float32, channels last."""
    import torch
    from torch import nn

    from cnnviz.system.stopwatch import milliseconds

    x = torch.randn(_BATCH, before, size, size).to(memory_format=torch.channels_last)
    layers = {
        "full": nn.Conv2d(before, after, kernel, padding="same", bias=False),
        "depthwise": nn.Conv2d(before, before, kernel, padding="same", groups=before, bias=False),
        "1×1": nn.Conv2d(before, after, 1, bias=False),
    }
    found = {}
    with torch.inference_mode():
        for name, layer in layers.items():
            layer.to(memory_format=torch.channels_last)
            found[name] = milliseconds(functools.partial(layer, x))
    return found
