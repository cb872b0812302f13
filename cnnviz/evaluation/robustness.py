"""Robustness: the accuracy of a network on digits that are perturbed more and more."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels, Pixels
from cnnviz.evaluation.agreement import paired_counts
from cnnviz.evaluation.perturbations import Perturbation
from cnnviz.evaluation.predictions import predict
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, wilson
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL, holm


@dataclass(frozen=True, eq=False)
class RobustnessCurve:
    """A network's predictions for the same digits at each strength of a perturbation.

    Attributes:
        digits: predicted classes, int64, (S, N).
        labels: true classes, (N,).
    """

    digits: NDArray[np.int64]
    labels: Labels

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Which predictions are correct, (S, N)."""
        correct: NDArray[np.bool_] = self.digits == self.labels  # (S, N)
        return correct

    @property
    def accuracies(self) -> tuple[Interval, ...]:
        """The accuracy at each strength with its Wilson interval."""
        return tuple(wilson(int(row.sum()), len(row)) for row in self.correct)


@dataclass(frozen=True)
class RobustnessDifference:
    """Two networks that differ significantly in accuracy at some strengths.

    Attributes:
        first, second: indices of the networks.
        first_at, second_at: strengths at which that network is significantly better.
    """

    first: int
    second: int
    first_at: tuple[float, ...]
    second_at: tuple[float, ...]

    @property
    def crosses(self) -> bool:
        """Whether each is better than the other at some strength."""
        return bool(self.first_at and self.second_at)


def robustness_curve(
    network: LoadedNetwork,
    perturbation: Perturbation,
    pixels: Pixels,
    labels: Labels,
) -> RobustnessCurve:
    """Return a network's predictions at each strength of a perturbation.

    Args:
        network: a classifier.
        perturbation: of the digits.
        pixels: uint8, (N, 1, 28, 28).
        labels: (N,).

    Raises:
        ValueError: if an output of the network is not finite.
    """
    digits = [
        predict(network, perturbation.function(pixels, strength)).digits
        for strength in perturbation.strengths
    ]
    return RobustnessCurve(np.stack(digits), labels)  # (S, N)


def significant_differences(
    curves: Sequence[RobustnessCurve], strengths: Sequence[float]
) -> list[RobustnessDifference]:
    """Return which networks are significantly better than which others, and at what strengths.

    Every two networks are compared at every strength by McNemar's test on the same digits, with
    p-values adjusted for the number of tests (Holm). Pairs that differ at more strengths come
    first.

    Args:
        curves: of the networks, for the same digits.
        strengths: of the perturbation.
    """
    pairs = list(itertools.combinations(range(len(curves)), 2))
    correct = [curve.correct for curve in curves]  # (S, N) each
    counts = [
        paired_counts(correct[a][s], correct[b][s]) for a, b in pairs for s in range(len(strengths))
    ]
    p_values = iter(holm([count.p_value for count in counts]))
    tests = iter(counts)
    differences = []
    for a, b in pairs:
        results = [(strength, next(tests), next(p_values)) for strength in strengths]
        significant = [(s, count) for s, count, p in results if p < SIGNIFICANCE_LEVEL]
        first = tuple(s for s, count in significant if count.first > count.second)
        second = tuple(s for s, count in significant if count.second > count.first)
        if significant:
            differences.append(RobustnessDifference(a, b, first, second))
    return sorted(differences, key=lambda d: -len(d.first_at) - len(d.second_at))
