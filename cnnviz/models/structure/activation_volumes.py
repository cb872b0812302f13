"""The shapes of the activations along a network, as drawn by a row of blocks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from cnnviz.models.structure.graph import Node
from cnnviz.models.structure.layered_layout import INLET
from cnnviz.models.structure.trace import Size, Trace


@dataclass(frozen=True)
class ActivationVolume:
    """A tensor on its way through a network, or the tensors of branches that run in parallel.

    Attributes:
        layers: dotted names of the consecutive layers whose output has this shape; "input" for the
            input.
        kinds: their classes.
        size: shape of one example.
        values: number of values in it and in those of `beside`.
        beside: shapes of the other tensors, where a module returns several.
    """

    layers: tuple[str, ...]
    kinds: tuple[str, ...]
    size: Size
    values: int
    beside: tuple[Size, ...] = ()


def activation_volumes(trace: Trace, root: Node, *, most: int = 16) -> list[ActivationVolume]:
    """Return the shapes that the activations take one after another, the input's first.

    Only tensors on every path are listed: a block with branches is one volume. A module that
    returns several tensors, as in networks with two branches, is one volume with all of them.
    Modules are opened to the greatest depth that gives at most `most` volumes, but at least once.

    Args:
        trace: the forward pass.
        root: its graph.
        most: largest number of volumes.
    """
    first = ActivationVolume(("input",), ("",), trace.input, prod(trace.input))
    volumes: list[ActivationVolume] = []
    for depth in range(1, 8):
        deeper = _merged([first, *_along(root, depth)])
        if volumes and len(deeper) > most:
            break
        volumes = deeper
    return volumes


def _along(node: Node, depth: int) -> Iterator[ActivationVolume]:
    """Yield the tensors on every path through a node, modules opened to a depth."""
    if not node.children or depth == 0:
        yield ActivationVolume((node.name or node.label,), (node.kind,), node.output, node.values)
        return
    reached = {INLET}  # constants, such as position tables, are no volumes on the way
    for edge in sorted(node.edges, key=lambda edge: edge.target):
        if edge.source in reached:
            reached.add(edge.target)
    edges = [edge for edge in node.edges if edge.source in reached]
    for i, child in enumerate(node.children):
        if i not in reached or any(edge.source < i < edge.target for edge in edges):
            continue
        inputs = [size for e in edges if e.target == i for size in (e.size, *e.beside)]
        outputs = _several_outputs(child)
        if len(inputs) == 1 or outputs:  # a reshaped tensor is a volume of its own
            yield _unnamed(inputs)
        if outputs:
            yield replace(_unnamed(outputs), layers=(child.name,), kinds=(child.kind,))
        else:
            yield from _along(child, depth - 1)
    yield ActivationVolume((), (), node.output, node.values)


def _several_outputs(node: Node) -> list[Size]:
    """Return the shapes of a module's outputs if there are several different ones."""
    sizes = list(dict.fromkeys(e.size for e in node.edges if e.target == len(node.children)))
    return sizes if len(sizes) > 1 else []


def _unnamed(sizes: Sequence[Size]) -> ActivationVolume:
    """Return the volume of parallel tensors that are not the output of a layer."""
    first, *others = dict.fromkeys(sizes)
    return ActivationVolume((), (), first, sum(map(prod, (first, *others))), tuple(others))


def _merged(volumes: Sequence[ActivationVolume]) -> list[ActivationVolume]:
    """Return the volumes with consecutive ones of equal shape merged into one."""
    merged: list[ActivationVolume] = []
    for volume in volumes:
        if len(merged) > 1 and _returns(merged[-2], merged[-1], volume):
            volume = _joined(merged.pop(), volume)
        if merged and (merged[-1].size, merged[-1].beside) == (volume.size, volume.beside):
            last = merged[-1]
            merged[-1] = replace(_joined(last, volume), values=last.values)
        elif volume.layers or volume.beside or not merged or not _is_part(volume, merged[-1]):
            merged.append(volume)
    return merged


def _joined(first: ActivationVolume, second: ActivationVolume) -> ActivationVolume:
    """Return the second volume with the layers of both."""
    return replace(second, layers=first.layers + second.layers, kinds=first.kinds + second.kinds)


def _returns(before: ActivationVolume, aside: ActivationVolume, volume: ActivationVolume) -> bool:
    """Tell whether a tensor was only reshaped for a while, as maps are to tokens and back."""
    return before.size == volume.size and before.values == aside.values


def _is_part(volume: ActivationVolume, before: ActivationVolume) -> bool:
    """Tell whether a tensor is one of several parts that another was split into."""
    return len(volume.size) == len(before.size) and volume.values < before.values
