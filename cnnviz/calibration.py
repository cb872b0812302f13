"""Is a network as often right as it says?"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.agreement import Mask
from cnnviz.confidence import Interval, wilson

BINS = 15  # as in the paper


@dataclass(frozen=True)
class Bin:
    """The answers of about one certainty.

    Attributes:
        low, high: certainties that fall into it; `high` belongs to it, `low` does not.
        count: how many answers do.
        certainty: their mean; None where there are none.
        accuracy: share of them that is right; None where there are none.
    """

    low: float
    high: float
    count: int
    certainty: float | None
    accuracy: Interval | None


@dataclass(frozen=True)
class Calibration:
    """How certainty and accuracy agree.

    Attributes:
        bins: of one width each, from 0 to 1.
        error: mean distance between certainty and accuracy, each bin weighed by its answers.
        certainty: mean over all answers.
        accuracy: share of all answers that is right.
    """

    bins: tuple[Bin, ...]
    error: float
    certainty: float
    accuracy: float


def calibration(certainty: NDArray[np.floating], right: Mask, *, bins: int = BINS) -> Calibration:
    """Compare how sure a network is with how often it is right.

    Args:
        certainty: probability of the answer, (N,), 0 to 1.
        right: whether the answer is, (N,).
        bins: how many of one width.

    Raises:
        ValueError: if there are no answers, or not as many of each.

    Reference:
        Guo et al. 2017, "On Calibration of Modern Neural Networks",
        https://arxiv.org/abs/1706.04599, equations 2, 3 and 5
    """
    if certainty.shape != right.shape or certainty.ndim != 1 or not len(right):
        raise ValueError(f"{certainty.shape} certainties and {right.shape} answers: give as many")
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, certainty, side="left") - 1, 0, bins - 1)
    found = tuple(
        _bin(low, high, certainty[place == i], right[place == i])
        for i, (low, high) in enumerate(itertools.pairwise(edges))
    )
    mean, accuracy = float(certainty.mean(dtype=float)), float(right.mean())
    return Calibration(found, _error(found, len(right)), mean, accuracy)


def _bin(low: float, high: float, certainty: NDArray[np.floating], right: Mask) -> Bin:
    if not len(right):
        return Bin(float(low), float(high), 0, None, None)
    mean = float(certainty.mean(dtype=float))
    return Bin(float(low), float(high), len(right), mean, wilson(int(right.sum()), len(right)))


def _error(bins: Sequence[Bin], answers: int) -> float:
    gaps = [
        found.count * abs(found.accuracy.value - found.certainty)
        for found in bins
        if found.accuracy is not None and found.certainty is not None
    ]
    return sum(gaps) / answers
