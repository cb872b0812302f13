"""What a network can be trained to do: a batch, its loss, and what is measured, for the engine.

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
from cnnviz.models.catalogue import architecture
from cnnviz.models.inference import Evaluation, evaluate, logits, outputs
from cnnviz.training.engine import detection
from cnnviz.training.engine.detection import Score, Targets
from cnnviz.training.engine.settings import Settings


class Task(Protocol):
    """One kind of work, on one device.

    Attributes:
        clip: largest norm of the whole gradient; None for any.
        tested_on: what it is tested on, in words.
    """

    clip: float | None
    tested_on: str

    def batch(self, chosen: Tensor, key: tuple[int, int]) -> tuple[Tensor, Any]:
        """Return x, (N, 1, size, size), and its targets.

        Args:
            chosen: (N,), places of training digits.
            key: seed and step, which decide all that is random. PyTorch's own random state follows
                from them where the settings augment.
        """

    def loss(self, scores: Tensor, targets: Any) -> Tensor:
        """Return what to minimize, the mean over the batch."""

    def tally(self, scores: Tensor, targets: Any) -> tuple[Tensor, Tensor | int]:
        """Return two counts whose sums over batches divide to the measure, 0 to 1."""

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Return how well the network does on what it has not seen."""

    def preview(self, model: nn.Module) -> dict[str, Any]:
        """Return what the network makes of a few test digits: fields of `records.Preview`."""


class Classify:
    """Name one digit; the measure is accuracy."""

    clip: float | None = None

    def __init__(self, settings: Settings, digits: Digits, device: torch.device) -> None:
        """Move the digits to the device."""
        self._settings = settings
        self._size = architecture(settings.model).input_size
        self._train, self._test = (
            (torch.from_numpy(pixels).to(device), torch.from_numpy(labels).to(device))
            for pixels, labels in (
                (digits.train_images, digits.train_labels),
                (digits.test_images, digits.test_labels),
            )
        )
        self._strip = self._test[0][torch.from_numpy(preview_indices(digits)).to(device)]
        self.tested_on = f"{len(digits.test_labels):,} test digits"

    def batch(self, chosen: Tensor, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Return the digits and their labels (N,)."""
        del key
        picked = to_unit_range(self._train[0][chosen])
        if self._settings.augmentation:
            picked = random_affine(picked, self._settings.augmentation)
        return normalize(picked, size=self._size), self._train[1][chosen]

    def loss(self, scores: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy in nats."""
        return F.cross_entropy(scores.float(), targets)

    def tally(self, scores: Tensor, targets: Tensor) -> tuple[Tensor, int]:
        """Return the right answers and all of them."""
        return (scores.argmax(dim=1) == targets).sum(), len(targets)

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Return loss, accuracy and confusion on the test digits."""
        return evaluate(model, *self._test, size=self._size)

    def preview(self, model: nn.Module) -> dict[str, Any]:
        """Return the answers to two test digits of each class, and their probabilities."""
        shares = logits(model, self._strip, size=self._size).softmax(1).cpu()
        confidences = [round(share, 4) for share in shares.amax(1).tolist()]
        return {"answers": shares.argmax(1).tolist(), "confidences": confidences}


class Detect:
    """Find and name one to three digits on a canvas; the measure is F1."""

    clip: float | None = 0.1  # as in the paper

    def __init__(self, settings: Settings, digits: Digits, device: torch.device) -> None:
        """Draw the canvases to test on, the same for every training."""
        self._settings, self._digits, self._device = settings, digits, device
        self._test = self._ready(held_out_canvases(digits))
        self._strip = torch.from_numpy(preview_canvases(digits).images).to(device)
        self.tested_on = f"{len(self._test[0]):,} canvases of test digits"

    def batch(self, chosen: Tensor, key: tuple[int, int]) -> tuple[Tensor, Targets]:
        """Return a canvas for each of the digits, with one or two others or alone."""
        made = canvases(
            self._digits.train_images,
            self._digits.train_labels,
            chosen.cpu().numpy(),
            np.random.default_rng(key),
            distort=self._distort if self._settings.augmentation else None,
        )
        pixels, targets = self._ready(made)
        return normalize(to_unit_range(pixels), size=pixels.shape[-1]), targets

    def loss(self, scores: Tensor, targets: Targets) -> Tensor:
        """Return the loss over sets, all decoder layers added up."""
        return detection.set_loss(scores, targets)

    def tally(self, scores: Tensor, targets: Targets) -> tuple[Tensor, Tensor]:
        """Return twice the hits, and boxes plus digits: they divide to F1."""
        hits, found, there = detection.hit_counts(
            detection.decode_detections(scores.detach()), targets
        )
        return 2 * hits, found + there

    def evaluate(self, model: nn.Module) -> Evaluation:
        """Return loss, F1 and the confusion of what was found on the test canvases."""
        return evaluate_detection(model, *self._test)

    def preview(self, model: nn.Module) -> dict[str, Any]:
        """Return what was found on ten test canvases."""
        found = detection.decode_detections(
            outputs(model, self._strip, size=self._strip.shape[-1]).cpu()
        )
        return {"answers": [], "confidences": [], "found": detection.detections_as_lists(found)}

    def _ready(self, made: Canvases) -> tuple[Tensor, Targets]:
        pixels, labels, boxes = (
            torch.from_numpy(array).to(self._device)
            for array in (made.images, made.labels, made.boxes)
        )
        return pixels, Targets(labels, boxes)

    def _distort(self, pixels: Pixels) -> Pixels:
        moved = random_affine(to_unit_range(torch.from_numpy(pixels)), self._settings.augmentation)
        distorted: Pixels = (moved * 255).round().to(torch.uint8).numpy()
        return distorted


def evaluate_detection(model: nn.Module, pixels: Tensor, targets: Targets) -> Evaluation:
    """Return loss, F1, precision, recall and confusion over uint8 canvases (N, 1, H, H)."""
    scores = outputs(model, pixels, size=pixels.shape[-1], batch=250)
    found = detection.decode_detections(scores)
    score = Score(*detection.hit_counts(found, targets).tolist())
    return Evaluation(
        loss=float(detection.set_loss(scores, targets).item()),
        accuracy=score.f1,
        confusion=detection.confusion(found, targets).tolist(),
        measures={"precision": score.precision, "recall": score.recall},
    )


TASKS: Mapping[str, Callable[[Settings, Digits, torch.device], Task]] = MappingProxyType(
    {"classify": Classify, "detect": Detect}
)
