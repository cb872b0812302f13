"""What a network does on the test digits of this machine: counted anew for each report."""

import io
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from cnnviz.data.canvases import NONE, held_out_canvases
from cnnviz.data.mnist import Digits, Labels, Pixels
from cnnviz.evaluation.agreement import Answers, answers, confusion
from cnnviz.evaluation.robustness import PERTURBATIONS, Perturbation
from cnnviz.models.inference import outputs
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, wilson
from cnnviz.training.engine import detection

SPOILED = 1000  # digits that are spoiled: the first ones of the test
STRENGTHS = {"noise": 0.3, "rotation": 20, "shift": 2, "blur": 1, "thickness": 1}
_ENLARGED = 4  # times, so that a picture prints well


@dataclass(frozen=True)
class Spoiled:
    """How many digits are right after they were spoiled one way.

    Attributes:
        perturbation: the way.
        strength: how much.
        before, after: share of the same digits that is right.
    """

    perturbation: Perturbation
    strength: float
    before: Interval
    after: Interval


@dataclass(frozen=True)
class Mistake:
    """One picture that the network gets wrong.

    Attributes:
        place: among the test pictures.
        pixels: uint8, (H, W).
        true: what is on it.
        said: what the network says; empty where it finds nothing.
        certainty: of the wrong answer, 0 to 1; 0 where it finds nothing.
    """

    place: int
    pixels: Pixels
    true: tuple[int, ...]
    said: tuple[int, ...]
    certainty: float

    def png(self) -> bytes:
        """Return the picture, each pixel enlarged."""
        grown = np.kron(self.pixels, np.ones((_ENLARGED, _ENLARGED), np.uint8))
        file = io.BytesIO()
        Image.fromarray(grown).save(file, "PNG", optimize=True)
        return file.getvalue()


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a classifier answers.

    Attributes:
        digits: that it was asked about.
        answers: what it says of each test digit.
        spoiled: what it withstands.
    """

    digits: Digits
    answers: Answers
    spoiled: tuple[Spoiled, ...]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers are right, (M,)."""
        return self.answers.right(self.digits.test_labels)

    @property
    def accuracy(self) -> Interval:
        """Share of right answers."""
        return wilson(int(self.right.sum()), len(self.right))

    def per_class(self) -> dict[int, float]:
        """Return the share of each class that is answered right, of those that there are."""
        labels = self.digits.test_labels
        return {int(d): float(self.right[labels == d].mean()) for d in np.unique(labels)}

    def pairs(self, most: int) -> list[tuple[int, int, int]]:
        """Return the most frequent mistakes: true digit, answer, how often."""
        wrong = confusion(self.answers, self.digits.test_labels)
        np.fill_diagonal(wrong, 0)
        places = np.argsort(-wrong, axis=None, kind="stable")[:most]
        found = [divmod(int(place), wrong.shape[1]) for place in places]
        return [(true, said, int(wrong[true, said])) for true, said in found if wrong[true, said]]

    def mistakes(self, most: int) -> list[Mistake]:
        """Return the wrong answers that the network is surest of, surest first."""
        wrong = np.flatnonzero(~self.right)
        certainty = self.answers.certainty
        order = wrong[np.argsort(-certainty[wrong], kind="stable")]
        return [
            Mistake(
                int(place),
                self.digits.test_images[place, 0],
                (int(self.digits.test_labels[place]),),
                (int(self.answers.digits[place]),),
                float(certainty[place]),
            )
            for place in order[:most]
        ]

    def handed_over(self, sure: float) -> tuple[int, int]:
        """Return how many digits are below that certainty, and how many of the others are wrong."""
        kept = self.answers.certainty >= sure
        return int((~kept).sum()), int((kept & ~self.right).sum())


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network makes of the test digits of this machine.

    Attributes:
        evidence: of a classifier.
        missed: pictures that a detector gets wrong, the surest ones.
        wrong: how many of those there are.
        of: pictures in all.
    """

    evidence: Evidence | None = None
    missed: list[Mistake] = field(default_factory=list)
    wrong: int = 0
    of: int = 0


def ask(network: LoadedNetwork, digits: Digits) -> Evidence:
    """Ask a classifier about all test digits, and about the first ones spoiled.

    Args:
        network: a classifier.
        digits: of this machine.

    Raises:
        ValueError: if it answers with what is no number.
    """
    found = answers(network, digits.test_images)
    pixels, labels = digits.test_images[:SPOILED], digits.test_labels[:SPOILED]
    right = int(found.right(digits.test_labels)[:SPOILED].sum())
    before = wilson(right, len(labels))
    spoiled = tuple(
        Spoiled(way, strength, before, _share(network, way.function(pixels, strength), labels))
        for way, strength in ((PERTURBATIONS[key], much) for key, much in STRENGTHS.items())
    )
    return Evidence(digits, found, spoiled)


def _share(network: LoadedNetwork, pixels: Pixels, labels: Labels) -> Interval:
    return wilson(int(answers(network, pixels).right(labels).sum()), len(labels))


def missed_canvases(network: LoadedNetwork, digits: Digits, most: int) -> Seen:
    """Return the test canvases whose names a detector gets wrong, surest first.

    A canvas counts as right when the names found are the names there, wherever the boxes lie.
    """
    made = held_out_canvases(digits)
    pixels = torch.from_numpy(made.images)
    scores = outputs(network.model, pixels, size=pixels.shape[-1], batch=250)
    found = detection.decode(scores)
    mistakes = []
    for place, (labels, sure, certainty) in enumerate(
        zip(found.labels, found.sure, found.confidences, strict=True)
    ):
        true = tuple(sorted(int(label) for label in made.labels[place] if label != NONE))
        said = tuple(sorted(labels[sure].tolist()))
        if true != said:
            amiss = Counter(said) - Counter(true)
            shares = [
                float(certainty[q]) for q in sure.nonzero().flatten() if int(labels[q]) in amiss
            ]
            surest = max(shares, default=0.0)
            mistakes.append(Mistake(place, made.images[place, 0], true, said, surest))
    mistakes.sort(key=lambda mistake: -mistake.certainty)
    return Seen(None, mistakes[:most], len(mistakes), len(made.images))
