"""The data of the charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnviz.comparison.summary import NetworkSummary
from cnnviz.models.catalog import Architecture
from cnnviz.ui.compare.latency import ChosenLatencies
from cnnviz.ui.compare.selection import Choice

if TYPE_CHECKING:
    from cnnviz.benchmark.timing.latency import Latency
    from cnnviz.models.structure.counts import Count

MAX_LINES = 6  # networks up to which a chart has a line for each, one per color


@dataclass(frozen=True, eq=False)
class ChartData:
    """Data on the chosen networks, as far as they are available.

    Attributes:
        choice: the networks.
        summaries: one per network.
        latencies: their recorded latencies.
        counts: layer counts by the key of the architecture, as far as they are ready.
    """

    choice: Choice
    summaries: Sequence[NetworkSummary]
    latencies: ChosenLatencies
    counts: "Mapping[str, Count]" = field(default_factory=dict)

    @property
    def architectures(self) -> dict[str, Architecture]:
        """Each architecture once, by its key."""
        return {row.key: row for row in self.choice.rows}

    def title(self, row: Architecture) -> str:
        """Return the name of an architecture at the scale that is compared."""
        return architecture_title(row, published=self.choice.published)

    def latency(self, summary: NetworkSummary) -> "Latency | None":
        """Return the recorded latency of a network's architecture."""
        recorded = self.latencies.by_architecture.get(summary.architecture)
        return recorded.latency if recorded else None


def architecture_title(row: Architecture, *, published: bool) -> str:
    """Return the name of an architecture, or that of its published network."""
    return row.published.name if published and row.published else row.title
