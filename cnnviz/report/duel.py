"""Two networks asked about the same digits: is one of them better, or was it chance?"""

from collections.abc import Callable
from dataclasses import dataclass

from cnnviz import networks
from cnnviz.agreement import Answers, Split, answers, split
from cnnviz.catalogue import architecture
from cnnviz.data import Digits
from cnnviz.networks import Network
from cnnviz.report.choice import Candidate
from cnnviz.report.evidence import Evidence
from cnnviz.report.parts import Cell, Figure, Missing, Name, joined

CHANCE = 0.05  # from which on a difference is called chance

Ask = Callable[[Network], Answers]


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
                    *("Asked about the same digits they were not, so their accuracies on record "),
                    "are all there is: ",
                    Missing(self.problem),
                    ".",
                )
            ]
        found, change = self.split, self.split.difference  # the rival's less the chosen one's
        ahead, low, high = self.rival, change.low, change.high
        if change.value < 0:
            ahead, low, high = self.chosen, -change.high, -change.low
        counted: Cell = (
            *("Asked about the same ", self._figure(self.of), " test digits, "),
            *(self.chosen, " alone is right on ", self._figure(found.first), " and "),
            *(self.rival, " alone on ", self._figure(found.second), ". "),
            *(ahead, " is ahead by ", self._points(abs(change.value)), "; with 95% confidence "),
            *("the lead is ", self._points(low), " to ", self._points(high), "."),
        )
        chance = Figure(found.chance, f"{found.chance:.2g}", f"{self.source}: McNemar's exact test")
        means = (
            "The ",
            self._figure(self.of),
            " test digits of this machine",
            _MEANS[self.decided],
        )
        said: list[Cell] = [counted, (*means, " (McNemar's test: p = ", chance, ").")]
        if self.taught:
            names = joined([(name,) for name in self.taught])
            said.append(
                ("Careful: these digits may flatter ", *names, ", which learned from them.")
            )
        return said

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
        except ValueError as error:
            problem = f"{rival.name.text} cannot be asked: {error}".rstrip(".")
        else:
            result = split(evidence.answers, answered, digits.test_labels)
    taught = tuple(each.name for each in (chosen, rival) if each.dossier.learned_from(digits))
    return Duel(chosen.name, rival.name, result, problem, len(digits.test_labels), source, taught)


def asking(digits: Digits) -> Ask:
    """Return what asks a network about the test digits of this machine."""

    def ask(network: Network) -> Answers:
        row = architecture(network.architecture)
        return answers(networks.load(network), row, digits.test_images)

    return ask
