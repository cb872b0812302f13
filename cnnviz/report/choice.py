"""Why this network and not another: the user names what counts, the numbers say the sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.report.dossier import Dossier, Timed
from cnnviz.report.parts import Cell, Figure, Missing, Name, joined

HERE = "counted here from the figures of this report"
META = "counted in one forward pass on PyTorch's meta device"


@dataclass(frozen=True)
class Candidate:
    """A network with what speaks for it.

    Attributes:
        dossier: what is on record of it.
        timing: the kept measurement in which it was timed beside the others; None without one.
    """

    dossier: Dossier
    timing: Timed | None

    @property
    def name(self) -> Name:
        """Its title."""
        return Name(self.dossier.network.title)

    @property
    def accuracy(self) -> Figure | Missing:
        """Test accuracy on record, or F1 of a detector."""
        share = self.dossier.network.accuracy
        if share is None:
            return Missing(
                "not tested before the first epoch has ended", "train it for one epoch at least"
            )
        return Figure(share, f"{share:.2%}", self.dossier.source)

    @property
    def parameters(self) -> Figure:
        """That it learns."""
        found = self.dossier.counted.parameters
        return Figure(found, f"{found:,}", META)

    @property
    def macs(self) -> Figure:
        """Multiply-accumulates for one example."""
        found = self.dossier.counted.macs
        return Figure(found, f"{found:,}", META)

    @property
    def latency(self) -> Figure | Missing:
        """Median time for one image."""
        key = self.dossier.network.architecture
        timing = self.timing and self.timing.timings.get(key)
        if not self.timing or not timing or not timing.latency:
            return Missing(way="time it", command=f"python -m cnnviz.bench --models {key}")
        p50 = timing.latency.p50
        return Figure(p50, f"{p50:.3g}", self.timing.source, "ms")


@dataclass(frozen=True)
class Criterion:
    """What may count most.

    Attributes:
        key: short name, for the command line.
        title: in the middle of a sentence.
        figure: of a candidate.
        sign: 1 where more is better, -1 where less is.
    """

    key: str
    title: str
    figure: Callable[[Candidate], Figure | Missing]
    sign: int

    def score(self, candidate: Candidate) -> float | None:
        """Return a number that is higher for the better; None where nobody knows."""
        found = self.figure(candidate)
        return self.sign * float(found.value) if isinstance(found, Figure) else None


CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {
        row.key: row
        for row in (
            Criterion("accuracy", "accuracy", lambda c: c.accuracy, 1),
            Criterion("latency", "latency", lambda c: c.latency, -1),
            Criterion("size", "size", lambda c: c.parameters, -1),
        )
    }
)


def criterion(key: str) -> Criterion:
    """Return the criterion of that key.

    Raises:
        ValueError: if there is none, naming those there are.
    """
    try:
        return CRITERIA[key]
    except KeyError:
        raise ValueError(f"unknown criterion {key!r}: choose {', '.join(CRITERIA)}") from None


def title(criterion: Criterion, candidate: Candidate) -> str:
    """Return what the criterion is called for that network: a detector's accuracy is its F1."""
    measure = candidate.dossier.row.measure
    return measure if criterion.key == "accuracy" else criterion.title


def rank(by: Criterion, chosen: Candidate, others: Sequence[Candidate]) -> tuple[int, int] | None:
    """Return the place of the chosen one, equals sharing the better one, and among how many."""
    mine = by.score(chosen)
    if mine is None:
        return None
    theirs = [score for score in map(by.score, others) if score is not None]
    return 1 + sum(score > mine for score in theirs), 1 + len(theirs)


def verdict(by: Criterion, chosen: Candidate, others: Sequence[Candidate]) -> tuple[Cell, ...]:
    """Return, in sentences, whether the numbers speak for the chosen network, and at what price."""
    mine, called = by.figure(chosen), title(by, chosen)
    if isinstance(mine, Missing):
        return (
            (
                *(f"By {called} nothing speaks for or against ", chosen.name, ": it is "),
                *(mine, "."),
            ),
        )
    rivals = [(score, other) for other in others if (score := by.score(other)) is not None]
    unknown = len(others) - len(rivals)
    said: list[Cell] = []
    if rivals:
        rival = max(rivals, key=lambda pair: pair[0])[1]
        said += [_standing(by, chosen, rival, others), *_doubt(by, chosen, rival)]
        said += _trade(by, chosen, rival)
    else:
        said.append(
            (f"By {called} there is nothing to compare with; ", chosen.name, " has ", mine, ".")
        )
    if unknown:
        said.append(
            (
                "Left out of this comparison, since nobody has measured them beside it: ",
                Figure(unknown, f"{unknown:,}", HERE),
                " of the alternatives.",
            )
        )
    return tuple(said)


def _standing(
    by: Criterion, chosen: Candidate, rival: Candidate, others: Sequence[Candidate]
) -> Cell:
    called, mine, theirs = title(by, chosen), by.figure(chosen), by.figure(rival)
    place, of = rank(by, chosen, others) or (0, 0)
    among = Figure(of, f"{of:,}", HERE)
    if place == 1 and by.score(chosen) != by.score(rival):
        return (
            *(f"By {called}, ", chosen.name, " is the first of ", among, ": ", mine, " against "),
            *(theirs, " of the next, ", rival.name, "."),
        )
    if place == 1:
        return (
            *(f"By {called}, ", chosen.name, " shares the first place of ", among, " with "),
            *(rival.name, ": both have ", mine, "."),
        )
    return (
        *(f"By {called}, ", chosen.name, " is not the best choice: it is at place "),
        *(Figure(place, f"{place:,}", HERE), " of ", among, " with ", mine, "; the first, "),
        *(rival.name, ", has ", theirs, "."),
    )


def _doubt(by: Criterion, chosen: Candidate, rival: Candidate) -> list[Cell]:
    """Return what makes the difference between two networks doubtful."""
    if by.key == "latency":
        return _busy(chosen, rival)
    if by.key != "accuracy":
        return []
    said: list[Cell] = []
    first, second = chosen.dossier, rival.dossier
    if first.network.tested_on != second.network.tested_on:
        said.append(
            (
                "The two were tested on different digits (",
                Figure(first.network.tested_on, first.network.tested_on, first.source),
                "; ",
                Figure(second.network.tested_on, second.network.tested_on, second.source),
                "), so their numbers do not compare strictly.",
            )
        )
    a, b = first.interval, second.interval
    if a and b and a.low <= b.high and b.low <= a.high:
        said.append(
            (
                "Their 95% intervals overlap: between these two, the test digits do not decide "
                "which is better.",
            )
        )
    return said


def _busy(chosen: Candidate, rival: Candidate) -> list[Cell]:
    timings = chosen.timing.timings if chosen.timing else {}
    both = (timings.get(each.dossier.network.architecture) for each in (chosen, rival))
    if all(each and each.latency and each.latency.badge in ("", "clean") for each in both):
        return []
    return [
        (
            "Others used the processor while it was timed: measure again on a quiet machine "
            "before deciding.",
        )
    ]


def _trade(by: Criterion, chosen: Candidate, rival: Candidate) -> list[Cell]:
    """Return how the chosen one stands against the rival by what does not count most."""
    better: list[Cell] = []
    worse: list[Cell] = []
    for other in CRITERIA.values():
        mine, theirs = other.score(chosen), other.score(rival)
        if other is by or mine is None or theirs is None or mine == theirs:
            continue
        cell: Cell = (
            f"{_COMPARED[other.key]} ",
            other.figure(chosen),
            " against ",
            other.figure(rival),
        )
        (better if mine > theirs else worse).append(cell)
    first = (by.score(chosen) or 0.0) >= (by.score(rival) or 0.0)
    said: list[Cell] = []
    for cells, ahead in ((better, True), (worse, False)):
        if cells:
            before, behind = _PHRASES[first, ahead]
            said.append((before, rival.name, behind, *joined(cells), "."))
    if not first and not better:
        said.append(("Beside ", rival.name, ", nothing that was measured speaks for it."))
    return said


_PHRASES = {  # whether it is the first, and whether it is also ahead in what follows
    (True, True): ("It is also ahead of ", " in "),
    (True, False): ("The price: it is behind ", " in "),
    (False, True): ("What speaks for it: it is ahead of ", " in "),
    (False, False): ("It is also behind ", " in "),
}
_COMPARED = {
    "accuracy": "the test,",
    "latency": "median latency,",
    "size": "number of parameters,",
}
