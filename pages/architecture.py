import streamlit as st

from cnnviz.ui.architecture.code_view import code_view
from cnnviz.ui.architecture.facts import facts, totals
from cnnviz.ui.architecture.graph_view import graph_view
from cnnviz.ui.architecture.heaviest_layers import heaviest_layers
from cnnviz.ui.architecture.layer_table import layer_table
from cnnviz.ui.architecture.node_panel import node_panel
from cnnviz.ui.architecture.volumes import volumes
from cnnviz.ui.cached import architectures
from cnnviz.ui.pickers.architecture import choose_architecture, choose_scale
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell import warmup
from cnnviz.ui.shell.glossary import how_to_read
from cnnviz.ui.shell.navigation import require_router
from cnnviz.ui.shell.page_title import page_title
from cnnviz.ui.shell.parameters import ARCHITECTURE_VIEW
from cnnviz.ui.teaching.predict_first import predict_first, shipped_classifier
from cnnviz.ui.teaching.suggested_experiments import suggested_experiments

require_router()

VIEWS = {"graph": "Graph", "layers": "Layers", "code": "Code"}

page_title("architecture")
choose, scale = st.columns([3, 2], vertical_alignment="bottom")
with choose:
    row = choose_architecture()
with scale:
    published = choose_scale(row)
name = row.published.name if row.published is not None and published else row.title
subject = f"{row.key}-{'published' if published else 'mnist'}"

warmup.wait_for_pytorch()
structure = architectures.structure(row.key, published=published)
st.markdown(heaviest_layers(structure.graph, structure.input))

with st.container(horizontal=True, vertical_alignment="center"):
    view = choose_key("View", VIEWS, ARCHITECTURE_VIEW, label_visible=False)
    with st.popover("About this network", icon=":material/info:", width="content"):
        facts(row, published=published)
if view == "graph":
    node = graph_view(
        structure.graph, key="architecture_graph", subject=subject, size=structure.input, title=name
    )
    node_panel(row, structure.graph, node, published=published)
elif view == "layers":
    layer_table(structure.count, name=subject)
else:
    code_view(row, published=published)

totals(structure)
st.subheader("Tensor shapes", anchor=False)
volumes(structure.volumes, key="architecture_volumes")

predict_first("architecture", shipped_classifier(row.key))
suggested_experiments("architecture")
how_to_read(
    "- **Tensor shapes**: each box is one tensor of a forward pass with one image. Its width is "
    "the number of [[channels|channel]], its height the rows, its depth the columns. Branches "
    "that are joined again become one box; two that run side by side to the end are drawn one "
    "above the other. Point at a box for its number of values and its memory.\n"
    "- **The graph** shows modules, layers and the operations between them. **+** adds tensors, "
    "as in a [[residual connection]]; **cat** concatenates channels; **×** multiplies channels by "
    "a gate, as in [[squeeze-and-excitation]]. [[Attention|attention]] is two matrix products with "
    "a [[softmax]] between them. Orange lines are connections that skip layers. Zoom in to see the "
    "shape of the tensor on each line. Select a node to see its output for a digit below the "
    "graph.\n"
    "- **[[MACs]]** are multiply-accumulate operations; one is two floating-point operations. "
    "Papers often write FLOPs where they mean MACs.\n"
    "- **Activations** are the outputs of all layers together. Training stores most of them for "
    "the backward pass; inference needs only a few at a time.\n"
    "- **[[Kernel|kernel]], [[stride]] and [[padding]]** in the table of layers determine the "
    "output shape."
)
