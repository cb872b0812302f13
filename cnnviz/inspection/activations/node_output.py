"""The output at a node of a network's graph for one digit, as maps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.graph import Node
from cnnviz.models.structure.trace import Size
from cnnviz.models.structure.trace.values import node_values


@dataclass(frozen=True, eq=False)
class NodeOutput:
    """The output at a node of the graph.

    Attributes:
        shape: of the output, without the batch.
        maps: float32, (C, H, W); a vector's values are maps of one unit.
    """

    shape: Size
    maps: NDArray[np.float32]


def node_output(network: LoadedNetwork, image: Pixels, node: Node) -> NodeOutput:
    """Return the output at a node: a module, a layer, or an operation between layers.

    Args:
        network: the network.
        image: uint8, (1, 28, 28).
        node: of the graph of its architecture.

    Raises:
        ValueError: if the graph of the network has no such node.
    """
    own = network.copy()
    values = node_values(own.model, own.input(image))
    if node.id not in values:
        raise ValueError(f"node must be one of {len(values)} in the graph, got {node.id!r}")
    output = values[node.id].float()
    maps = _as_maps(own, node, output)  # (C, H, W)
    shape = tuple(output.shape[1:] if output.shape[:1] == (1,) else output.shape)
    return NodeOutput(shape, np.ascontiguousarray(maps.numpy(), dtype=np.float32))


def _as_maps(network: LoadedNetwork, node: Node, output: Tensor) -> Tensor:
    """Return an output as maps: its own where it has any, else its last two dimensions."""
    layout = network.layout(node.name, tuple(output.shape))
    attends = node.role == "attention" and not node.children
    if layout is not None and not attends:
        return layout.maps(output)[0]  # (1, ...) to (C, h, w)
    if output.dim() < 3:
        return output.reshape(-1, 1, 1)
    return output.reshape(-1, *output.shape[-2:])  # heads or windows become channels
