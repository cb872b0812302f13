"""What the selected node of the graph outputs for a digit."""

from collections.abc import Iterator

import streamlit as st

from cnnviz.models.catalog import Architecture
from cnnviz.models.structure.counts import size_text
from cnnviz.models.structure.graph import Node
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.components.maps_view import MapStage, digit_stage, maps_view
from cnnviz.ui.pickers.image import choose_image
from cnnviz.ui.shell import page_links
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import INSIDE_VIEW, LAYER, NETWORK
from cnnviz.ui.teaching.predict_first import shipped_classifier

_MOST = 256  # maps; more are left out


def node_panel(row: Architecture, root: Node, node_id: str | None, *, published: bool) -> None:
    """Show the maps at a node of the graph for the chosen digit, with shape and range.

    Args:
        row: the architecture.
        root: its graph.
        node_id: of the selected node; None for none.
        published: whether the graph is that of the published network, which has no weights here.
    """
    st.subheader("Output at the selected node", anchor=False)
    network = shipped_classifier(row.key)
    if published or network is None:
        st.caption(
            "The published network comes without weights, so no digit can run through it. Choose "
            "the MNIST scale to see the feature maps at each node."
            if published
            else "Maps at the nodes are shown for classifiers of digits; this is a detector."
        )
        return
    node = next((node for node in root.walk() if node.id == node_id), None)
    if node is None:
        st.caption("Select a node of the graph to see its feature maps for a digit.")
        return
    image = choose_image(loading.digits())
    if image is None:
        return
    output = layer_outputs.node_output(network, image.pixels, node.id)
    name = _node_title(root, node)
    shown = output.maps[:_MOST]
    more = (
        f" The first {_MOST} of {len(output.maps)} maps are shown."
        if len(shown) < len(output.maps)
        else ""
    )
    st.markdown(
        f"**{plain(name)}** · {plain(node.kind)} · output {size_text(output.shape)} · "
        f"values {output.maps.min():.3g} to {output.maps.max():.3g}.{more}"
    )
    maps_view(
        [digit_stage(image.pixels, row.input_size), MapStage(node.kind, name, shown)],
        key="architecture_node",
        subject=f"{network.key} {node.id} {hash(image.key)}",
        tools=True,
    )
    if node.name:
        page_links.page_link(
            "inside",
            {NETWORK: network.key, INSIDE_VIEW: "layers", LAYER: node.name},
            label=f"Look inside at {plain(node.name)}",
            icon="visibility",
        )


def _node_title(root: Node, node: Node) -> str:
    """Return a layer's dotted name; of an operation its label and the module around it."""
    around = next(_modules_around(root, node), root)
    if node.name and node.name != around.name:
        return node.name
    return f"{node.label or node.kind} in {around.name}" if around.name else node.label or node.kind


def _modules_around(root: Node, node: Node) -> Iterator[Node]:
    return (parent for parent in root.walk() if any(child is node for child in parent.children))
