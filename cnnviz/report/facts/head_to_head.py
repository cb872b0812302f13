"""McNemar's test of the chosen network against its strongest alternative."""

from collections.abc import Callable
from dataclasses import dataclass

from cnnviz.data.mnist import Digits
from cnnviz.evaluation.agreement import PairedCounts, paired_counts
from cnnviz.evaluation.predictions import Predictions, predict
from cnnviz.report.document.blocks import SPACE, Figure, Missing, Name, TableCell, joined
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.test_results import ClassifierResults
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork

Predict = Callable[[TrainedNetwork], Predictions]


@dataclass(frozen=True)
class HeadToHead:
    """Predictions of the chosen network and its rival for the same digits, compared.

    Attributes:
        chosen, rival: names of the networks.
        counts: number of digits that each classifies correctly; None if one has no predictions.
        problem: why there are no predictions; "" if there are.
        digits: number of digits.
        source: of the figures, in words.
        trained_on_tests: those whose training may have included these digits.
    """

    chosen: Name
    rival: Name
    counts: PairedCounts | None
    problem: str
    digits: int
    source: str
    trained_on_tests: tuple[Name, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the difference is statistically significant."""
        return self.counts is not None and self.counts.p_value < SIGNIFICANCE_LEVEL

    @property
    def leader(self) -> Name | None:
        """The network with more correct predictions; None if they are equal or unknown."""
        if self.counts is None or self.counts.first == self.counts.second:
            return None
        return self.chosen if self.counts.first > self.counts.second else self.rival

    def sentences(self) -> list[TableCell]:
        """Return the result in sentences."""
        if self.counts is None:
            return [
                (
                    "Their predictions for the same digits were not compared, so only their "
                    "recorded accuracies are known: ",
                    Missing(self.problem),
                    ".",
                )
            ]
        verb = "is" if self.counts.first == 1 else "are"
        result: TableCell = (
            *("Of the same ", self._number(self.digits), " test digits, "),
            *(self._number(self.counts.first), f" {verb} classified correctly only by "),
            self.chosen,
            *(" and ", self._number(self.counts.second), " only by ", self.rival, ". "),
            *self._difference(),
        )
        p_value = Figure(
            self.counts.p_value,
            f"{self.counts.p_value:.3g}",
            f"{self.source}: McNemar's exact test",
        )
        conclusion: TableCell = (
            *("The difference on these ", self._number(self.digits), " digits "),
            *(_SIGNIFICANT[self.decided], f" (McNemar's test: p{SPACE}={SPACE}", p_value, ")."),
        )
        sentences = [result, conclusion]
        if self.trained_on_tests:
            names = joined([(name,) for name in self.trained_on_tests])
            sentences.append(
                (
                    "Caution: the training of ",
                    *names,
                    " may have included these digits, which would bias the result in its favor.",
                )
            )
        return sentences

    def _difference(self) -> TableCell:
        """Return the difference in accuracy with its 95% interval, from the leader's side."""
        assert self.counts is not None
        change = self.counts.difference  # the rival's accuracy minus the chosen one's
        sign, first, second = 1, self.rival, self.chosen
        if self.leader == self.chosen:
            sign, first, second = -1, self.chosen, self.rival
        low, high = sorted((sign * change.low, sign * change.high))
        below_zero: TableCell = (" (negative values favor ", second, ")") if low < 0 else ()
        return (
            *(first, " is better by ", self._points(abs(change.value)), ", 95% interval "),
            *(self._bare(low), " to ", self._points(high), *below_zero, "."),
        )

    def _bare(self, share: float) -> Figure:
        return Figure(100 * share, f"{100 * share:.2f}", self.source)

    def _number(self, value: int) -> Figure:
        return Figure(value, f"{value:,}", self.source)

    def _points(self, share: float) -> Figure:
        return Figure(100 * share, f"{100 * share:.2f}", self.source, "percentage points")


_SIGNIFICANT = {True: "is statistically significant", False: "is not statistically significant"}


def head_to_head(
    chosen: Candidate,
    rival: Candidate,
    results: ClassifierResults | None,
    digits: Digits,
    predict_tests: Predict,
) -> HeadToHead:
    """Compare the predictions of two networks for the test digits of this machine.

    Args:
        chosen, rival: of the same task.
        results: test results of the chosen one; None for a detector.
        digits: of this machine.
        predict_tests: returns a network's predictions for their test part, or raises `ValueError`.
    """
    source = f"counted for this report: both networks on this machine's test digits ({digits})"
    counts, problem = None, "detectors are not compared canvas by canvas"
    if results is not None:
        try:
            predictions = predict_tests(rival.facts.network)
        except ValueError:  # its message may contain a path of this machine
            problem = "one of them gives no usable predictions"
        else:
            counts = paired_counts(results.correct, predictions.correct(digits.test_labels))
    trained_on_tests = tuple(
        candidate.name
        for candidate in (chosen, rival)
        if candidate.facts.may_have_trained_on_tests(digits)
    )
    return HeadToHead(
        chosen.name,
        rival.name,
        counts,
        problem,
        len(digits.test_labels),
        source,
        trained_on_tests,
    )


def predict_on(digits: Digits) -> Predict:
    """Return a function that predicts the test digits of this machine with a network."""

    return lambda network: predict(networks.load_network(network), digits.test_images)
