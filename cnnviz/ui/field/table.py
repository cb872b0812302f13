"""Receptive fields of a whole network, and of several against depth."""

import numpy as np
import streamlit as st

from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.plots.curves import Line, line_chart
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures
from cnnviz.ui.field.sentences import covered, field_table
from cnnviz.ui.pickers.image import Subject


def show(network: TrainedNetwork, subject: Subject, published: bool) -> None:
    """Show the table of one network, then the growth of several."""
    from cnnviz.inspection.receptive_field.fields import border_layer

    del subject  # fields do not depend on it
    row = network.architecture
    fields = architectures.every_field(row.key, published=published)
    side = architectures.input_size(row, published=published)
    table = field_table(fields, side)
    first = border_layer(fields)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= 20 else 500,
        column_config={
            "Share": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
        },
    )
    st.caption(
        (f"First layer that sees everything: {first}. " if first else "No layer sees everything. ")
        + f"Input {side[0]} × {side[1]}."
    )
    st.download_button(
        "Table as CSV",
        table.to_csv(index=False),
        file_name=f"{row.key}-receptive-fields.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.subheader("Size against depth", anchor=False)
    chosen = st.multiselect(
        "Architectures",
        list(CATALOGUE),
        default=[row.key],
        format_func=lambda key: architecture(key).title,
        key="field_rows",
        persist_state="session",
    )
    with st.spinner("Following every layer…"):
        lines = {architecture(key).title: _growth(key, published=published) for key in chosen}
    if lines:
        figure = line_chart(
            lines, x_title="layer, in the order in which they run", y_title="side that is seen"
        )
        figure.update_yaxes(title_text="side that the middle unit sees, pixels")
        st.plotly_chart(figure, key="field_growth", config={"displayModeBar": False})


def _growth(key: str, *, published: bool) -> Line:
    row = architecture(key)
    published = published and row.published is not None
    fields = architectures.every_field(key, published=published)
    side = architectures.input_size(row, published=published)
    gates = tuple(f"{gate}." for field in fields.values() for gate in field.gates)
    seen = [
        max(covered(field, side)[:2])
        for name, field in fields.items()
        if not name.startswith(gates)  # inside a gate all is seen, at any depth
    ]
    return np.arange(1, len(seen) + 1, dtype=np.float32), np.array(seen, np.float32)
