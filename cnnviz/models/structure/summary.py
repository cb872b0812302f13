"""All there is to know of a network without running it on numbers."""

from dataclasses import dataclass

from cnnviz.models.catalogue import Architecture
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.graph import Node, Stage, graph, stages
from cnnviz.models.structure.trace import trace_row


@dataclass(frozen=True)
class Structure:
    """What one forward pass on the meta device tells.

    Attributes:
        input: shape of one example, (C, H, W).
        count: parameters, multiply-accumulates and memory, layer by layer.
        graph: modules, layers and the tensors between them.
        stages: how the tensor changes on its way.
    """

    input: tuple[int, ...]
    count: Count
    graph: Node
    stages: tuple[Stage, ...]


def structure(row: Architecture, *, published: bool) -> Structure:
    """Return what a forward pass of a row tells, at the scale of MNIST or as published.

    Raises:
        ValueError: if `published` is asked for and the row has none.
    """
    found = trace_row(row, published=published)
    root = graph(found)
    return Structure(found.input, count(found), root, tuple(stages(found, root)))
