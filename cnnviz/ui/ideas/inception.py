"""An Inception module with and without the 1x1 reduction."""

import streamlit as st

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.models.structure.convolution.blocks import (
    Branches,
    channels_out,
    inception_module,
    naive_inception_module,
    total_macs,
    total_parameters,
)
from cnnviz.ui.ideas.findings import inception_finding
from cnnviz.ui.ideas.metrics_and_charts import bars, metrics, short, table
from cnnviz.ui.shell.glossary import with_common_terms

_REDUCED, _NAIVE = "with 1×1 reduction", "without"


def inception_idea() -> None:
    """Count the branches for the chosen channels; the defaults are the paper's module 3a."""
    a, b, c, d = st.columns(4)
    channels_in = a.slider(
        "Channels in", 16, 832, 192, 16, key="inception_in", help="Channels that enter the module."
    )
    size = b.slider(
        "Height and width", 4, 56, 28, key="inception_size", help="Of the module's maps, in units."
    )
    before_3x3 = c.slider(
        "1×1 before the 3×3",
        8,
        192,
        96,
        8,
        key="inception_3",
        help="Channels to which a 1×1 convolution reduces the input of the 3×3 convolution.",
    )
    before_5x5 = d.slider(
        "1×1 before the 5×5",
        4,
        48,
        16,
        4,
        key="inception_5",
        help="Channels to which a 1×1 convolution reduces the input of the 5×5 convolution.",
    )
    reduced = inception_module(channels_in, before_3x3, before_5x5)
    naive = naive_inception_module(channels_in)
    layers, naive_layers = _layers(reduced), _layers(naive)
    st.markdown(inception_finding(total_macs(naive_layers, size), total_macs(layers, size)))
    modules = {_REDUCED: reduced, _NAIVE: naive}
    bars(
        {
            name: {branch: float(total_macs(layers, size)) for branch, layers in branches.items()}
            for name, branches in modules.items()
        },
        unit="MACs",
        key="inception_bars",
    )
    _totals(reduced, naive, channels_in, size)
    table([row for name, branches in modules.items() for row in _branch_rows(name, branches, size)])
    st.caption(
        with_common_terms(
            "The defaults are module 3a of GoogLeNet (Szegedy et al. 2014). Pooling keeps all "
            "input channels, so without a 1×1 convolution after it each module is wider than the "
            "one before."
        )
    )


def _layers(branches: Branches) -> list[Convolution]:
    return [layer for branch in branches.values() for layer in branch]


def _totals(reduced: Branches, naive: Branches, channels_in: int, size: int) -> None:
    """Show the counts of the whole module with the reduction, and without it for comparison."""
    layers, naive_layers = _layers(reduced), _layers(naive)
    macs, naive_macs = total_macs(layers, size), total_macs(naive_layers, size)
    metrics(
        {
            "MACs": (short(macs), f"{short(naive_macs)} without the reduction"),
            "Saved": (
                f"{naive_macs / macs:.2f}×",
                "MACs without the reduction divided by those with it",
            ),
            "Parameters": (
                short(total_parameters(layers)),
                f"{short(total_parameters(naive_layers))} without the reduction",
            ),
            "Channels out": (
                f"{channels_out(reduced, channels_in)}",
                f"64 + 128 + 32 + 32; {channels_out(naive, channels_in)} without a 1×1 "
                "after the pooling",
            ),
        }
    )


def _branch_rows(module: str, branches: Branches, size: int) -> list[dict[str, object]]:
    """Return a row of counts for each branch of a module."""
    return [
        {
            "Module": module,
            "Branch": branch,
            "Layers": " → ".join(
                f"{layer.kernel}×{layer.kernel}, {layer.out_channels}" for layer in layers
            )
            or "pooling only",
            "Parameters": total_parameters(layers),
            "MACs": total_macs(layers, size),
            "Bytes of outputs": sum(layer.output_bytes(size) for layer in layers),
        }
        for branch, layers in branches.items()
    ]
