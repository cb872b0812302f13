"""All facts that the sections of a report use."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.data.mnist import Digits
from cnnviz.report.document.blocks import Figure, Missing, Name
from cnnviz.report.facts.candidates import Candidate, Criterion
from cnnviz.report.facts.head_to_head import HeadToHead
from cnnviz.report.facts.network_facts import NetworkFacts
from cnnviz.report.facts.test_results import ClassifierResults, DetectorResults
from cnnviz.stats.percentages import percent
from cnnviz.training.engine.settings import Settings

CHOSEN = "chosen for this report"


@dataclass(frozen=True, eq=False)
class ReportContext:
    """What is known of the network of a report and of its alternatives.

    Attributes:
        criterion: what counts most.
        chosen: the network.
        alternatives: the networks to compare it with.
        digits: of this machine.
        results: test results of the network on these digits.
        comparison: its predictions against its strongest alternative's; None without one.
        command: the command that makes this report again.
        created: local time.
        left_out: alternatives whose files are damaged.
    """

    criterion: Criterion
    chosen: Candidate
    alternatives: Sequence[Candidate]
    digits: Digits
    results: ClassifierResults | DetectorResults
    comparison: HeadToHead | None
    command: str
    created: str
    left_out: Sequence[Name] = ()

    @property
    def facts(self) -> NetworkFacts:
        """What is recorded of the network."""
        return self.chosen.facts

    @property
    def settings(self) -> Settings:
        """Settings of its training."""
        return self.facts.settings

    @property
    def criterion_title(self) -> str:
        """Name of the criterion for this network."""
        return self.criterion.title_for(self.chosen)

    @property
    def classified(self) -> ClassifierResults | None:
        """Test results of a classifier; None for a detector."""
        return self.results if isinstance(self.results, ClassifierResults) else None

    @property
    def training_time(self) -> Figure | Missing:
        """Duration of the training."""
        seconds = self.facts.seconds
        if self.facts.status_problem:
            return Missing(self.facts.status_problem)
        if seconds is None:
            return Missing(
                "recorded for the whole training only", "see the report on the run's newest weights"
            )
        return Figure(seconds, f"{seconds:,.1f}", self.facts.source, "s")

    @property
    def test_source(self) -> str:
        """Source of figures that were counted on this machine's test digits."""
        return f"counted for this report on the test digits of this machine ({self.digits})"

    def counted(self, value: int) -> Figure:
        """Return a number of this machine's test digits."""
        return Figure(value, f"{value:,}", self.test_source)

    def share(self, value: float, *, places: int = 2) -> Figure:
        """Return a proportion of this machine's test digits."""
        return Figure(value, percent(value, places), self.test_source)

    def recorded(self, value: float | int | str) -> Figure:
        """Return a value from the record of the network."""
        text = f"{value:,}" if type(value) is int else _YES_NO.get(f"{value}", f"{value}")
        return Figure(value, text, self.facts.source)


_YES_NO = {"True": "yes", "False": "no"}
