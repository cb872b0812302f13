import streamlit as st

from cnnviz.ui.architecture.code_view import code_view
from cnnviz.ui.architecture.facts import facts, totals
from cnnviz.ui.architecture.graph_view import graph_view
from cnnviz.ui.architecture.layer_table import layer_table
from cnnviz.ui.architecture.volumes import volumes
from cnnviz.ui.cached import architectures
from cnnviz.ui.pickers.architecture import choose_architecture, choose_scale
from cnnviz.ui.pickers.view_switch import choose_key
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.parameters import ARCHITECTURE_VIEW

require_router()

VIEWS = {"graph": "Graph", "layers": "Layers", "code": "Code"}

st.title("Architecture")
choose, scale = st.columns([3, 2], vertical_alignment="bottom")
with choose:
    row = choose_architecture()
with scale:
    published = choose_scale(row)
name = row.published.name if row.published is not None and published else row.title
subject = f"{row.key}-{'published' if published else 'mnist'}"

facts(row, published=published)
warmup.wait()
found = architectures.structure(row.key, published=published)
totals(found)

st.subheader("The tensor on its way", anchor=False)
volumes(found.volumes, key="architecture_volumes")

view = choose_key("View", VIEWS, ARCHITECTURE_VIEW, label_visible=False)
if view == "graph":
    graph_view(found.graph, key="architecture_graph", subject=subject, size=found.input, title=name)
elif view == "layers":
    layer_table(found.count, name=subject)
else:
    code_view(row, published=published)

with st.expander("How to read this", icon=":material/help:"):
    st.markdown(
        "- **Boxes** are what one image becomes. Where the network branches, what comes out of "
        "the branches is one box; two branches that run beside each other to the end are two, one "
        "above the other. Point at a box for its values and bytes.\n"
        "- **The graph** shows modules, layers, and the operations between them. A **+** adds "
        "tensors, as a residual block does; **cat** puts the channels of branches beside each "
        "other; **×** is a gate, as in squeeze-and-excitation. Attention is two matrix products "
        "with a softmax between them. Orange lines are tensors that skip layers. Zoom in, and "
        "each line says the shape of its tensor.\n"
        "- **MACs** are multiply-accumulates; one is two floating-point operations. Publications "
        "often write FLOPs and mean MACs.\n"
        "- **Activations** are the outputs of all layers together; training keeps most of them "
        "for the backward pass, inference only the few that are still needed."
    )
