"""All that the sections of a report draw from."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.data.mnist import Digits
from cnnviz.report.document.blocks import Figure, Name
from cnnviz.report.facts.head_to_head import Duel
from cnnviz.report.facts.network_facts import Dossier
from cnnviz.report.facts.recommendation import Candidate, Criterion
from cnnviz.report.facts.test_results import Evidence, Seen
from cnnviz.training.engine.settings import Settings

CHOSEN = "chosen for this report"


@dataclass(frozen=True, eq=False)
class Material:
    """What is known of the network that the report is about, and of its alternatives.

    Attributes:
        by: what counts most.
        chosen: the network.
        others: the alternatives.
        digits: of this machine.
        seen: what the network makes of their test part.
        duel: how it does beside its rival on the same digits; None without a rival.
        command: that makes this report again.
        made: when, local time.
        left_out: alternatives whose files are damaged.
    """

    by: Criterion
    chosen: Candidate
    others: Sequence[Candidate]
    digits: Digits
    seen: Seen
    duel: Duel | None
    command: str
    made: str
    left_out: Sequence[Name] = ()

    @property
    def dossier(self) -> Dossier:
        """What is on record of the network."""
        return self.chosen.dossier

    @property
    def evidence(self) -> Evidence | None:
        """What a classifier answers; None for a detector."""
        return self.seen.evidence

    @property
    def settings(self) -> Settings:
        """Of its training."""
        return self.dossier.settings

    @property
    def here(self) -> str:
        """Where numbers come from that were counted on this machine's test digits."""
        return f"counted for this report on the test digits of this machine ({self.digits})"

    def counted(self, value: int) -> Figure:
        """Return a number of test digits of this machine."""
        return Figure(value, f"{value:,}", self.here)

    def share(self, value: float, *, places: int = 2) -> Figure:
        """Return a share of the test digits of this machine."""
        return Figure(value, f"{value:.{places}%}", self.here)
