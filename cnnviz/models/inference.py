"""How well a network does on digits it has not seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import CLASSES
from cnnviz.data.normalization import normalize, to_unit_range


@dataclass(frozen=True)
class Evaluation:
    """Result over a set of digits.

    Attributes:
        loss: mean cross-entropy in nats, or the set loss of a detector.
        accuracy: share of right answers, 0 to 1; of a detector its F1.
        confusion: rows are true digits, columns are answers, entries are counts.
        measures: what else was measured, by name, 0 to 1.
    """

    loss: float
    accuracy: float
    confusion: list[list[int]]
    measures: dict[str, float] = field(default_factory=dict)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module into evaluation mode and back into the mode each was in."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module in training:
            module.training = True


def logits(model: nn.Module, pixels: Tensor, *, size: int, batch: int = 1000) -> Tensor:
    """Return the network's raw scores (N, 10), float32, for uint8 pixels (N, 1, 28, 28)."""
    return outputs(model, pixels, size=size, batch=batch)


def outputs(model: nn.Module, pixels: Tensor, *, size: int, batch: int = 1000) -> Tensor:
    """Return what any network puts out, (N, ...), float32, for uint8 pixels (N, 1, H, H)."""
    with evaluating(model):
        scores = [
            model(normalize(to_unit_range(part), size=size)).float()
            for part in torch.split(pixels, batch)
        ]
    return torch.cat(scores)


def evaluate(model: nn.Module, pixels: Tensor, labels: Tensor, *, size: int) -> Evaluation:
    """Return loss, accuracy and confusion over uint8 pixels (N, 1, 28, 28) and labels (N,)."""
    scores = logits(model, pixels, size=size)
    answers = scores.argmax(dim=1)
    confusion = torch.bincount(labels * CLASSES + answers, minlength=CLASSES**2)
    return Evaluation(
        loss=float(F.cross_entropy(scores, labels).item()),
        accuracy=int((answers == labels).sum()) / len(labels),
        confusion=confusion.reshape(CLASSES, CLASSES).tolist(),
    )
