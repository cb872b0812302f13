"""What to take from the comparison table: which network is best, and whether that may be chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz.comparison.summary import NetworkSummary
from cnnviz.evaluation.agreement import PairedCounts, paired_counts
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL

if TYPE_CHECKING:
    from cnnviz.data.mnist import Labels
    from cnnviz.evaluation.predictions import Predictions


@dataclass(frozen=True)
class Takeaway:
    """The most accurate networks of a comparison and the smallest ones.

    Attributes:
        best: the most accurate, several if they are equal; none without accuracies.
        value: their accuracy, 0 to 1.
        others: how many networks are less accurate.
        rivals: those of them that are not significantly less accurate, the best first.
        differing: test digits that only one of the first of the best and the first rival
            classifies correctly; 0 without a rival.
        smallest: those with the fewest parameters; none before they are counted.
    """

    best: tuple[NetworkSummary, ...]
    value: float
    others: int
    rivals: tuple[NetworkSummary, ...]
    differing: int
    smallest: tuple[NetworkSummary, ...]


def takeaway(
    summaries: Sequence[NetworkSummary],
    predictions: "Mapping[str, Predictions] | None" = None,
    labels: "Labels | None" = None,
) -> Takeaway:
    """Return the most accurate networks, and how many others may be as good.

    Two networks differ if McNemar's test on the same digits says so, corrected for the number of
    all pairs (Bonferroni), since the best is chosen after the fact.

    Args:
        summaries: rows of the table.
        predictions: of the networks with an accuracy, by their keys; None for published networks,
            whose cited accuracy is compared without a test.
        labels: of the digits, (N,).
    """
    scores = {row.key: _score(row, predictions is None) for row in summaries}
    scored = {key: score for key, score in scores.items() if score is not None}
    ranked = sorted((row for row in summaries if row.key in scored), key=lambda r: -scored[r.key])
    value = max(scored.values(), default=0.0)
    best = tuple(row for row in ranked if scored[row.key] == value)
    others = ranked[len(best) :]
    rivals: dict[str, PairedCounts] = {}
    if predictions is not None and labels is not None and best:
        pairs = len(ranked) * (len(ranked) - 1) // 2
        correct = predictions[best[0].key].correct(labels)
        counts = {
            row.key: paired_counts(correct, predictions[row.key].correct(labels)) for row in others
        }
        rivals = {k: c for k, c in counts.items() if pairs * c.p_value >= SIGNIFICANCE_LEVEL}
    differing = next((count.first + count.second for count in rivals.values()), 0)
    as_good = tuple(row for row in others if row.key in rivals)
    return Takeaway(best, value, len(others), as_good, differing, _smallest(summaries))


def _score(row: NetworkSummary, published: bool) -> float | None:
    if published:
        return row.top1
    return row.accuracy.value if row.accuracy else None


def _smallest(summaries: Sequence[NetworkSummary]) -> tuple[NetworkSummary, ...]:
    counts = {row.key: row.costs.parameters for row in summaries if row.costs}
    if len(counts) < len(summaries):
        return ()
    return tuple(row for row in summaries if counts[row.key] == min(counts.values()))
