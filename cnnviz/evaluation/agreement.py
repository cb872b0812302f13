"""What several networks answer to the same digits, and where they differ."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.mnist import CLASSES, Labels, Pixels
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, holm, mcnemar, paired_difference, wilson

_BATCH = 250  # digits at a time

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network says of some digits.

    Attributes:
        probabilities: float32, (N, 10).
    """

    probabilities: NDArray[np.float32]

    @property
    def digits(self) -> Labels:
        """The most probable class of each, int64, (N,)."""
        found: Labels = self.probabilities.argmax(axis=1)
        return found

    @property
    def certainty(self) -> NDArray[np.float32]:
        """The probability of the answer, (N,)."""
        found: NDArray[np.float32] = self.probabilities.max(axis=1)
        return found

    def right(self, labels: Labels) -> Mask:
        """Tell which answers are the label, (N,)."""
        found: Mask = self.digits == labels
        return found


@dataclass(frozen=True)
class Split:
    """On how many digits each of two networks is right.

    Attributes:
        both: on which both are.
        first, second: on which only that one is.
        neither: on which none is.
    """

    both: int
    first: int
    second: int
    neither: int

    @property
    def difference(self) -> Interval:
        """The second's accuracy less the first's."""
        return paired_difference(self.both, self.first, self.second, self.neither)

    @property
    def chance(self) -> float:
        """How often chance splits the digits on which one is right as unevenly: McNemar's p."""
        return mcnemar(self.first, self.second)


@dataclass(frozen=True)
class Compared:
    """Two of several networks that were all compared with each other.

    Attributes:
        split: on how many digits each is right.
        chance: McNemar's p, corrected for the number of comparisons, see `confidence.holm`.
    """

    split: Split
    chance: float


def answers(network: LoadedNetwork, pixels: Pixels) -> Answers:
    """Ask a network about many digits.

    Args:
        network: a classifier.
        pixels: uint8, (N, 1, 28, 28).

    Raises:
        ValueError: if an answer is no number, as of a network whose training has diverged.
    """
    size = network.architecture.input_size
    scores = logits(network.model, torch.from_numpy(pixels), size=size, batch=_BATCH)
    if not scores.isfinite().all():
        raise ValueError("it answers with what is no number: its training has diverged")
    return Answers(scores.softmax(dim=1).numpy())


def confusion(found: Answers, labels: Labels) -> NDArray[np.int64]:
    """Return how often each class was taken for each, (10, 10); rows are true, columns answers."""
    pairs = labels * CLASSES + found.digits
    counts: NDArray[np.int64] = np.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    return counts


def accuracy(found: Answers, labels: Labels) -> Interval:
    """Return the share of right answers with its Wilson interval."""
    return wilson(int(found.right(labels).sum()), len(labels))


def per_class(found: Answers, labels: Labels) -> list[Interval | None]:
    """Return the share of each true class that is answered right; None where it has no digit."""
    counts = confusion(found, labels)
    return [
        wilson(int(counts[digit, digit]), int(counts[digit].sum())) if counts[digit].any() else None
        for digit in range(CLASSES)
    ]


def split(first: Answers, second: Answers, labels: Labels) -> Split:
    """Return on how many digits both, one or none of two networks is right."""
    return split_right(first.right(labels), second.right(labels))


def split_right(a: Mask, b: Mask) -> Split:
    """Return on how many digits both, one or none of two networks is right, from who is where."""
    return Split(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))


def every_pair(found: Sequence[Answers], labels: Labels) -> dict[tuple[int, int], Compared]:
    """Compare every two of several networks, by their places in the list, the smaller one first."""
    rights = [one.right(labels) for one in found]
    pairs = list(itertools.combinations(range(len(found)), 2))
    splits = [split_right(rights[a], rights[b]) for a, b in pairs]
    chances = holm([one.chance for one in splits])
    return {
        pair: Compared(one, chance)
        for pair, one, chance in zip(pairs, splits, chances, strict=True)
    }


def disputed(found: Sequence[Answers]) -> Mask:
    """Tell which digits not all of several networks answer alike, (N,).

    Raises:
        ValueError: if there is no network.
    """
    if not found:
        raise ValueError("there is no network: choose at least one")
    answered = np.stack([one.digits for one in found])
    differs: Mask = (answered != answered[0]).any(axis=0)
    return differs


def differing(first: Answers, second: Answers) -> int:
    """Return how many digits two networks answer differently."""
    return int((first.digits != second.digits).sum())
