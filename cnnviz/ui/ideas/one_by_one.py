"""The 1x1 convolution against larger kernels, and in a bottleneck."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.models.structure.convolution.arithmetic import BYTES, Convolution
from cnnviz.models.structure.convolution.blocks import bottleneck, total_macs
from cnnviz.ui.ideas.findings import bottleneck_finding
from cnnviz.ui.ideas.metrics_and_charts import bars, metrics, short, table
from cnnviz.ui.shell.glossary import with_common_terms
from cnnviz.ui.shell.units import as_bytes


def one_by_one_idea() -> None:
    """Count a 1x1 convolution of the chosen size, larger kernels, and a bottleneck."""
    a, b, c = st.columns(3)
    channels_in = a.select_slider(
        "Channels in",
        [2**i for i in range(12)],
        512,
        key="one_in",
        help="Channels that enter the layer.",
    )
    channels_out = b.select_slider(
        "Channels out",
        [2**i for i in range(12)],
        64,
        key="one_out",
        help="Channels that the layer puts out.",
    )
    size = c.slider(
        "Height and width", 1, 224, 32, key="one_size", help="Of the layer's maps, in units."
    )
    layers = {
        f"{kernel}×{kernel}": Convolution(
            channels_in, channels_out, kernel, padding="same", bias=False
        )
        for kernel in (1, 3, 5)
    }
    _bottleneck(channels_in, channels_out, size)
    _kernels(layers, size)
    _counts(layers["1×1"], size)


def _counts(layer: Convolution, size: int) -> None:
    """Show what the 1x1 convolution costs."""
    channels_in, channels_out = layer.in_channels, layer.out_channels
    metrics(
        {
            "Parameters": (
                short(layer.parameters),
                f"{channels_in:,} · {channels_out:,}, without biases",
            ),
            "MACs": (
                short(layer.macs(size)),
                f"{channels_in:,} · {channels_out:,} · {size}²",
            ),
            "Against 3×3": ("1 / 9", "of the parameters and of the MACs, at any size"),
            "Output": (
                as_bytes(layer.output_bytes(size)),
                f"{channels_out:,} · {size}² values of 4 bytes",
            ),
            "Input": (
                as_bytes(layer.input_bytes(size)),
                f"{channels_in:,} · {size}² values of 4 bytes",
            ),
        }
    )


def _kernels(layers: Mapping[str, Convolution], size: int) -> None:
    """Show a row of counts for each size of the kernel."""
    table(
        [
            {
                "Kernel": name,
                "Output": f"{layer.out_channels}×{size}×{size}",
                "Parameters": layer.parameters,
                "MACs": layer.macs(size),
                "Bytes of weights": BYTES * layer.parameters,
                "Bytes of output": layer.output_bytes(size),
                "Pixels seen by one unit": layer.kernel**2,
            }
            for name, layer in layers.items()
        ]
    )


def _bottleneck(channels: int, narrow: int, size: int) -> None:
    """Compare a 3x3 convolution among all channels with a bottleneck."""
    down, inner, up = bottleneck(channels, narrow)
    direct = Convolution(channels, channels, 3, padding="same", bias=False)
    reduced = total_macs((down, inner, up), size)
    st.markdown(bottleneck_finding(channels, narrow, direct.macs(size), reduced))
    bars(
        {
            f"3×3 on all {channels}": {f"3×3 on {channels}": float(direct.macs(size))},
            "bottleneck": {
                "1×1 down": float(down.macs(size)),
                f"3×3 on {narrow}": float(inner.macs(size)),
                "1×1 up": float(up.macs(size)),
            },
        },
        unit="MACs",
        key="one_bars",
    )
    st.caption(
        with_common_terms(
            f"The bottleneck, as in ResNet-50, has {channels} channels at both ends and applies "
            f"the 3×3 kernel to {narrow}; its third piece, “1×1 up”, restores "
            f"{channels}. Below: one layer from {channels} to {narrow} channels."
        )
    )
