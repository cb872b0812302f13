"""Two networks asked about the same digits: is one of them better, or was it chance?"""

from collections.abc import Callable
from dataclasses import dataclass

from cnnviz.data.mnist import Digits
from cnnviz.evaluation.agreement import Answers, Split, answers, split
from cnnviz.report.document.blocks import SPACE, Cell, Figure, Missing, Name, joined
from cnnviz.report.facts.recommendation import Candidate
from cnnviz.report.facts.test_results import Evidence
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork

CHANCE = 0.05  # from which on a difference is called chance

Ask = Callable[[TrainedNetwork], Answers]


@dataclass(frozen=True)
class Duel:
    """What the chosen network and a rival make of the same digits.

    Attributes:
        chosen, rival: their names.
        split: on how many digits each is right; None where an answer is not to be had.
        problem: why it is not, in words.
        of: digits.
        source: where they come from, in words.
        taught: which of the two may have learned from these digits.
    """

    chosen: Name
    rival: Name
    split: Split | None
    problem: str
    of: int
    source: str
    taught: tuple[Name, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the digits tell the two apart."""
        return self.split is not None and self.split.chance < CHANCE

    def sentences(self) -> list[Cell]:
        """Return what came of it."""
        if self.split is None:
            return [
                (
                    *("They were not asked about the same digits, so their accuracies on record "),
                    "are all there is: ",
                    Missing(self.problem),
                    ".",
                )
            ]
        found = self.split
        counted: Cell = (
            *("Asked about the same ", self._figure(self.of), " test digits, "),
            *(self.chosen, " alone is right on ", self._figure(found.first), " and "),
            *(self.rival, " alone on ", self._figure(found.second), ". "),
            *self._lead(),
        )
        chance = Figure(found.chance, f"{found.chance:.3g}", f"{self.source}: McNemar's exact test")
        means = (
            "The ",
            self._figure(self.of),
            " test digits of this machine",
            _MEANS[self.decided],
        )
        said: list[Cell] = [counted, (*means, f" (McNemar's test: p{SPACE}={SPACE}", chance, ").")]
        if self.taught:
            names = joined([(name,) for name in self.taught])
            said.append(
                ("Careful: these digits may flatter ", *names, ", which learned from them.")
            )
        return said

    @property
    def ahead(self) -> Name | None:
        """Who is right more often; None where both are equally, or were not asked."""
        if self.split is None or self.split.first == self.split.second:
            return None
        return self.chosen if self.split.first > self.split.second else self.rival

    def _lead(self) -> Cell:
        """Return by how much one of them is ahead, and between which bounds."""
        assert self.split is not None
        change = self.split.difference  # the rival's accuracy less the chosen one's
        sign, first, second = 1, self.rival, self.chosen
        if self.ahead == self.chosen:
            sign, first, second = -1, self.chosen, self.rival
        low, high = sorted((sign * change.low, sign * change.high))
        minus: Cell = (" (below zero, ", second, " is ahead)") if low < 0 else ()
        return (
            *(first, " is ahead by ", self._points(abs(change.value)), "; with 95% confidence "),
            *("the difference lies between ", self._bare(low), " and ", self._points(high)),
            *(*minus, "."),
        )

    def _bare(self, share: float) -> Figure:
        return Figure(100 * share, f"{100 * share:.2f}", self.source)

    def _figure(self, value: int) -> Figure:
        return Figure(value, f"{value:,}", self.source)

    def _points(self, share: float) -> Figure:
        return Figure(100 * share, f"{100 * share:.2f}", self.source, "percentage points")


_MEANS = {  # whether the digits decide
    True: " tell the two apart",
    False: " do not decide which of the two is better",
}


def duel(
    chosen: Candidate, rival: Candidate, evidence: Evidence | None, digits: Digits, ask: Ask
) -> Duel:
    """Ask the rival what the chosen one was asked.

    Args:
        chosen, rival: of the same task.
        evidence: what the chosen one has answered; None of a detector.
        digits: of this machine.
        ask: returns what a network answers to their test part, or raises `ValueError`.
    """
    source = f"counted for this report: both asked about the test digits of this machine ({digits})"
    result, problem = None, "detectors are not compared canvas by canvas"
    if evidence is not None:
        try:
            answered = ask(rival.dossier.network)
        except ValueError:  # its text may name a path of this machine
            problem = "one of them gives no usable answer"
        else:
            result = split(evidence.answers, answered, digits.test_labels)
    taught = tuple(each.name for each in (chosen, rival) if each.dossier.learned_from(digits))
    return Duel(chosen.name, rival.name, result, problem, len(digits.test_labels), source, taught)


def asking(digits: Digits) -> Ask:
    """Return what asks a network about the test digits of this machine."""

    def ask(network: TrainedNetwork) -> Answers:
        return answers(networks.load(network), digits.test_images)

    return ask
