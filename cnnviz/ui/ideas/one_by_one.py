"""The 1x1 convolution against the 3x3."""

import streamlit as st

from cnnviz.models.structure.convolution_arithmetic import BYTES, Convolution
from cnnviz.ui.ideas.shared import bars, numbers, short, table
from cnnviz.ui.shell.units import as_bytes


def show() -> None:
    """Let the channels and the size be chosen, and count both convolutions."""
    a, b, c = st.columns(3)
    before = a.select_slider("Channels in", [2**i for i in range(12)], 512, key="one_in")
    after = b.select_slider("Channels out", [2**i for i in range(12)], 64, key="one_out")
    size = c.slider("Height and width", 1, 224, 32, key="one_size")
    layers = {
        f"{k}×{k}": Convolution(before, after, k, padding="same", bias=False) for k in (1, 3, 5)
    }
    one, three = layers["1×1"], layers["3×3"]
    numbers(
        {
            "Parameters": (short(one.parameters), f"{before:,} · {after:,}, without biases"),
            "Multiply-adds": (short(one.macs(size)), f"{before:,} · {after:,} · {size}²"),
            "Against 3×3": ("1 / 9", "of the parameters and of the multiply-adds, at any size"),
            "Output": (
                as_bytes(one.output_bytes(size)),
                f"{after:,} · {size}² values of 4 bytes",
            ),
            "Input": (
                as_bytes(BYTES * before * size**2),
                f"{before:,} · {size}² values of 4 bytes",
            ),
        }
    )
    table(
        [
            {
                "Kernel": name,
                "Output": f"{after}×{size}×{size}",
                "Parameters": layer.parameters,
                "Multiply-adds": layer.macs(size),
                "Bytes of weights": BYTES * layer.parameters,
                "Bytes of output": layer.output_bytes(size),
                "Pixels that one unit sees": layer.kernel**2,
            }
            for name, layer in layers.items()
        ]
    )
    both = Convolution(after, before, 3, padding="same", bias=False)
    narrow = {
        "1×1 down": float(one.macs(size)),
        f"3×3 among {after}": float(
            Convolution(after, after, 3, padding="same", bias=False).macs(size)
        ),
        "1×1 back up": float(Convolution(after, before, 1, bias=False).macs(size)),
    }
    straight = Convolution(before, before, 3, padding="same", bias=False)
    st.markdown("**What it is for**: fewer channels first, then the large kernel among those.")
    bars(
        {
            f"3×3 among all {before}": {f"3×3 among {before}": float(straight.macs(size))},
            "bottleneck": narrow,
        },
        unit="multiply-adds",
        key="one_bars",
    )
    saved = straight.macs(size) / sum(narrow.values())
    st.caption(
        f"The bottleneck, as in ResNet-50, keeps {before} channels outside and does the 3×3 among "
        f"{after}: {saved:.1f} times fewer multiply-adds. A 3×3 convolution that also goes from "
        f"{before} to {after} takes {short(three.macs(size))}, one back {short(both.macs(size))}."
    )
