"""Is a network as often right as it says?

What it says may be made milder or bolder by one number, the temperature, without a change of its
answers; and even a network that is right exactly as often as it says shows an error by chance.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels
from cnnviz.evaluation.agreement import Mask
from cnnviz.stats.intervals import Interval, wilson

BINS = 15  # as in the paper
_DRAWS, _SEED = 400, 0  # of what chance alone would show
_LOGS = (-3.0, 3.0)  # where the logarithm of a temperature is looked for
_CLOSE = 1e-8  # of that logarithm
_NOTHING = 1e-9  # nats; a loss that is less than this below that at a bound has its least there
LEAST_MISTAKES = 8
"""Wrong answers that a temperature is fitted to at least: m of them are known to about 1/sqrt(m),
here 35%, and without any the labels are the more probable the bolder the network is made."""


@dataclass(frozen=True)
class Bin:
    """The answers of about one certainty.

    Attributes:
        low, high: certainties that fall into it; `high` belongs to it, `low` does not.
        count: how many answers do.
        confidence: their mean; None if there are none.
        accuracy: share of them that is right; None where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: Interval | None


@dataclass(frozen=True)
class Calibration:
    """How certainty and accuracy agree.

    Attributes:
        bins: of one width each, from 0 to 1, or of as many answers each.
        error: mean distance between certainty and accuracy, each bin weighed by its answers.
        certainty: mean over all answers.
        accuracy: share of all answers that is right.
    """

    bins: tuple[Bin, ...]
    error: float
    certainty: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class Tempered:
    """What a network says once a temperature was fitted to other digits.

    Attributes:
        probabilities: (N, 10).
        by: the temperatures of the first, third, … and of the second, fourth, … digit.
    """

    probabilities: NDArray[np.float64]
    by: tuple[float, float]


def calibration(
    certainty: NDArray[np.floating], right: Mask, *, bins: int = BINS, alike: bool = False
) -> Calibration:
    """Compare how sure a network is with how often it is right.

    Args:
        certainty: probability of the answer, (N,), 0 to 1.
        right: whether the answer is, (N,).
        bins: how many.
        alike: whether each holds as many answers, rather than having one width; equally sure
            answers at an edge then fall to either side by their places.

    Raises:
        ValueError: if there are no answers, or not as many of each.

    Reference:
        Guo et al. 2017, "On Calibration of Modern Neural Networks",
        https://arxiv.org/abs/1706.04599, equations 2, 3 and 5
    """
    if certainty.shape != right.shape or certainty.ndim != 1 or not len(right):
        raise ValueError(f"{certainty.shape} certainties and {right.shape} answers: give as many")
    found = _crowds(certainty, right, bins) if alike else _widths(certainty, right, bins)
    mean, accuracy = float(certainty.mean(dtype=float)), float(right.mean())
    return Calibration(found, _error(found, len(right)), mean, accuracy)


def chance_error(certainty: NDArray[np.floating], *, bins: int = BINS) -> float:
    """Return which error a network that is right as often as it says stays within, 95% of the time.

    Its answers are drawn at random, each right with its certainty, again and again.

    Args:
        certainty: probability of the answer, (N,), 0 to 1.
        bins: how many of one width.

    Reference:
        Vaicenavicius et al. 2019, "Evaluating model calibration in classification", section 4.3,
        https://arxiv.org/abs/1902.06977
    """
    sure = certainty.astype(float)
    place = _places(sure, bins)
    draw = np.random.default_rng(_SEED)
    errors = [
        np.abs(np.bincount(place, (draw.random(len(sure)) < sure) - sure, bins)).sum() / len(sure)
        for _ in range(_DRAWS)
    ]
    return float(np.quantile(errors, 0.95))


def surprise(probabilities: NDArray[np.floating], labels: Labels) -> float:
    """Return the mean negative log-likelihood of the labels, nats: 0 for who is sure and right."""
    scores = _logits(probabilities)
    picked = scores[np.arange(len(labels)), labels]
    return float((np.logaddexp.reduce(scores, axis=1) - picked).mean())


def temperature(probabilities: NDArray[np.floating], labels: Labels) -> float | None:
    """Return what to divide the logits by to make the labels most probable.

    None where a bound of the search is as good: the labels then determine no temperature, as
    where every answer is right and the boldest network is the best.

    Args:
        probabilities: (N, 10); their logarithms are logits up to a constant that does not matter.
        labels: (N,).

    Raises:
        ValueError: if there are no labels, or not as many.

    Reference:
        Guo et al. 2017, section 4.2: the negative log-likelihood is minimized.
    """
    if len(probabilities) != len(labels) or not len(labels):
        raise ValueError(f"{len(probabilities)} answers and {len(labels)} labels: give as many")
    scores = _logits(probabilities)
    right = np.arange(len(labels)), labels

    def loss(log: float) -> float:
        milder = scores / math.exp(log)
        return float((np.logaddexp.reduce(milder, axis=1) - milder[right]).mean())

    from scipy.optimize import minimize_scalar  # slow to import, and needed here alone

    # the loss has one minimum, since it is convex in the inverse of the temperature
    least = minimize_scalar(loss, bounds=_LOGS, method="bounded", options={"xatol": _CLOSE})
    if min(map(loss, _LOGS)) <= least.fun + _NOTHING:
        return None
    return math.exp(least.x)


def tempered(probabilities: NDArray[np.floating], by: float) -> NDArray[np.float64]:
    """Return probabilities, (N, 10), as they are once the logits are divided by a temperature."""
    milder = _logits(probabilities) / by
    found: NDArray[np.float64] = np.exp(milder - np.logaddexp.reduce(milder, axis=1, keepdims=True))
    return found


def cross_tempered(probabilities: NDArray[np.floating], labels: Labels) -> Tempered | None:
    """Return tempered probabilities, none by a temperature that its own label had a part in.

    Each second digit is tempered by what fits the others, and the other way round. None where
    either half determines no temperature, or holds fewer than `LEAST_MISTAKES` wrong answers.

    Args:
        probabilities: (N, 10).
        labels: (N,).

    Raises:
        ValueError: if there are fewer than two labels, or not as many.
    """
    found = np.empty(probabilities.shape)
    used = []
    enough = min(mistakes(probabilities, labels)) >= LEAST_MISTAKES
    for part in (0, 1):
        by = temperature(probabilities[1 - part :: 2], labels[1 - part :: 2])
        if by is None or not enough:
            return None
        found[part::2] = tempered(probabilities[part::2], by)
        used.append(by)
    return Tempered(found, (used[0], used[1]))


def mistakes(probabilities: NDArray[np.floating], labels: Labels) -> tuple[int, int]:
    """Return the wrong answers among the first, third, … and the second, fourth, … digit."""
    wrong = probabilities.argmax(axis=1) != labels
    return int(wrong[::2].sum()), int(wrong[1::2].sum())


def _logits(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    least = float(np.finfo(np.float32).tiny)  # a probability that float32 has rounded to nothing
    found: NDArray[np.float64] = np.log(np.maximum(probabilities.astype(float), least))
    return found


def _places(certainty: NDArray[np.floating], bins: int) -> NDArray[np.int64]:
    """Return the bin of each; a certainty on an edge belongs to the bin below."""
    edges = np.linspace(0, 1, bins + 1)
    found: NDArray[np.int64] = np.clip(
        np.searchsorted(edges, certainty, side="left") - 1, 0, bins - 1
    )
    return found


def _widths(certainty: NDArray[np.floating], right: Mask, bins: int) -> tuple[Bin, ...]:
    place, edges = _places(certainty, bins), np.linspace(0, 1, bins + 1)
    return tuple(
        _bin(low, high, certainty[place == i], right[place == i])
        for i, (low, high) in enumerate(itertools.pairwise(edges))
    )


def _crowds(certainty: NDArray[np.floating], right: Mask, bins: int) -> tuple[Bin, ...]:
    order = np.argsort(certainty, kind="stable")
    return tuple(
        _bin(certainty[some[0]], certainty[some[-1]], certainty[some], right[some])
        for some in np.array_split(order, min(bins, len(order)))
    )


def _bin(low: float, high: float, certainty: NDArray[np.floating], right: Mask) -> Bin:
    if not len(right):
        return Bin(float(low), float(high), 0, None, None)
    mean = float(certainty.mean(dtype=float))
    return Bin(float(low), float(high), len(right), mean, wilson(int(right.sum()), len(right)))


def _error(bins: Sequence[Bin], answers: int) -> float:
    gaps = [
        found.count * abs(found.accuracy.value - found.confidence)
        for found in bins
        if found.accuracy is not None and found.confidence is not None
    ]
    return sum(gaps) / answers
