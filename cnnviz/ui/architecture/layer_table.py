"""A sortable table of a network's layers, with a CSV download."""

import pandas as pd
import streamlit as st

from cnnviz.models.structure.counts import Count, layers_to_csv, size_text
from cnnviz.ui.shell.glossary import with_common_terms


def layer_table(count: Count, *, name: str) -> None:
    """Show each layer's shapes, parameters and MACs, with totals and a CSV download.

    Args:
        count: of the network.
        name: of the file, without its extension.
    """
    st.dataframe(
        _rows(count),
        hide_index=True,
        height=560 if len(count.layers) > 14 else "content",
        column_config={
            "#": st.column_config.NumberColumn(help="Order of execution", width=44),
            "Layer": st.column_config.TextColumn(width=170),
            **{
                name: st.column_config.NumberColumn(format="localized")
                for name in ("Parameters", "MACs", "Activation bytes")
            },
            "Share of MACs": st.column_config.ProgressColumn(
                format="percent", min_value=0, max_value=1
            ),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Table as CSV",
            layers_to_csv(count),
            f"{name}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        idle = (
            f" {count.idle:,} parameters are not used in this forward pass." if count.idle else ""
        )
        st.markdown(
            f"**Total:** {count.parameters:,} parameters, {count.macs:,} MACs, "
            f"{count.activation_bytes:,} activation bytes.{idle}"
        )
    st.caption(
        with_common_terms(
            "Measured in a forward pass of one image. MACs are the multiply-accumulate operations "
            "of convolutions, linear layers and the matrix products of attention. A layer that is "
            "called twice is listed twice; its parameters are counted once."
        )
    )


def _rows(count: Count) -> pd.DataFrame:
    """Return one row per layer, in order of execution."""
    layers = count.layers
    return pd.DataFrame(
        {
            "#": range(1, len(layers) + 1),
            "Layer": [layer.name for layer in layers],
            "Kind": [layer.kind for layer in layers],
            "Kernel": [layer.kernel for layer in layers],
            "Stride": [layer.stride for layer in layers],
            "Padding": [layer.padding for layer in layers],
            "Input": [" + ".join(map(size_text, layer.inputs)) for layer in layers],
            "Output": [size_text(layer.output) for layer in layers],
            "Parameters": [layer.parameters for layer in layers],
            "MACs": [layer.macs for layer in layers],
            "Activation bytes": [layer.activation_bytes for layer in layers],
            "Share of MACs": [layer.share for layer in layers],
        }
    )
