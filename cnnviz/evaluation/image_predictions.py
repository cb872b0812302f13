"""Predictions of one or several networks for single images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.evaluation.non_digit_rejection import rejection_reason
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork

LEAST_CONFIDENCE = 0.5  # mean probability below which a prediction is called into doubt


@dataclass(frozen=True)
class ImagePrediction:
    """Probabilities of the ten classes for one image; they sum to 1."""

    probabilities: tuple[float, ...]

    @property
    def digit(self) -> int:
        """The most probable class."""
        return int(np.argmax(self.probabilities))

    @property
    def confidence(self) -> float:
        """The probability of that class."""
        return max(self.probabilities)


@dataclass(frozen=True)
class EnsemblePrediction:
    """Predictions of several networks for one image.

    Attributes:
        members: one prediction per network.
        mean: mean of their probabilities.
        doubt: why it may not be a digit, in a few words; None if it looks like one.
    """

    members: tuple[ImagePrediction, ...]
    mean: ImagePrediction
    doubt: str | None


@dataclass(frozen=True)
class Misclassification:
    """A test digit that a network misclassifies."""

    index: int
    label: int
    prediction: ImagePrediction


def classify_images(network: LoadedNetwork, images: Pixels) -> list[ImagePrediction]:
    """Return a network's prediction for each image.

    Args:
        network: a classifier.
        images: uint8, (N, 28, 28), white ink on black.
    """
    size = network.architecture.input_size
    scores = logits(network.model, torch.from_numpy(images[:, None]), size=size)  # (N, 10)
    return [ImagePrediction(tuple(row)) for row in scores.double().softmax(dim=1).tolist()]


def classify_canvas(model: nn.Module, canvas: Tensor) -> ImagePrediction:
    """Return a network's prediction for one canvas at its own size.

    Args:
        model: a classifier.
        canvas: uint8, (1, 1, H, H).

    Raises:
        RuntimeError: PyTorch's, if the network cannot take an image of that size.
    """
    scores = logits(model, canvas, size=canvas.shape[-1])  # (1, 10)
    return ImagePrediction(tuple(scores[0].double().softmax(dim=0).tolist()))


def combine_predictions(
    image: Pixels, predictions: Sequence[ImagePrediction]
) -> EnsemblePrediction:
    """Return the predictions of one or more networks for one image (28, 28) with their mean."""
    probabilities = np.mean(
        [prediction.probabilities for prediction in predictions], axis=0
    )  # (10,)
    mean = ImagePrediction(tuple(probabilities.tolist()))
    doubt = rejection_reason(image)
    if doubt is None and mean.confidence < LEAST_CONFIDENCE:
        several = len(predictions) > 1
        doubt = "the networks disagree" if several else "no class is clearly most probable"
    return EnsemblePrediction(tuple(predictions), mean, doubt)


def misclassifications(network: LoadedNetwork, digits: Digits) -> list[Misclassification]:
    """Return the test digits that a network misclassifies, highest confidence first."""
    predictions = classify_images(network, digits.test_images[:, 0])
    wrong = [
        Misclassification(index, int(label), prediction)
        for index, (label, prediction) in enumerate(
            zip(digits.test_labels, predictions, strict=True)
        )
        if prediction.digit != label
    ]
    return sorted(wrong, key=lambda error: -error.prediction.confidence)
