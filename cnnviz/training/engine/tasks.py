"""Tasks that networks are trained for: batches, loss, measures and test of each.

All randomness of a batch is a function of the seed and the step.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.augmentation import random_affine
from cnnviz.data.canvases import Canvases, canvases, held_out_canvases, preview_canvases
from cnnviz.data.mnist import Digits, Pixels, preview_indices
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.catalog import architecture
from cnnviz.models.inference import Evaluation, detector_outputs, evaluate, logits
from cnnviz.training.engine import detection
from cnnviz.training.engine.detection import Score, Targets
from cnnviz.training.engine.settings import Settings


class Task(Protocol):
    """Interface between a trainer and a task, on one device.

    Attributes:
        augmentation: strength of the random distortions, which may change between two batches.
        clip: norm to which the gradient of all parameters is clipped; None for no clipping.
        tested_on: the test set in words.
    """

    augmentation: float
    clip: float | None
    tested_on: str

    def batch(self, indices: Tensor, key: tuple[int, int]) -> tuple[Tensor, Any]:
        """Return normalized images (N, 1, size, size) and their targets.

        Args:
            indices: of training digits, (N,).
            key: seed and step, which determine everything random. Where there is augmentation,
                PyTorch's random state has been seeded from them.
        """

    def loss(self, outputs: Tensor, targets: Any) -> Tensor:
        """Return the loss to minimize, a scalar: the mean over the batch."""

    def tally(self, outputs: Tensor, targets: Any) -> tuple[Tensor, Tensor | int]:
        """Return two counts; the measure, 0 to 1, is the ratio of their sums over batches."""

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Return loss and measures on the test set."""

    def preview(self, model: nn.Module) -> dict[str, Any]:
        """Return the predictions for a few test digits: fields of `records.Preview`."""


class Classify:
    """Classification of one digit; the measure is accuracy."""

    clip: float | None = None

    def __init__(self, settings: Settings, digits: Digits, device: torch.device) -> None:
        """Move the digits to the device."""
        self.augmentation = settings.augmentation
        self._size = architecture(settings.model).input_size
        self._train, self._test = (  # images (N, 1, 28, 28), labels (N,)
            (torch.from_numpy(pixels).to(device), torch.from_numpy(labels).to(device))
            for pixels, labels in (
                (digits.train_images, digits.train_labels),
                (digits.test_images, digits.test_labels),
            )
        )
        self._preview_indices = preview_indices(digits)  # (20,)
        shown = torch.from_numpy(self._preview_indices).to(device)
        self._preview_images = self._test[0][shown]  # (20, 1, 28, 28)
        self.tested_on = f"{len(digits.test_labels):,} test digits"

    def batch(self, indices: Tensor, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Return normalized images (N, 1, size, size) and their labels (N,)."""
        del key
        pixels = to_unit_range(self._train[0][indices])  # (N, 1, 28, 28) in [0, 1]
        if self.augmentation:
            pixels = random_affine(pixels, self.augmentation)  # (N, 1, 28, 28)
        return normalize(pixels, size=self._size), self._train[1][indices]

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy in nats of logits (N, 10)."""
        return F.cross_entropy(outputs.float(), targets)

    def tally(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, int]:
        """Return the number of correct answers and of all."""
        return (outputs.argmax(dim=1) == targets).sum(), len(targets)  # on the device, a number

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Return loss, accuracy and confusion on the test digits."""
        return evaluate(model, *self._test, size=self._size)

    def preview(self, model: nn.Module) -> dict[str, Any]:
        """Return the answers to easy and hard test digits, their probabilities, and which."""
        probabilities = logits(model, self._preview_images, size=self._size).softmax(1).cpu()
        confidences = [round(p, 4) for p in probabilities.amax(1).tolist()]  # (20,)
        return {
            "answers": probabilities.argmax(1).tolist(),
            "confidences": confidences,
            "indices": self._preview_indices.tolist(),
        }


class Detect:
    """Detection of one to three digits on a canvas; the measure is F1."""

    clip: float | None = 0.1  # as in the paper

    def __init__(self, settings: Settings, digits: Digits, device: torch.device) -> None:
        """Draw the test canvases, the same for every training."""
        self.augmentation = settings.augmentation
        self._digits, self._device = digits, device
        self._test = self._to_device(held_out_canvases(digits))
        self._preview_images = torch.from_numpy(preview_canvases(digits).images).to(device)
        self.tested_on = f"{len(self._test[0]):,} canvases of test digits"

    def batch(self, indices: Tensor, key: tuple[int, int]) -> tuple[Tensor, Targets]:
        """Return a canvas for each of the digits, alone or with one or two others."""
        drawn = canvases(
            self._digits.train_images,
            self._digits.train_labels,
            indices.cpu().numpy(),
            np.random.default_rng(key),
            distort=self._distort if self.augmentation else None,
        )
        pixels, targets = self._to_device(drawn)  # uint8, (N, 1, H, H)
        return normalize(to_unit_range(pixels), size=pixels.shape[-1]), targets

    def loss(self, outputs: Tensor, targets: Targets) -> Tensor:
        """Return the set loss of outputs (N, layers, Q, 15), summed over the decoder layers."""
        return detection.set_loss(outputs, targets)

    def tally(self, outputs: Tensor, targets: Targets) -> tuple[Tensor, Tensor]:
        """Return twice the hits, and detections plus digits, which divide to F1."""
        detections = detection.decode_detections(outputs.detach())
        hits, detected, digits = detection.hit_counts(detections, targets)  # scalars on the device
        return 2 * hits, detected + digits  # F1 = 2 hits / (detections + digits)

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Return loss, F1, precision, recall and confusion on the test canvases."""
        return evaluate_detection(model, *self._test)

    def preview(self, model: nn.Module) -> dict[str, Any]:
        """Return the detections on ten test canvases."""
        detections = detection.decode_detections(
            detector_outputs(model, self._preview_images).cpu()
        )
        return {
            "answers": [],
            "confidences": [],
            "found": detection.detections_as_lists(detections),
        }

    def _to_device(self, drawn: Canvases) -> tuple[Tensor, Targets]:
        pixels, labels, boxes = (  # (N, 1, H, H), (N, K), (N, K, 4)
            torch.from_numpy(array).to(self._device)
            for array in (drawn.images, drawn.labels, drawn.boxes)
        )
        return pixels, Targets(labels, boxes)

    def _distort(self, pixels: Pixels) -> Pixels:
        """Return uint8 digits (N, 1, 28, 28), rotated, shifted, scaled and sheared at random."""
        moved = random_affine(to_unit_range(torch.from_numpy(pixels)), self.augmentation)
        distorted: Pixels = (moved * 255).round().to(torch.uint8).numpy()
        return distorted


def evaluate_detection(model: nn.Module, pixels: Tensor, targets: Targets) -> Evaluation:
    """Return loss, F1, precision, recall and confusion of a detector on canvases.

    Args:
        model: detector.
        pixels: uint8 canvases (N, 1, H, H).
        targets: digits on the canvases.
    """
    outputs = detector_outputs(model, pixels)  # (N, layers, Q, 15)
    detections = detection.decode_detections(outputs)
    score = Score(*detection.hit_counts(detections, targets).tolist())
    return Evaluation(
        loss=float(detection.set_loss(outputs, targets).item()),
        accuracy=score.f1,
        confusion=detection.confusion(detections, targets).tolist(),
        measures={"precision": score.precision, "recall": score.recall},
    )


TASKS: Mapping[str, Callable[[Settings, Digits, torch.device], Task]] = MappingProxyType(
    {"classify": Classify, "detect": Detect}
)
