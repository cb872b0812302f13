"""Train pairs of networks with and without dropout on few digits, and compare their accuracies."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from cnnviz.data.mnist import Digits, Labels, Pixels, evenly_spaced
from cnnviz.models.inference import evaluate
from cnnviz.models.seeding import seeded
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.trainer import Trainer

TRIAL_DIGITS = 300  # to train on: few, so that a network can memorize them
EPOCHS = 12
_ROUNDING = 1e-9  # equal accuracies may differ by that much


@dataclass(frozen=True)
class Accuracies:
    """Share of right answers of one trained network, 0 to 1.

    Attributes:
        train: on the digits that it was trained on.
        test: on other digits.
    """

    train: float
    test: float

    @property
    def gap(self) -> float:
        """How much better the network does on its training digits."""
        return self.train - self.test


@dataclass(frozen=True)
class Pair:
    """Two trainings that differ in dropout only: same initial weights, same batches."""

    without: Accuracies
    dropped: Accuracies

    @property
    def narrowing(self) -> float:
        """Reduction of the train-test gap by dropout."""
        return self.without.gap - self.dropped.gap

    @property
    def improvement(self) -> float:
        """How much better the network with dropout does on test digits."""
        return self.dropped.test - self.without.test


@dataclass(frozen=True)
class Differences:
    """One difference per pair, summarized.

    Attributes:
        positive: pairs in which the difference is above zero.
        pairs: all of them.
        mean, low, high: over the pairs.
    """

    positive: int
    pairs: int
    mean: float
    low: float
    high: float


def summarize(differences: Sequence[float]) -> Differences:
    """Return in how many pairs a difference is positive, its mean and its range."""
    return Differences(
        sum(difference > _ROUNDING for difference in differences),
        len(differences),
        statistics.mean(differences),
        min(differences),
        max(differences),
    )


def train_and_test(digits: Digits, *, dropout: float, seed: int) -> Accuracies:
    """Return train and test accuracy of MnistCNN after a short training on few digits.

    Args:
        digits: `TRIAL_DIGITS` of its training digits are learned from; all its test digits are
            asked.
        dropout: share of hidden units that is dropped at each step, 0 to 1.
        seed: of the initial weights and the order of digits.
    """
    few = evenly_spaced(len(digits.train_labels), TRIAL_DIGITS)
    images, labels = digits.train_images[few], digits.train_labels[few]
    # the trainer asks its test digits after each epoch, which nobody looks at here: ten will do
    learned = Digits(
        digits.source, images, labels, digits.test_images[:10], digits.test_labels[:10]
    )
    settings = Settings(epochs=EPOCHS, batch_size=50, dropout=dropout, seed=seed, device="cpu")
    with seeded(seed):
        trainer = Trainer(build_network(settings), learned, settings, measure_every=1e9)
        for _ in trainer.events():
            pass

    def accuracy(images: Pixels, labels: Labels) -> float:
        pixels, targets = torch.from_numpy(images), torch.from_numpy(labels)
        return evaluate(trainer.model, pixels, targets, size=28).accuracy

    return Accuracies(accuracy(images, labels), accuracy(digits.test_images, digits.test_labels))
