"""Receptive fields of all layers of a network, and their growth with depth."""

import numpy as np
import streamlit as st

from cnnviz.models.catalog import CATALOG, architecture
from cnnviz.plots.curves import Line, line_chart
from cnnviz.system.tables import inert
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.field.sentences import border_sentence, field_table, growth_sentence
from cnnviz.ui.pickers.image import InputImage

_COLUMNS = {  # what each column of the table holds
    "Kind": "Kind of the layer",
    "Map": "Rows and columns of the layer's map",
    "r": "Side of the receptive field in pixels, away from the border",
    "Jump": "Pixels between the receptive fields of neighboring units",
    "Padding": "Pixels by which the first unit's receptive field extends beyond the border",
    "Sees": "Rows and columns of the input that the central unit sees",
    "Share": "Share of the input that the central unit sees",
    "Whole input": "Whether the central unit sees the whole input",
    "Gates": "Gates that scale the map by the whole image; not counted in the field",
}


def field_table_view(network: TrainedNetwork, image: InputImage, published: bool) -> None:
    """Show one network's table, and the growth of the receptive field in several."""
    from cnnviz.inspection.receptive_field.fields import border_layer

    del image  # fields do not depend on it
    row = network.architecture
    fields = architectures.every_field(row.key, published=published)
    side = architectures.input_height_width(row, published=published)
    table = field_table(fields)
    st.markdown(growth_sentence(fields, border_layer(fields)))
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) <= 20 else 500,
        column_config={
            "Share": st.column_config.ProgressColumn(
                help=_COLUMNS["Share"], format="percent", min_value=0, max_value=1
            ),
            **{
                name: st.column_config.Column(help=text)
                for name, text in _COLUMNS.items()
                if name != "Share"
            },
        },
    )
    st.caption(f"{border_sentence(border_layer(fields))} Input {side[0]} × {side[1]}.")
    st.download_button(
        "Table as CSV",
        table.map(inert).to_csv(index=False),
        file_name=f"{row.key}-receptive-fields.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.subheader(
        "Size by depth",
        anchor=False,
        help="One line per network: how many pixels a side the central unit of each layer sees. "
        "Where a line is flat, further layers see no more of the input.",
    )
    chosen = st.multiselect(
        "Architectures",
        list(CATALOG),
        default=[row.key],
        format_func=lambda key: architecture(key).title,
        key="field_rows",
        persist_state="session",
        help="Networks whose receptive fields are drawn in the chart below.",
    )
    with st.spinner("Computing receptive fields…"):
        lines = {architecture(key).title: _growth(key, published=published) for key in chosen}
    if lines:
        figure = line_chart(
            lines,
            x_title="layer, in order of execution",
            y_title="side that the central unit sees (pixels)",
        )
        show_figure(figure, key="field_growth")


def _growth(key: str, *, published: bool) -> Line:
    """Return the side that the central unit sees in each layer outside gates, by depth."""
    from cnnviz.inspection.receptive_field.fields import outside_gates

    row = architecture(key)
    published = published and row.published is not None
    fields = architectures.every_field(key, published=published)
    sizes = [max(field.center_size) for field in outside_gates(fields).values()]
    return np.arange(1, len(sizes) + 1, dtype=np.float32), np.array(sizes, np.float32)
