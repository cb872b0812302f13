"""Why this network and not another: the user names what counts, the numbers say the sentence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.benchmark.results.records import Timing
from cnnviz.report.document.blocks import Cell, Figure, Missing, Name, joined
from cnnviz.report.facts.network_facts import QUIET, Dossier, Timed, badge

HERE = "counted here from the figures of this report"
WILSON = "worked out from the accuracy on record and the digits it is of, after Wilson 1927"
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
            return self._untested()
        return Figure(share, f"{share:.2%}", self.dossier.source)

    def _untested(self) -> Missing:
        if self.dossier.unread:
            return Missing(self.dossier.unread)
        if self.dossier.network.step is not None:
            return Missing(
                "not on record for this step, since a run is tested after each pass; "
                "Metrics tells what it makes of this machine's digits"
            )
        return Missing(
            "not tested before the first epoch has ended", "train it for one epoch at least"
        )

    @property
    def interval(self) -> Figure | Missing:
        """Bounds of the accuracy."""
        found = self.dossier.interval
        if found is None:
            return Missing("none: it is no share of so many digits")
        text = f"{100 * found.low:.2f}–{100 * found.high:.2f}%"
        return Figure(f"{found.low!r} {found.high!r}", text, WILSON)

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
        found = self._percentile(50)
        if isinstance(found, Figure):
            return found
        command = f"python -m cnnviz bench --models {self.dossier.row.key}"
        return Missing(way="time it", command=command)

    @property
    def p95(self) -> Figure | Missing:
        """Time that 95 % of the calls with one image stay within."""
        return self._percentile(95)

    @property
    def quartiles(self) -> tuple[Figure, Figure] | None:
        """Times that a quarter and three quarters of the calls stay within."""
        low, high = self._percentile(25), self._percentile(75)
        return (low, high) if isinstance(low, Figure) and isinstance(high, Figure) else None

    @property
    def busy(self) -> bool:
        """Whether others used the processor while it was timed."""
        return badge(self._timing) not in QUIET

    @property
    def _timing(self) -> Timing | None:
        return self.timing.timings.get(self.dossier.row.key) if self.timing else None

    def _percentile(self, share: float) -> Figure | Missing:
        if not self.timing or not self._timing or not self._timing.latency:
            return Missing()
        found = self._timing.latency.percentile(share)
        return Figure(found, f"{found:.3g}", self.timing.source, "ms")


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


def rival(by: Criterion, others: Sequence[Candidate]) -> Candidate | None:
    """Return the best of the others; None where nobody knows of any."""
    known = [other for other in others if by.score(other) is not None]
    return max(known, key=lambda other: by.score(other) or 0.0, default=None)


def recommended(by: Criterion, chosen: Candidate, others: Sequence[Candidate]) -> list[Name]:
    """Return who is best, equals together; nobody where there are no figures."""
    scored = [(each, by.score(each)) for each in (chosen, *others)]
    best = max((score for _, score in scored if score is not None), default=None)
    return [each.name for each, score in scored if score is not None and score == best]


def verdict(
    by: Criterion,
    chosen: Candidate,
    others: Sequence[Candidate],
    paired: Sequence[Cell] = (),
    *,
    decided: bool | None = None,
) -> tuple[Cell, ...]:
    """Return, in sentences, whether the numbers speak for the chosen network, and at what price.

    Args:
        by: what counts most.
        chosen: the network.
        others: the alternatives.
        paired: what came of asking it and its rival about the same digits.
        decided: whether that tells the two apart; None where they were not asked.
    """
    mine, called = by.figure(chosen), title(by, chosen)
    if isinstance(mine, Missing):
        return (
            (
                *(f"By {called} nothing speaks for or against ", chosen.name, ": it is "),
                *(mine, "."),
            ),
        )
    unknown = sum(by.score(other) is None for other in others)
    said: list[Cell] = []
    against = rival(by, others)
    if against:
        said += [_standing(by, chosen, against, others), *_doubt(by, chosen, against, decided)]
        said += [*_picked(by, against, others), *paired, *_trade(by, chosen, against, decided)]
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


def _picked(by: Criterion, rival: Candidate, others: Sequence[Candidate]) -> list[Cell]:
    """Return that the rival's score is a little lucky, being the best of several."""
    known = sum(by.score(other) is not None for other in others)
    if by.key != "accuracy" or known < _SEVERAL:
        return []
    of = Figure(known, f"{known:,}", HERE)
    return [
        (
            *(rival.name, " was picked for its score, the best of "),
            *(of, " alternatives: the best of several is flattered a little by luck."),
        )
    ]


def _doubt(by: Criterion, chosen: Candidate, rival: Candidate, decided: bool | None) -> list[Cell]:
    """Return what makes the difference between two networks doubtful."""
    if by.key == "latency":
        return [*_spread(chosen, rival), *_busy(chosen, rival)]
    if by.key != "accuracy":
        return []
    said: list[Cell] = []
    first, second = chosen.dossier, rival.dossier
    if first.network.tested_on != second.network.tested_on:
        said.append(
            (
                "On record they were tested on different digits (",
                Figure(first.network.tested_on, first.network.tested_on, first.source),
                "; ",
                Figure(second.network.tested_on, second.network.tested_on, second.source),
                "), so those numbers do not compare strictly.",
            )
        )
    if decided is None and _intervals_overlap(chosen, rival):
        said.append(
            (
                "The 95% intervals of their accuracies on record overlap. That is no test: it "
                "leaves open which is better.",
            )
        )
    return said


def _intervals_overlap(chosen: Candidate, rival: Candidate) -> bool:
    a, b = chosen.dossier.interval, rival.dossier.interval
    return bool(a and b and a.low <= b.high and b.low <= a.high)


def halves_overlap(chosen: Candidate, rival: Candidate) -> bool:
    """Tell whether the middle halves of two networks' calls overlap."""
    a, b = chosen.quartiles, rival.quartiles
    if not a or not b:
        return False
    return float(a[0].value) <= float(b[1].value) and float(b[0].value) <= float(a[1].value)


def _spread(chosen: Candidate, rival: Candidate) -> list[Cell]:
    """Return whether the middle halves of two networks' calls overlap."""
    a, b = chosen.quartiles, rival.quartiles
    if not a or not b:
        return []
    overlap = halves_overlap(chosen, rival)
    means = "overlap: single calls do not tell the two apart" if overlap else "lie apart"
    return [
        (
            *("The middle halves of their calls, ", a[0], " to ", a[1], " against "),
            *(b[0], " to ", b[1], f", {means}."),
        )
    ]


def _busy(chosen: Candidate, rival: Candidate) -> list[Cell]:
    if not chosen.busy and not rival.busy:
        return []
    return [
        (
            "Others used the processor while it was timed: measure again on a quiet machine "
            "before deciding.",
        )
    ]


def _trade(by: Criterion, chosen: Candidate, rival: Candidate, decided: bool | None) -> list[Cell]:
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
            *_beside(other, chosen, rival, decided),
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


def _beside(by: Criterion, chosen: Candidate, rival: Candidate, decided: bool | None) -> Cell:
    """Return the spread of what two networks are compared by, in brackets."""
    if by.key == "accuracy":
        a, b = chosen.interval, rival.interval
        if isinstance(a, Missing) or isinstance(b, Missing):
            return ()
        overlap = ", which overlap" if _intervals_overlap(chosen, rival) else ""
        asked = _ASKED[decided]
        return (" (95% intervals ", a, " and ", b, f"{overlap}{asked})")
    if by.key == "latency" and chosen.quartiles and rival.quartiles:
        (low, high), (least, most) = chosen.quartiles, rival.quartiles
        overlap = ", which overlap" if halves_overlap(chosen, rival) else ""
        busy = "; the machine was busy" if chosen.busy or rival.busy else ""
        return (
            *(" (middle halves of the calls ", low, " to ", high, " and ", least, " to ", most),
            f"{overlap}{busy})",
        )
    return ()


_SEVERAL = 2  # alternatives from which on the best of them is a choice
_ASKED = {  # whether the same digits tell the two apart
    None: "",
    True: "; the same digits tell the two apart",
    False: "; the same digits do not tell the two apart",
}
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
