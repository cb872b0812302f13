"""What edits do to a network: to its answer for one image, and to how often it is right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels, Pixels
from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.inspection.activations.partial_forward import Prefix, prefix, resume
from cnnviz.inspection.interventions.edits import Edit, current, edited
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, paired_difference, wilson
from cnnviz.stats.significance import mcnemar

Shares = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Baseline:
    """How a network does on some digits before anything is edited; computed once.

    Attributes:
        pixels: uint8, (N, 1, 28, 28).
        labels: int64, (N,).
        right: bool, (N,), which of them it reads right.
    """

    pixels: Pixels
    labels: Labels
    right: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Effect:
    """What edits change.

    Attributes:
        before, after: float32, (10,), the probabilities for the image.
        both: test digits that are read right before and after.
        lost: right before, wrong after.
        gained: wrong before, right after.
        neither: wrong both times.
    """

    before: Shares
    after: Shares
    both: int
    lost: int
    gained: int
    neither: int

    @property
    def tested(self) -> int:
        """How many digits were tested."""
        return self.both + self.lost + self.gained + self.neither

    @property
    def accuracy_before(self) -> Interval:
        """The share of right answers without the edits."""
        return wilson(self.both + self.lost, self.tested)

    @property
    def accuracy_after(self) -> Interval:
        """The share of right answers with the edits."""
        return wilson(self.both + self.gained, self.tested)

    @property
    def difference(self) -> Interval:
        """After less before; narrower than the two intervals, since the digits are the same."""
        return paired_difference(self.both, self.lost, self.gained, self.neither)

    @property
    def chance(self) -> float:
        """How often chance alone would change as many digits as unevenly, 0 to 1."""
        return mcnemar(self.lost, self.gained)


def baseline(network: LoadedNetwork, pixels: Pixels, labels: Labels) -> Baseline:
    """Return how a network does on digits without edits."""
    scores = torch.cat(list(resume(network, prefix(network, pixels, layer=""))))
    return Baseline(pixels, labels, scores.argmax(dim=1).numpy() == labels)


def effects(
    network: LoadedNetwork,
    edits: Iterable[Edit],
    image: Pixels,
    tested: Baseline,
    *,
    layers: Iterable[MapLayer],
    before: Prefix | None = None,
) -> Iterator[Effect]:
    """Yield what edits do to a network, over more and more of the test digits.

    The first is over no more than the first batch, so that something can be shown at once; the
    last is over all.

    Args:
        network: any network.
        edits: a history of edits.
        image: uint8, (28, 28).
        tested: the network on test digits, without edits.
        layers: those that put out maps, as `cnnviz.inspection.activations.map_layers` finds them.
        before: prefix of the same digits, up to the earliest of the edited layers; it saves what
            comes before. None runs everything.

    Raises:
        ValueError: if an edit does not fit the network.
    """
    edits = current(edits)
    changed = edited(network, edits, layers)
    shares = _probabilities(network, image), _probabilities(changed, image)
    if not edits:
        yield _effect(shares, tested.right, tested.right)
        return
    right = np.zeros(0, bool)
    for scores in resume(changed, before or prefix(network, tested.pixels, layer="")):
        answers = scores.argmax(dim=1).numpy()
        right = np.append(right, answers == tested.labels[len(right) : len(right) + len(answers)])
        yield _effect(shares, tested.right[: len(right)], right)


def _effect(
    shares: tuple[Shares, Shares], before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> Effect:
    return Effect(
        *shares,
        both=int((before & after).sum()),
        lost=int((before & ~after).sum()),
        gained=int((~before & after).sum()),
        neither=int((~before & ~after).sum()),
    )


def _probabilities(network: LoadedNetwork, image: Pixels) -> Shares:
    size = network.architecture.input_size
    scores = logits(network.model, torch.from_numpy(image[None, None]), size=size)
    return np.asarray(scores[0].softmax(dim=0).numpy())
