"""What the charts are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.comparison.summary import NetworkSummary
from cnnviz.models.catalogue import Architecture
from cnnviz.ui.compare.latency import Speeds
from cnnviz.ui.compare.selection import Choice

if TYPE_CHECKING:
    from cnnviz.benchmark.timing.latency import Latency
    from cnnviz.models.structure.counts import Count

PLAIN = {"displayModeBar": False}  # Plotly's buttons stay away
MOST_LINES = 6  # networks up to which a chart has a line for each: so many colors there are


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the chosen networks by now.

    Attributes:
        choice: who is compared.
        rows: what is known of each.
        speeds: what is on record of their speed.
        counts: of their layers, by the key of the catalogue, as far as they are counted.
    """

    choice: Choice
    rows: Sequence[NetworkSummary]
    speeds: Speeds
    counts: "Mapping[str, Count]" = field(default_factory=dict)

    @property
    def architectures(self) -> dict[str, Architecture]:
        """Each of the catalogue's rows once, however many networks are of it, by their keys."""
        return {row.key: row for row in self.choice.rows}

    def title(self, row: Architecture) -> str:
        """Return the name of an architecture at the scale that is compared."""
        published = self.choice.published and row.published
        return row.published.name if published and row.published else row.title

    def latency(self, row: NetworkSummary) -> "Latency | None":
        """Return the calls on record of a network's architecture."""
        kept = self.speeds.kept.get(row.architecture)
        return kept.latency if kept else None
