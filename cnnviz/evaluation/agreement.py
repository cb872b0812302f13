"""Where the predictions of several networks for the same digits differ."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels
from cnnviz.evaluation.predictions import Mask, Predictions
from cnnviz.stats.intervals import Interval, paired_difference
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL, holm, mcnemar


@dataclass(frozen=True)
class PairedCounts:
    """Number of digits that each of two networks classifies correctly.

    Attributes:
        both: correct in both.
        first, second: correct in that one only.
        neither: correct in none.
    """

    both: int
    first: int
    second: int
    neither: int

    @property
    def difference(self) -> Interval:
        """Accuracy of the second network minus that of the first."""
        return paired_difference(self.both, self.first, self.second, self.neither)

    @property
    def p_value(self) -> float:
        """P-value of McNemar's exact test."""
        return mcnemar(self.first, self.second)


@dataclass(frozen=True)
class PairComparison:
    """Two of several networks that were all compared with each other.

    Attributes:
        counts: number of digits that each classifies correctly.
        p_value: McNemar's, adjusted for the number of comparisons (Holm).
    """

    counts: PairedCounts
    p_value: float

    @property
    def significant(self) -> bool:
        """Whether the p-value is below the significance level."""
        return self.p_value < SIGNIFICANCE_LEVEL


def paired_counts(first: Mask, second: Mask) -> PairedCounts:
    """Return the counts of two networks from their masks of correct predictions, both (N,)."""
    masks = paired_masks(first, second)  # four of (N,), each digit in one of them
    return PairedCounts(**{name: int(mask.sum()) for name, mask in masks.items()})


def paired_masks(first: Mask, second: Mask) -> dict[str, Mask]:
    """Return which digits are correct in both, one or none of two networks.

    Args:
        first, second: masks of correct predictions, (N,).

    Returns:
        Masks (N,) by the names of the attributes of `PairedCounts`.
    """
    return {
        "both": first & second,
        "first": first & ~second,
        "second": ~first & second,
        "neither": ~first & ~second,
    }


def compare_all_pairs(
    predictions: Sequence[Predictions], labels: Labels
) -> dict[tuple[int, int], PairComparison]:
    """Compare every pair of networks, keyed by their indices, the smaller one first."""
    correct = [network.correct(labels) for network in predictions]
    pairs = list(itertools.combinations(range(len(predictions)), 2))
    counts = [paired_counts(correct[a], correct[b]) for a, b in pairs]
    p_values = holm([pair.p_value for pair in counts])
    return {
        pair: PairComparison(count, p_value)
        for pair, count, p_value in zip(pairs, counts, p_values, strict=True)
    }


def pair_matrices(
    comparisons: dict[tuple[int, int], PairComparison], networks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return differences and p-values of all pairs as matrices.

    Args:
        comparisons: returned by `compare_all_pairs`.
        networks: number of networks, K.

    Returns:
        points: (K, K), accuracy of the row minus that of the column, percentage points.
        p_values: (K, K), 1 on the diagonal.
    """
    points, p_values = np.zeros((networks, networks)), np.ones((networks, networks))
    for (a, b), comparison in comparisons.items():
        points[b, a] = 100 * comparison.counts.difference.value  # second minus first network
        points[a, b] = -points[b, a]
        p_values[a, b] = p_values[b, a] = comparison.p_value
    return points, p_values


def mean_confidence(predictions: Sequence[Predictions]) -> NDArray[np.float32]:
    """Return the mean over networks of the confidence in each digit, (N,)."""
    confidences = np.stack([network.confidence for network in predictions])  # (K, N)
    mean: NDArray[np.float32] = confidences.mean(axis=0)  # (N,)
    return mean


def disagreement_counts(predictions: Sequence[Predictions]) -> NDArray[np.int64]:
    """Return how many digits each two of K networks classify differently, (K, K)."""
    digits = np.stack([network.digits for network in predictions])  # (K, N)
    counts: NDArray[np.int64] = (digits[:, None] != digits[None]).sum(axis=2)  # (K, K)
    return counts


def disagreeing(predictions: Sequence[Predictions]) -> Mask:
    """Tell which digits not all of several networks classify alike, (N,).

    Raises:
        ValueError: if there is no network.
    """
    if not predictions:
        raise ValueError("there must be at least one network, got none")
    digits = np.stack([network.digits for network in predictions])  # (K, N)
    differs: Mask = (digits != digits[0]).any(axis=0)  # (N,)
    return differs


def next_disagreement(predictions: Sequence[Predictions], index: int) -> tuple[int, int] | None:
    """Return the next digit that not all networks classify alike, and the number of them.

    The search continues from the start after the last digit.

    Args:
        predictions: of the networks.
        index: digit to search after.

    Returns:
        index: of the digit.
        count: number of such digits; None instead of both if there are none.
    """
    places = np.flatnonzero(disagreeing(predictions))  # ascending indices of digits
    if not len(places):
        return None
    following = np.searchsorted(places, index, side="right") % len(places)
    return int(places[following]), len(places)
