"""Counts, graph and shapes of a network, from one forward pass without data."""

from dataclasses import dataclass

from cnnviz.models.catalog import Architecture
from cnnviz.models.structure.activation_volumes import ActivationVolume, activation_volumes
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.graph import Node, graph
from cnnviz.models.structure.trace import trace_architecture


@dataclass(frozen=True)
class Structure:
    """The structure of a network.

    Attributes:
        input: shape of one example, (C, H, W).
        count: parameters, multiply-accumulates and memory, layer by layer.
        graph: modules, layers and the tensors between them.
        volumes: shapes of the activations from input to output.
    """

    input: tuple[int, ...]
    count: Count
    graph: Node
    volumes: tuple[ActivationVolume, ...]


def network_structure(row: Architecture, *, published: bool) -> Structure:
    """Return the structure of an architecture, from a forward pass on the meta device.

    Args:
        row: the architecture.
        published: the network as published, in place of the one for MNIST.

    Raises:
        ValueError: if `published` is asked for and the row has none.
    """
    trace = trace_architecture(row, published=published)
    root = graph(trace)
    return Structure(trace.input, count(trace), root, tuple(activation_volumes(trace, root)))
