"""A component that shows a network as a graph whose modules expand and collapse."""

import contextlib
from typing import Any

from cnnviz.models.structure.convolution.arithmetic import BYTES
from cnnviz.models.structure.counts import size_text
from cnnviz.models.structure.graph import Edge, Node
from cnnviz.models.structure.trace import Size
from cnnviz.ui.components.component import component
from cnnviz.ui.components.received import Name, ignore, pass_on, received
from cnnviz.ui.pickers.layer import check_layer_of_link, chosen_layer, remember_layer
from cnnviz.ui.shell.units import as_bytes, shorten

_GRAPH = component("graph_view", beside=__file__)
_POOLS = ("pool", "mean", "unfold")
_NORMS = ("norm", "scale")


def graph_view(root: Node, *, key: str, subject: str, size: Size, title: str) -> str | None:
    """Show a network as a graph, and return the id of the selected node; None for none.

    A selected layer is written into the address as `layer`.

    Args:
        root: the network.
        key: Streamlit's key of the component.
        subject: identifies the network; when it changes, zoom and expanded modules are reset.
        size: shape of one input.
        title: of the network.
    """
    nodes = {node.name: node.id for node in reversed([*root.walk()]) if node.name}
    check_layer_of_link([*nodes])
    layer = chosen_layer()
    data = {
        "subject": subject,
        "layer": layer if layer in nodes else "",
        "root": {**as_data(root, root.macs), "input": size_text(size), "label": title},
    }
    _GRAPH(
        key=key,
        data=data,
        on_layer_change=pass_on(key, "layer", Name, remember_layer),
        on_node_change=ignore,
    )
    with contextlib.suppress(ValueError):  # nothing is selected yet
        selected_subject, selected = received(key, "node", tuple[str, str])
        if selected_subject == subject and any(node.id == selected for node in root.walk()):
            return str(selected)
    return nodes.get(layer)


def as_data(node: Node, macs: int, around: str = "") -> dict[str, Any]:
    """Return a node and its descendants as plain data for the browser.

    Args:
        node: a module, a layer or an operation.
        macs: of the whole network, for shares.
        around: dotted name of the module around it.
    """
    return {
        "id": node.id,
        "name": node.name,
        "label": node.label or node.kind,
        "kind": node.kind,
        "role": node.role,
        "hue": hue(node),
        "pick": node.name if node.name != around else "",  # an operation has no name of its own
        "window": node.window,
        "output": size_text(node.output),
        "weights": f"{shorten(node.parameters, figures=3)} parameters" if node.parameters else "",
        "facts": _facts(node, macs),
        "rank": node.rank,
        "column": node.column,
        "lanes": node.lanes,
        "children": [as_data(child, macs, node.name) for child in node.children],
        "edges": [[e.source, e.target, _shapes(e), e.lane] for e in node.edges],
    }


def _shapes(edge: Edge) -> str:
    return ", ".join(map(size_text, (edge.size, *edge.beside)))


def hue(node: Node) -> str:
    """Return the category of a node, which determines its color."""
    kind = node.kind.lower()
    if node.role in ("add", "mul", "cat"):
        return "join"
    if node.role in ("module", "attention"):
        return node.role
    if any(part in kind for part in _NORMS):
        return "norm"
    if node.macs:
        return "weights"
    if any(part in kind for part in _POOLS):
        return "pool"
    if kind in ("dropout", "flatten", "pad", "roll", "permute", "stochasticdepth"):
        return "other"
    return "norm" if node.parameters else "activation"


def _facts(node: Node, macs: int) -> list[tuple[str, str]]:
    share = f" ({node.macs / macs:.1%})" if macs and node.macs else ""
    facts = [
        ("kind", node.kind),
        ("kernel", node.window),
        ("output", size_text(node.output)),
        ("values", f"{node.values:,}"),
        ("memory", f"{as_bytes(node.values * BYTES)}"),
        ("parameters", f"{node.parameters:,}"),
        ("MACs", f"{node.macs:,}{share}"),
        ("layers inside", f"{sum(not n.children for n in node.walk())}" if node.children else ""),
    ]
    return [(name, value) for name, value in facts if value]
