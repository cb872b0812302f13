"""The tensor shapes of a forward pass, as one line and as a table."""

import pandas as pd
import streamlit as st

from cnnviz.models.catalog import Architecture
from cnnviz.ui.cached import architectures

_LONG = 30  # layers; a longer table scrolls


def shapes_table(row: Architecture) -> None:
    """Show the output shape of each layer of an architecture at MNIST scale."""
    shapes, line = architectures.shapes(row.key)
    st.code(line, language=None, wrap_lines=True)
    st.dataframe(
        pd.DataFrame(
            {
                "Layer": [shape.layer for shape in shapes],
                "Kind": [shape.kind for shape in shapes],
                "Output": [str(shape) for shape in shapes],
                "Parameters": [shape.parameters for shape in shapes],
            }
        ),
        hide_index=True,
        height="content" if len(shapes) <= _LONG else 600,
        width="content",
        column_config={
            "Layer": st.column_config.TextColumn(width="medium"),
            "Parameters": st.column_config.NumberColumn(format="localized"),
        },
    )
    total = sum(shape.parameters for shape in shapes)
    st.caption(
        f"Measured in a forward pass of {row.title}; N is the batch size. "
        f"{total:,} parameters. {row.note}"
    )
