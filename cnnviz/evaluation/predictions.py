"""What trained networks say about one image, and where they are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from cnnviz.data.mnist import Digits, Pixels
from cnnviz.evaluation import digit_detector
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork

SURE = 0.5  # the mean probability under which an answer is no answer


@dataclass(frozen=True)
class Answer:
    """Probabilities of the ten classes, which sum to 1."""

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
class Reading:
    """What several networks make of one image together.

    Attributes:
        answers: one per network.
        together: the mean of their probabilities.
        doubt: why it may be no digit, in a few words; None if it looks like one.
    """

    answers: tuple[Answer, ...]
    together: Answer
    doubt: str | None


@dataclass(frozen=True)
class Mistake:
    """A test digit that a network gets wrong."""

    index: int
    label: int
    answer: Answer


def classify(network: LoadedNetwork, images: Pixels) -> list[Answer]:
    """Return a network's answer to each of the images.

    Args:
        network: a classifier.
        images: uint8, (N, 28, 28), white ink on black.
    """
    size = network.architecture.input_size
    scores = logits(network.model, torch.from_numpy(images[:, None]), size=size)
    return [Answer(tuple(row)) for row in scores.double().softmax(dim=1).tolist()]


def read(image: Pixels, answers: Sequence[Answer]) -> Reading:
    """Combine the answers of one or more networks to one image (28, 28)."""
    mean = np.mean([answer.probabilities for answer in answers], axis=0)
    together = Answer(tuple(mean.tolist()))
    doubt = digit_detector.doubt(image)
    if doubt is None and together.confidence < SURE:
        doubt = "the answers contradict each other" if len(answers) > 1 else "no answer stands out"
    return Reading(tuple(answers), together, doubt)


def mistakes(network: LoadedNetwork, digits: Digits) -> list[Mistake]:
    """Return the test digits that a network gets wrong, the most confident mistake first."""
    answers = classify(network, digits.test_images[:, 0])
    wrong = [
        Mistake(index, int(label), answer)
        for index, (label, answer) in enumerate(zip(digits.test_labels, answers, strict=True))
        if answer.digit != label
    ]
    return sorted(wrong, key=lambda mistake: -mistake.answer.confidence)
