"""Depthwise separable against full convolution: MACs counted, time measured."""

from collections.abc import Mapping

import streamlit as st

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.models.structure.convolution.blocks import separable_layers
from cnnviz.ui.ideas.findings import depthwise_finding
from cnnviz.ui.ideas.metrics_and_charts import bars, metrics, table
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.glossary import with_common_terms

_BATCH = 16
_FULL, _PAIR = "full", ("depthwise", "1×1")


def depthwise_idea() -> None:
    """Count the chosen layer both ways, and time it on this machine."""
    a, b, c, d = st.columns(4)
    channels = [16, 32, 64, 128, 256, 512]
    channels_in = a.select_slider(
        "Channels in", channels, 128, key="depth_in", help="Channels that enter the layer."
    )
    channels_out = b.select_slider(
        "Channels out", channels, 128, key="depth_out", help="Channels that the layer puts out."
    )
    size = c.select_slider(
        "Height and width",
        [7, 14, 28, 56],
        28,
        key="depth_size",
        help="Of the layer's maps, in units.",
    )
    kernel = d.select_slider(
        "Kernel", [3, 5, 7], 3, key="depth_kernel", help="Height and width of the kernel."
    )
    layers = separable_layers(channels_in, channels_out, kernel)
    macs = {name: layer.macs(size) for name, layer in layers.items()}
    times = layer_milliseconds(channels_in, channels_out, size, kernel)
    separable_macs, separable_time = (sum(of[name] for name in _PAIR) for of in (macs, times))
    st.markdown(depthwise_finding(macs[_FULL] / separable_macs, times[_FULL] / separable_time))
    left, right = st.columns(2)
    with left:
        st.markdown("**MACs, counted**", help="Multiply-accumulate operations for one example.")
        _compare(macs, unit="MACs for one example", key="depth_macs")
    with right:
        st.markdown(
            "**Milliseconds, measured**",
            help=f"Median time for a batch of {_BATCH} on one thread of this machine.",
        )
        _compare(times, unit=f"ms for a batch of {_BATCH}", key="depth_times")
    _savings(layers[_FULL], macs, times)
    table(
        [
            {
                "Layer": name,
                "Parameters": layer.parameters,
                "MACs": macs[name],
                "MACs per byte": round(macs[name] / layer.bytes_moved(size), 1),
                "ms": round(times[name], 3),
                "GMAC/s": round(_BATCH * macs[name] / times[name] / 1e6, 1),
            }
            for name, layer in layers.items()
        ]
    )
    st.caption(
        with_common_terms(
            "Every input, weight and output is counted as moved once. The depthwise layer does few "
            "MACs per byte, so it is limited by memory bandwidth where the full convolution "
            "is limited by computation: MACs do not predict time across kinds of layers."
        )
    )


def _savings(full: Convolution, macs: Mapping[str, int], times: Mapping[str, float]) -> None:
    """Show how many times fewer MACs and milliseconds the separable layers take."""
    separable_time = sum(times[name] for name in _PAIR)
    metrics(
        {
            "MACs saved": (
                f"{macs[_FULL] / sum(macs[name] for name in _PAIR):.1f}×",
                f"1 / (1 / {full.out_channels} + 1 / {full.kernel}²)",
            ),
            "Time saved": (
                f"{times[_FULL] / separable_time:.1f}×",
                "measured just now, on one thread",
            ),
            "Full convolution": (f"{times[_FULL]:.2f} ms", f"a batch of {_BATCH}, median"),
            "Depthwise + 1×1": (
                f"{separable_time:.2f} ms",
                " + ".join(f"{times[name]:.2f} ms" for name in _PAIR),
            ),
        }
    )


def _compare(values: Mapping[str, float], *, unit: str, key: str) -> None:
    """Draw a bar for the full convolution and a stacked one for the two in its place."""
    separable = {name: float(values[name]) for name in _PAIR}
    bars({"full": {"full": float(values[_FULL])}, "separable": separable}, unit=unit, key=key)


@cached(spinner="Measuring…")
def layer_milliseconds(
    channels_in: int, channels_out: int, size: int, kernel: int
) -> dict[str, float]:
    """Return the milliseconds of the three layers for one batch."""
    from cnnviz.benchmark.separable_convolutions import convolution_times

    return convolution_times(
        separable_layers(channels_in, channels_out, kernel), size, batch=_BATCH
    )
