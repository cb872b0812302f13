"""Forward passes over many images in evaluation mode, and test results."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import CLASSES
from cnnviz.data.normalization import normalize, to_unit_range

_CANVASES = 250  # at a time, which are larger than digits


@dataclass(frozen=True)
class Evaluation:
    """Test result on a set of digits.

    Attributes:
        loss: mean cross-entropy in nats, or the set loss of a detector.
        accuracy: fraction of correct predictions, 0 to 1; of a detector its F1.
        confusion: counts; rows are true digits, columns are predictions.
        measures: further measures by name, 0 to 1.
    """

    loss: float
    accuracy: float
    confusion: list[list[int]]
    measures: dict[str, float] = field(default_factory=dict)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module into evaluation mode, without gradients, and restore its mode at the end."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module in training:
            module.training = True


def logits(model: nn.Module, pixels: Tensor, *, size: int, batch: int = 1000) -> Tensor:
    """Return the logits of a classifier, float32, (N, 10), for uint8 pixels (N, 1, 28, 28)."""
    return outputs(model, pixels, size=size, batch=batch)


def outputs(model: nn.Module, pixels: Tensor, *, size: int, batch: int = 1000) -> Tensor:
    """Return the outputs of any network, float32, (N, ...), for uint8 pixels (N, 1, H, H)."""
    with evaluating(model):
        batches = [
            model(normalize(to_unit_range(images), size=size)).float()
            for images in torch.split(pixels, batch)
        ]
    return torch.cat(batches)  # (N, ...)


def detector_outputs(model: nn.Module, canvases: Tensor) -> Tensor:
    """Return a detector's outputs (N, layers, Q, 15) for uint8 canvases (N, 1, H, H)."""
    return outputs(model, canvases, size=canvases.shape[-1], batch=_CANVASES)


def evaluate(model: nn.Module, pixels: Tensor, labels: Tensor, *, size: int) -> Evaluation:
    """Return loss, accuracy and confusion over uint8 pixels (N, 1, 28, 28) and labels (N,)."""
    scores = logits(model, pixels, size=size)  # (N, 10)
    predictions = scores.argmax(dim=1)  # (N,)
    confusion = torch.bincount(labels * CLASSES + predictions, minlength=CLASSES**2)  # (100,)
    return Evaluation(
        loss=float(F.cross_entropy(scores, labels).item()),
        accuracy=int((predictions == labels).sum()) / len(labels),
        confusion=confusion.reshape(CLASSES, CLASSES).tolist(),  # (10, 10)
    )
