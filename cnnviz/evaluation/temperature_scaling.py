"""Temperature scaling: divide the logits so that confidence fits accuracy.

It changes the confidence, not the predicted classes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels

_LOG_TEMPERATURES = (-3.0, 3.0)  # bounds of the search
_TOLERANCE = 1e-8  # of the logarithm of the temperature
_FLAT = 1e-9  # nats by which the minimum must lie below the loss at both bounds
# Least number of errors to fit a temperature to: m errors determine it to about 1/sqrt(m), here
# 35%. Without any error, the likelihood only grows as the temperature falls.
LEAST_ERRORS = 8


@dataclass(frozen=True, eq=False)
class TemperatureScaled:
    """Probabilities after temperature scaling, each temperature fitted to the other digits.

    Attributes:
        probabilities: (N, 10).
        temperatures: for digits 1, 3, 5, … and for digits 2, 4, 6, ….
    """

    probabilities: NDArray[np.float64]
    temperatures: tuple[float, float]


def log_loss(probabilities: NDArray[np.floating], labels: Labels) -> float:
    """Return the mean negative log-likelihood of the labels, nats."""
    logits = _logits(probabilities)  # (N, 10)
    picked = logits[np.arange(len(labels)), labels]  # (N,)
    return float((np.logaddexp.reduce(logits, axis=1) - picked).mean())


def fit_temperature(probabilities: NDArray[np.floating], labels: Labels) -> float | None:
    """Return the temperature, a divisor of the logits, that minimizes the log loss.

    None if the loss at a bound of the search is as low, since the labels then determine no
    temperature: if every prediction is correct, a lower one is always better.

    Args:
        probabilities: (N, 10); their logarithms are logits up to a constant that cancels.
        labels: (N,).

    Raises:
        ValueError: if there are no labels, or not one per row of probabilities.

    Reference:
        Guo et al. 2017, section 4.2
    """
    if len(probabilities) != len(labels) or not len(labels):
        raise ValueError(
            "there must be one label per prediction and at least one, got "
            f"{len(probabilities)} predictions and {len(labels)} labels"
        )
    logits = _logits(probabilities)  # (N, 10)
    true = np.arange(len(labels)), labels  # index of each digit's true class

    def loss(log_temperature: float) -> float:
        scaled = logits / math.exp(log_temperature)  # (N, 10)
        return float((np.logaddexp.reduce(scaled, axis=1) - scaled[true]).mean())

    from scipy.optimize import minimize_scalar  # slow to import, and needed here alone

    # the loss has one minimum, since it is convex in the inverse of the temperature
    minimum = minimize_scalar(
        loss, bounds=_LOG_TEMPERATURES, method="bounded", options={"xatol": _TOLERANCE}
    )
    if min(map(loss, _LOG_TEMPERATURES)) <= minimum.fun + _FLAT:
        return None
    return math.exp(minimum.x)


def with_temperature(
    probabilities: NDArray[np.floating], temperature: float
) -> NDArray[np.float64]:
    """Return probabilities, (N, 10), after the logits were divided by a temperature."""
    scaled = _logits(probabilities) / temperature  # (N, 10)
    normalizer = np.logaddexp.reduce(scaled, axis=1, keepdims=True)  # (N, 1)
    result: NDArray[np.float64] = np.exp(scaled - normalizer)  # (N, 10), rows sum to 1
    return result


def cross_fitted(probabilities: NDArray[np.floating], labels: Labels) -> TemperatureScaled | None:
    """Return temperature-scaled probabilities with no temperature fitted to its own digits.

    The temperature of every other digit is fitted to the remaining half, and vice versa. None if
    either half determines no temperature or has fewer than `LEAST_ERRORS` errors.

    Args:
        probabilities: (N, 10).
        labels: (N,).

    Raises:
        ValueError: if there are fewer than two labels, or not one per row of probabilities.
    """
    scaled = np.empty(probabilities.shape)  # (N, 10)
    temperatures = []
    enough = min(errors_by_half(probabilities, labels)) >= LEAST_ERRORS
    for half in (0, 1):
        temperature = fit_temperature(probabilities[1 - half :: 2], labels[1 - half :: 2])
        if temperature is None or not enough:
            return None
        scaled[half::2] = with_temperature(probabilities[half::2], temperature)
        temperatures.append(temperature)
    return TemperatureScaled(scaled, (temperatures[0], temperatures[1]))


def errors_by_half(probabilities: NDArray[np.floating], labels: Labels) -> tuple[int, int]:
    """Return the wrong predictions among digits 1, 3, 5, … and among digits 2, 4, 6, …."""
    wrong = probabilities.argmax(axis=1) != labels  # (N,)
    return int(wrong[::2].sum()), int(wrong[1::2].sum())


def _logits(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    tiny = float(np.finfo(np.float32).tiny)  # instead of what float32 has rounded to zero
    logits: NDArray[np.float64] = np.log(np.maximum(probabilities.astype(float), tiny))
    return logits
