"""Predictions of a classifier for many digits: probabilities, accuracy, confusion counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.mnist import CLASSES, Labels, Pixels
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, wilson

_BATCH = 250  # digits at a time

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Predictions:
    """A classifier's predictions for N digits.

    Attributes:
        probabilities: float32, (N, 10).
    """

    probabilities: NDArray[np.float32]

    @property
    def digits(self) -> Labels:
        """The predicted classes, int64, (N,)."""
        digits: Labels = self.probabilities.argmax(axis=1)  # (N,)
        return digits

    @property
    def confidence(self) -> NDArray[np.float32]:
        """The probabilities of the predicted classes, (N,)."""
        confidence: NDArray[np.float32] = self.probabilities.max(axis=1)  # (N,)
        return confidence

    def correct(self, labels: Labels) -> Mask:
        """Tell which predictions equal the labels, (N,)."""
        correct: Mask = self.digits == labels
        return correct


def predict(network: LoadedNetwork, pixels: Pixels) -> Predictions:
    """Return a network's predictions for many digits.

    Args:
        network: a classifier.
        pixels: uint8, (N, 1, 28, 28).

    Raises:
        ValueError: if an output is not finite, as after a training that diverged.
    """
    size = network.architecture.input_size
    scores = logits(network.model, torch.from_numpy(pixels), size=size, batch=_BATCH)  # (N, 10)
    if not scores.isfinite().all():
        raise ValueError("logits must be finite, got NaN or infinity: the training has diverged")
    return Predictions(scores.softmax(dim=1).numpy())


def concatenate_predictions(chunks: Sequence[Predictions]) -> Predictions:
    """Return the predictions for the digits of all chunks, in order."""
    return Predictions(np.concatenate([chunk.probabilities for chunk in chunks]))  # (N, 10)


def accuracy(predictions: Predictions, labels: Labels) -> Interval:
    """Return the proportion of correct predictions with its Wilson interval."""
    return wilson(int(predictions.correct(labels).sum()), len(labels))


def class_accuracies(predictions: Predictions, labels: Labels) -> list[Interval | None]:
    """Return the accuracy on each class; None for a class without digits."""
    counts = confusion_counts(predictions, labels)
    return [
        wilson(int(counts[digit, digit]), int(counts[digit].sum())) if counts[digit].any() else None
        for digit in range(CLASSES)
    ]


def confusion_counts(predictions: Predictions, labels: Labels) -> NDArray[np.int64]:
    """Return how often each class is predicted for each; rows are true, (10, 10)."""
    pairs = labels * CLASSES + predictions.digits  # (N,)
    counts: NDArray[np.int64] = np.bincount(pairs, minlength=CLASSES**2)  # (100,)
    return counts.reshape(CLASSES, CLASSES)  # (10, 10)


def confusion_mask(predictions: Predictions, labels: Labels, true: int, predicted: int) -> Mask:
    """Tell which digits of one class are classified as another or the same, (N,)."""
    mask: Mask = (labels == true) & (predictions.digits == predicted)
    return mask


def ranked_digits(
    included: Mask, confidence: NDArray[np.floating], *, lowest_first: bool
) -> list[int]:
    """Return the indices of the included digits, sorted by confidence.

    Args:
        included: (N,).
        confidence: of each digit, (N,).
        lowest_first: whether to start with the lowest confidence instead of the highest.
    """
    indices = np.flatnonzero(included)  # (n,), n digits included
    order = np.argsort(confidence[indices] * (1 if lowest_first else -1), kind="stable")
    return [int(index) for index in indices[order]]
