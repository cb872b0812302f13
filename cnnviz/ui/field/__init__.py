"""Ways to see what units see: one row and one module each."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from cnnviz.networks import Network
from cnnviz.ui.subject import Subject


@dataclass(frozen=True)
class Way:
    """One way to look at receptive fields.

    Attributes:
        key: module in this package; its `show(network, subject, published)` draws it on the page.
        title: to choose it by.
        help: what one reads there, in Markdown.
    """

    key: str
    title: str
    help: str

    def show(self, network: Network, subject: Subject, *, published: bool) -> None:
        """Draw what the network's units see on the page."""
        draw: Callable[[Network, Subject, bool], None] = pkgutil.resolve_name(
            f"cnnviz.ui.field.{self.key}:show"
        )
        draw(network, subject, published)


WAYS = (
    Way(
        "boxes",
        "What a unit sees",
        "Point at any unit: the box on the input, and on every map in between, holds exactly what "
        "can change its value. A click keeps the unit. Hatched is what lies beyond the border, "
        "where there is padding only. The boxes come from one pass that carries intervals in place "
        "of numbers, through branches, shortcuts, shifted windows and attention; they do not "
        "depend on the weights. A map here is the mean over the channels of how far values are "
        "from zero.",
    ),
    Way(
        "effective",
        "What it listens to",
        "The mean of |∂ unit / ∂ pixel| over several images (Luo et al. 2016): of all pixels that "
        "could change a unit, the ones in the middle change it most, since more ways lead through "
        "them. The side counts pixels above 4.55% of the largest value; the squares around the "
        "centre of mass hold 50% and 95% of all. Before training it is nearly a Gaussian.",
    ),
    Way(
        "spread",
        "Change one pixel",
        "Click a pixel of the input: every map shows how much the change moves each unit, mean "
        "over the channels, computed in float64. It spreads as the receptive fields say, and not "
        "one unit farther.",
    ),
    Way(
        "table",
        "The whole network",
        "r is how many pixels a unit sees, jump how far apart the fields of neighbours are, and "
        "padding how far the first one reaches beyond the border. The share is of the unit in the "
        "middle, clipped at the border. From the first layer whose middle unit sees the whole "
        "input on, a layer can no longer gain context (Richter et al. 2021).",
    ),
)
