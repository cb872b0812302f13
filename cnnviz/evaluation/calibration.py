"""Calibration: whether a network is correct as often as its confidence says.

A calibration error has to be compared with the one that a perfectly calibrated network has by
chance.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels
from cnnviz.evaluation.predictions import Mask, Predictions
from cnnviz.evaluation.temperature_scaling import cross_fitted, errors_by_half, log_loss
from cnnviz.stats.intervals import Interval, wilson

BINS = 15  # as in the paper
EQUAL_COUNT_BINS = 10
_DRAWS, _SEED = 400, 0  # of correct and wrong predictions under perfect calibration


@dataclass(frozen=True)
class Bin:
    """The predictions whose confidence lies in one range.

    Attributes:
        low, high: ends of the range; `high` belongs to it, `low` does not.
        count: number of predictions.
        confidence: their mean; None if there are none.
        accuracy: proportion of them that is correct; None if there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: Interval | None


@dataclass(frozen=True)
class Calibration:
    """Confidence and accuracy by bin.

    Attributes:
        bins: of equal width from 0 to 1, or with equal numbers of predictions.
        error: expected calibration error: mean distance between confidence and accuracy, each bin
            weighted by its predictions.
        confidence: mean over all predictions.
        accuracy: proportion of all predictions that is correct.
    """

    bins: tuple[Bin, ...]
    error: float
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class CalibrationSummary:
    """Calibration of a network, before and after temperature scaling.

    Attributes:
        before: with bins of equal "width" and of equal "count".
        after: the same; empty if no temperature is determined.
        temperatures: see `temperature_scaling.TemperatureScaled`; None if they are not determined.
        errors: wrong predictions in either half of the digits.
        error_by_chance: see `error_by_chance`.
        log_loss: before temperature scaling, nats.
        log_loss_after: after it; None if no temperature is determined.
    """

    before: Mapping[str, Calibration]
    after: Mapping[str, Calibration]
    temperatures: tuple[float, float] | None
    errors: tuple[int, int]
    error_by_chance: float
    log_loss: float
    log_loss_after: float | None


def summarize_calibration(predictions: Predictions, labels: Labels) -> CalibrationSummary:
    """Return how well calibrated a network is, before and after temperature scaling."""
    probabilities, correct = predictions.probabilities, predictions.correct(labels)  # (N, 10), (N,)
    scaled = cross_fitted(probabilities, labels)
    return CalibrationSummary(
        before=_by_both_bins(predictions.confidence, correct),
        after=_by_both_bins(scaled.probabilities.max(axis=1), correct) if scaled else {},
        temperatures=scaled.temperatures if scaled else None,
        errors=errors_by_half(probabilities, labels),
        error_by_chance=error_by_chance(predictions.confidence),
        log_loss=log_loss(probabilities, labels),
        log_loss_after=log_loss(scaled.probabilities, labels) if scaled else None,
    )


def _by_both_bins(confidence: NDArray[np.floating], correct: Mask) -> dict[str, Calibration]:
    return {
        "width": calibration(confidence, correct),
        "count": calibration(confidence, correct, bins=EQUAL_COUNT_BINS, equal_counts=True),
    }


def calibration(
    confidence: NDArray[np.floating],
    correct: Mask,
    *,
    bins: int = BINS,
    equal_counts: bool = False,
) -> Calibration:
    """Compare confidence with accuracy, bin by bin.

    Args:
        confidence: probability of the predicted class, (N,), 0 to 1.
        correct: whether the prediction is correct, (N,).
        bins: number of bins.
        equal_counts: use bins with equal numbers of predictions instead of equal width; equal
            confidences at an edge fall to either side by their position.

    Raises:
        ValueError: if there are no predictions, or the two differ in shape.

    Reference:
        Guo et al. 2017, "On Calibration of Modern Neural Networks",
        https://arxiv.org/abs/1706.04599, equations 2, 3 and 5
    """
    if confidence.shape != correct.shape or confidence.ndim != 1 or not len(correct):
        raise ValueError(
            "confidences and correctness must be two arrays of the same length above 0, got shapes "
            f"{confidence.shape} and {correct.shape}"
        )
    make_bins = _equal_count_bins if equal_counts else _equal_width_bins
    calibration_bins = make_bins(confidence, correct, bins)
    mean, accuracy = float(confidence.mean(dtype=float)), float(correct.mean())  # summed in float64
    error = _expected_error(calibration_bins, len(correct))
    return Calibration(calibration_bins, error, mean, accuracy)


def error_by_chance(confidence: NDArray[np.floating], *, bins: int = BINS) -> float:
    """Return the calibration error that a perfectly calibrated network exceeds 5% of the time.

    Predictions are drawn at random, each correct with its own confidence, again and again.

    Args:
        confidence: probability of the predicted class, (N,), 0 to 1.
        bins: number of bins of equal width.

    Reference:
        Vaicenavicius et al. 2019, "Evaluating model calibration in classification", section 4.3,
        https://arxiv.org/abs/1902.06977
    """
    values = confidence.astype(float)  # float64, (N,)
    index = _bin_indices(values, bins)  # (N,)
    draw, count = np.random.default_rng(_SEED), len(values)
    errors = [
        np.abs(np.bincount(index, (draw.random(count) < values) - values, bins)).sum() / count
        for _ in range(_DRAWS)
    ]
    return float(np.quantile(errors, 0.95))


def _bin_indices(confidence: NDArray[np.floating], bins: int) -> NDArray[np.int64]:
    """Return the bin of each confidence, (N,); one on an edge belongs to the lower bin."""
    edges = np.linspace(0, 1, bins + 1)  # (bins + 1,)
    indices: NDArray[np.int64] = np.clip(
        np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1
    )
    return indices


def _equal_width_bins(
    confidence: NDArray[np.floating], correct: Mask, bins: int
) -> tuple[Bin, ...]:
    index, edges = _bin_indices(confidence, bins), np.linspace(0, 1, bins + 1)
    return tuple(
        _bin(low, high, confidence[index == i], correct[index == i])
        for i, (low, high) in enumerate(itertools.pairwise(edges))
    )


def _equal_count_bins(
    confidence: NDArray[np.floating], correct: Mask, bins: int
) -> tuple[Bin, ...]:
    order = np.argsort(confidence, kind="stable")  # (N,), the least confident first
    return tuple(
        _bin(confidence[part[0]], confidence[part[-1]], confidence[part], correct[part])
        for part in np.array_split(order, min(bins, len(order)))
    )


def _bin(low: float, high: float, confidence: NDArray[np.floating], correct: Mask) -> Bin:
    if not len(correct):
        return Bin(float(low), float(high), 0, None, None)
    mean = float(confidence.mean(dtype=float))
    return Bin(
        float(low), float(high), len(correct), mean, wilson(int(correct.sum()), len(correct))
    )


def _expected_error(bins: Sequence[Bin], predictions: int) -> float:
    gaps = [
        b.count * abs(b.accuracy.value - b.confidence)
        for b in bins
        if b.accuracy is not None and b.confidence is not None
    ]
    return sum(gaps) / predictions
