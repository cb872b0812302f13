"""Where the parameters and operations of a network are, in one sentence above its graph."""

from collections.abc import Callable, Sequence
from math import prod

from cnnviz.models.structure.counts import size_text
from cnnviz.models.structure.graph import Node
from cnnviz.models.structure.trace import Size
from cnnviz.stats.percentages import percent
from cnnviz.ui.shell.glossary import with_links
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import quantity, shorten


def heaviest_layers(root: Node, size: Size) -> str:
    """Return what enters and leaves a network, and which parts hold most parameters and MACs.

    The parts are those that the graph shows at first.

    Args:
        root: the network.
        size: shape of one input.
    """
    parts = shown_parts(root)
    through = (
        f"An image of {size_text(size)} goes in at the top, and "
        f"{quantity(prod(root.output), 'number')} come out at the bottom."
    )
    parameters = _share(parts, root.parameters, lambda node: node.parameters, ("holds", "hold"))
    macs = _share(parts, root.macs, lambda node: node.macs, ("does", "do"))
    return with_links(
        f"{through} {parameters} of the {shorten(root.parameters, figures=3)} "
        f"[[parameters|parameter]], {macs} of the {shorten(root.macs, figures=3)} "
        "multiplications ([[MACs]]). Its graph goes on further down the page. Click a box for its "
        "numbers; its maps appear below the graph."
    )


def shown_parts(root: Node) -> Sequence[Node]:
    """Return the boxes that the graph shows at first: a module that is an only child is open."""
    while len(root.children) == 1 and root.children[0].children:
        root = root.children[0]
    return root.children or (root,)


def _share(
    parts: Sequence[Node], total: int, of: Callable[[Node], int], verbs: tuple[str, str]
) -> str:
    """Return which part has the largest amount, and its share; several if they are equal.

    Args:
        parts: of the network.
        total: amount of the whole network.
        of: returns the amount of a part.
        verbs: in the singular and in the plural.
    """
    largest = max(map(of, parts))
    names = [plain(part.name or part.label) for part in parts if of(part) == largest]
    share = percent(largest / total) if total else percent(0)
    if len(names) == 1:
        return f"**{names[0]}** {verbs[0]} {share}"
    others = quantity(len(names) - 1, "other")
    return f"**{names[0]} and {others}** {verbs[1]} {share} each"
