"""Test results of a network on the digits of this machine, computed anew for each report."""

import io
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from cnnviz.data.canvases import NO_DIGIT, held_out_canvases
from cnnviz.data.mnist import Digits, Pixels
from cnnviz.evaluation.perturbations import PERTURBATIONS, Perturbation
from cnnviz.evaluation.predictions import Predictions, accuracy, confusion_counts, predict
from cnnviz.models.inference import detector_outputs
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, wilson
from cnnviz.training.engine import detection

PERTURBED = 1000  # digits that are perturbed: the first ones of the test
STRENGTHS = {"noise": 0.3, "rotation": 20, "shift": 2, "blur": 1, "thickness": 1}
_ENLARGEMENT = 4  # so that an image prints sharply


@dataclass(frozen=True)
class PerturbedAccuracy:
    """Accuracy on digits before and after a perturbation.

    Attributes:
        perturbation: what was done to the digits.
        strength: of the perturbation.
        before, after: accuracy on the same digits.
    """

    perturbation: Perturbation
    strength: float
    before: Interval
    after: Interval


@dataclass(frozen=True)
class WrongPrediction:
    """A test image that the network gets wrong.

    Attributes:
        index: among the test images.
        pixels: uint8, (H, W).
        true: digits on it.
        predicted: digits that the network predicts; empty if it finds none.
        confidence: of the wrong prediction, 0 to 1; 0 if it finds none.
    """

    index: int
    pixels: Pixels
    true: tuple[int, ...]
    predicted: tuple[int, ...]
    confidence: float

    def png(self) -> bytes:
        """Return the image as PNG, enlarged."""
        enlarged = np.kron(self.pixels, np.ones((_ENLARGEMENT, _ENLARGEMENT), np.uint8))
        file = io.BytesIO()
        Image.fromarray(enlarged).save(file, "PNG", optimize=True)
        return file.getvalue()


@dataclass(frozen=True, eq=False)
class ClassifierResults:
    """Test results of a classifier.

    Attributes:
        digits: of this machine; M of them are test digits.
        predictions: for the test digits.
        perturbed: accuracy under perturbations.
    """

    digits: Digits
    predictions: Predictions
    perturbed: tuple[PerturbedAccuracy, ...]

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Which predictions are correct, (M,)."""
        return self.predictions.correct(self.digits.test_labels)

    def per_class(self) -> dict[int, float]:
        """Return the accuracy on each class that occurs."""
        labels = self.digits.test_labels
        return {int(d): float(self.correct[labels == d].mean()) for d in np.unique(labels)}

    def frequent_confusions(self, most: int) -> list[tuple[int, int, int]]:
        """Return the most frequent errors: true digit, predicted digit, count."""
        errors = confusion_counts(self.predictions, self.digits.test_labels)  # (10, 10)
        np.fill_diagonal(errors, 0)
        order = np.argsort(-errors, axis=None, kind="stable")[:most]  # indices into the flat (100,)
        pairs = [divmod(int(place), errors.shape[1]) for place in order]
        return [
            (true, predicted, int(errors[true, predicted]))
            for true, predicted in pairs
            if errors[true, predicted]
        ]

    def most_confident_errors(self, most: int) -> list[WrongPrediction]:
        """Return the wrong predictions with the highest confidence, highest first."""
        wrong = np.flatnonzero(~self.correct)  # indices of digits
        confidence = self.predictions.confidence  # (N,)
        order = wrong[np.argsort(-confidence[wrong], kind="stable")]  # most confident first
        return [
            WrongPrediction(
                int(index),
                self.digits.test_images[index, 0],
                (int(self.digits.test_labels[index]),),
                (int(self.predictions.digits[index]),),
                float(confidence[index]),
            )
            for index in order[:most]
        ]

    def rejection(self, threshold: float) -> tuple[int, int]:
        """Return the predictions below a confidence threshold, and the errors among the others."""
        accepted = self.predictions.confidence >= threshold  # (N,)
        return int((~accepted).sum()), int((accepted & ~self.correct).sum())


@dataclass(frozen=True, eq=False)
class DetectorResults:
    """Test results of a detector.

    Attributes:
        errors: canvases that it gets wrong, the most confident errors first.
        wrong: number of canvases that it gets wrong.
        canvases: number of test canvases.
    """

    errors: list[WrongPrediction]
    wrong: int
    canvases: int


def classifier_results(network: LoadedNetwork, digits: Digits) -> ClassifierResults:
    """Evaluate a classifier on all test digits, and on the first ones perturbed.

    Args:
        network: a classifier.
        digits: of this machine.

    Raises:
        ValueError: if its output is not finite.
    """
    predictions = predict(network, digits.test_images)
    pixels, labels = digits.test_images[:PERTURBED], digits.test_labels[:PERTURBED]
    correct = int(predictions.correct(digits.test_labels)[:PERTURBED].sum())
    before = wilson(correct, len(labels))
    perturbed = []
    for key, strength in STRENGTHS.items():
        perturbation = PERTURBATIONS[key]
        after = accuracy(predict(network, perturbation.function(pixels, strength)), labels)
        perturbed.append(PerturbedAccuracy(perturbation, strength, before, after))
    return ClassifierResults(digits, predictions, tuple(perturbed))


def detector_results(network: LoadedNetwork, digits: Digits, most: int) -> DetectorResults:
    """Evaluate a detector on the held-out canvases.

    A canvas counts as correct if the detected digits are those on it, wherever the boxes lie.

    Args:
        network: a detector.
        digits: of this machine.
        most: number of errors to keep.
    """
    canvases = held_out_canvases(digits)
    pixels = torch.from_numpy(canvases.images)  # (N, 1, H, W)
    detections = detection.decode_detections(detector_outputs(network.model, pixels))
    errors = []
    for index, (labels, sure, confidences) in enumerate(
        zip(detections.labels, detections.detected, detections.confidences, strict=True)
    ):
        true = tuple(sorted(int(label) for label in canvases.labels[index] if label != NO_DIGIT))
        predicted = tuple(sorted(labels[sure].tolist()))
        if true == predicted:
            continue
        surplus = Counter(predicted) - Counter(true)  # digits detected too often
        wrong = [
            float(confidences[q]) for q in sure.nonzero().flatten() if int(labels[q]) in surplus
        ]
        errors.append(
            WrongPrediction(
                index, canvases.images[index, 0], true, predicted, max(wrong, default=0.0)
            )
        )
    errors.sort(key=lambda error: -error.confidence)
    return DetectorResults(errors[:most], len(errors), len(canvases.images))
