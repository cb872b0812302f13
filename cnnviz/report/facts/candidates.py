"""The network of a report and its alternatives, ranked by what counts most."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.benchmark.results.findings import Timing
from cnnviz.report.document.blocks import Figure, Missing, Name
from cnnviz.report.facts.measured_latencies import QUIET, MeasuredLatencies, host_load
from cnnviz.report.facts.network_facts import NetworkFacts
from cnnviz.stats.percentages import percent

DERIVED = "derived from the figures in this report"
WILSON = "Wilson interval of the recorded accuracy, for the number of digits tested (Wilson 1927)"
META = "counted in one forward pass on PyTorch's meta device"


@dataclass(frozen=True)
class Candidate:
    """A network with the figures to compare it by.

    Attributes:
        facts: what is recorded of it.
        latencies: the measurement that timed it along with the others; None if there is none.
    """

    facts: NetworkFacts
    latencies: MeasuredLatencies | None

    @property
    def name(self) -> Name:
        """Its title."""
        return Name(self.facts.network.title)

    @property
    def accuracy(self) -> Figure | Missing:
        """Recorded test accuracy, or F1 for a detector."""
        share = self.facts.network.accuracy
        if share is None:
            return self._untested()
        return Figure(share, percent(share, 2), self.facts.source)

    def _untested(self) -> Missing:
        if self.facts.status_problem:
            return Missing(self.facts.status_problem)
        if self.facts.network.step is not None:
            return Missing(
                "not recorded for this step, since a run is tested only after each epoch; the "
                "section Metrics shows its accuracy on this machine's digits"
            )
        return Missing(
            "not tested yet, since a run is tested after each epoch",
            "train it for at least one epoch",
        )

    @property
    def interval(self) -> Figure | Missing:
        """Bounds of the accuracy."""
        interval = self.facts.interval
        if interval is None:
            return Missing("none, since it is not a proportion of a known number of digits")
        text = f"{100 * interval.low:.2f}–{100 * interval.high:.2f}%"
        return Figure(f"{interval.low!r} {interval.high!r}", text, WILSON)

    @property
    def parameters(self) -> Figure:
        """Number of trainable parameters."""
        parameters = self.facts.count.parameters
        return Figure(parameters, f"{parameters:,}", META)

    @property
    def macs(self) -> Figure:
        """Multiply-accumulate operations for one example."""
        macs = self.facts.count.macs
        return Figure(macs, f"{macs:,}", META)

    @property
    def latency(self) -> Figure | Missing:
        """Median latency of one image."""
        median = self._percentile(50)
        if isinstance(median, Figure):
            return median
        command = f"python -m cnnviz bench --models {self.facts.row.key}"
        return Missing(remedy="to measure it, run", command=command)

    @property
    def p95(self) -> Figure | Missing:
        """Latency that 95% of the calls with one image do not exceed."""
        return self._percentile(95)

    @property
    def quartiles(self) -> tuple[Figure, Figure] | None:
        """Lower and upper quartile of the latency; None if it was not measured."""
        low, high = self._percentile(25), self._percentile(75)
        return (low, high) if isinstance(low, Figure) and isinstance(high, Figure) else None

    @property
    def busy(self) -> bool:
        """Whether the host had other load while its latency was measured."""
        return host_load(self._timing) not in QUIET

    @property
    def _timing(self) -> Timing | None:
        return self.latencies.timings.get(self.facts.row.key) if self.latencies else None

    def _percentile(self, percent: float) -> Figure | Missing:
        if not self.latencies or not self._timing or not self._timing.latency:
            return Missing()
        value = self._timing.latency.percentile(percent)
        return Figure(value, f"{value:.3g}", self.latencies.source, "ms")


@dataclass(frozen=True)
class Criterion:
    """What may count most in a choice.

    Attributes:
        key: short name, for the command line.
        title: name within a sentence.
        figure: function from a candidate to its figure.
        sign: 1 if higher is better, -1 if lower is.
    """

    key: str
    title: str
    figure: Callable[[Candidate], Figure | Missing]
    sign: int

    def score(self, candidate: Candidate) -> float | None:
        """Return a number that is higher for better candidates; None if it is unknown."""
        figure = self.figure(candidate)
        return self.sign * float(figure.value) if isinstance(figure, Figure) else None

    def title_for(self, candidate: Candidate) -> str:
        """Return the criterion's name for a network; accuracy is F1 for a detector."""
        return candidate.facts.row.measure if self.key == "accuracy" else self.title


CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {
        criterion.key: criterion
        for criterion in (
            Criterion("accuracy", "accuracy", lambda c: c.accuracy, 1),
            Criterion("latency", "latency", lambda c: c.latency, -1),
            Criterion("size", "size", lambda c: c.parameters, -1),
        )
    }
)


def criterion_of(key: str) -> Criterion:
    """Return the criterion of that key.

    Raises:
        ValueError: if there is none.
    """
    if key not in CRITERIA:
        raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}, got {key!r}")
    return CRITERIA[key]


def rank(
    criterion: Criterion, chosen: Candidate, alternatives: Sequence[Candidate]
) -> tuple[int, int] | None:
    """Return the rank of the chosen network and the number of ranked networks.

    Equal networks share the better rank. None if the chosen one's own figure is unknown.
    """
    score = criterion.score(chosen)
    if score is None:
        return None
    scores = [other for other in map(criterion.score, alternatives) if other is not None]
    return 1 + sum(other > score for other in scores), 1 + len(scores)


def strongest_alternative(
    criterion: Criterion, alternatives: Sequence[Candidate]
) -> Candidate | None:
    """Return the best alternative with a known figure; None if there is none."""
    scored = [other for other in alternatives if criterion.score(other) is not None]
    return max(scored, key=lambda other: criterion.score(other) or 0.0, default=None)


def best_candidates(
    criterion: Criterion, chosen: Candidate, alternatives: Sequence[Candidate]
) -> list[Name]:
    """Return the names of the best networks, several if they are equal; none without figures."""
    scored = [(candidate, criterion.score(candidate)) for candidate in (chosen, *alternatives)]
    best = max((score for _, score in scored if score is not None), default=None)
    return [candidate.name for candidate, score in scored if score is not None and score == best]


def quartiles_overlap(chosen: Candidate, other: Candidate) -> bool:
    """Tell whether the interquartile ranges of two networks' latencies overlap."""
    a, b = chosen.quartiles, other.quartiles
    if not a or not b:
        return False
    return float(a[0].value) <= float(b[1].value) and float(b[0].value) <= float(a[1].value)


def intervals_overlap(chosen: Candidate, other: Candidate) -> bool:
    """Tell whether the 95% intervals of two networks' recorded accuracies overlap."""
    a, b = chosen.facts.interval, other.facts.interval
    return bool(a and b and a.low <= b.high and b.low <= a.high)
