"""The effect of edits on a network's prediction for one image and on its accuracy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.mnist import Labels, Pixels
from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.inspection.activations.partial_forward import (
    Prefix,
    all_logits,
    prefix,
    resumed_logits,
)
from cnnviz.inspection.interventions.edits import Edit, apply_edits, effective_edits
from cnnviz.models.inference import logits
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import Interval, paired_difference, wilson
from cnnviz.stats.significance import mcnemar

Shares = NDArray[np.float32]
VISIBLE = 0.05  # share of the probability from which bars of it change visibly


@dataclass(frozen=True, eq=False)
class Baseline:
    """Predictions of the unedited network on test digits, computed once.

    Attributes:
        pixels: uint8, (N, 1, 28, 28).
        labels: int64, (N,).
        right: bool, (N,), whether each digit is classified correctly.
    """

    pixels: Pixels
    labels: Labels
    right: NDArray[np.bool_]


def moved_share(before: Shares, after: Shares) -> Shares:
    """Return the share of the probability that moved to other classes, (...), 0 to 1.

    Args:
        before, after: probabilities, (..., K), broadcast against each other.
    """
    share: Shares = np.abs(after - before).sum(axis=-1) / 2  # the total variation
    return share


@dataclass(frozen=True, eq=False)
class EditEffect:
    """Predictions before and after edits, for one image and counted over test digits.

    Attributes:
        before, after: float32, (10,), the probabilities for the image.
        both: number of digits classified correctly before and after.
        lost: correctly before, incorrectly after.
        gained: incorrectly before, correctly after.
        neither: incorrectly before and after.
    """

    before: Shares
    after: Shares
    both: int
    lost: int
    gained: int
    neither: int

    @property
    def predicted_before(self) -> int:
        """Class predicted for the image without the edits."""
        return int(self.before.argmax())

    @property
    def predicted_after(self) -> int:
        """Class predicted for the image with the edits."""
        return int(self.after.argmax())

    @property
    def visible(self) -> bool:
        """Whether the bars of the image's probabilities change visibly."""
        return bool(moved_share(self.before, self.after) >= VISIBLE)

    @property
    def tested(self) -> int:
        """Number of digits tested."""
        return self.both + self.lost + self.gained + self.neither

    @property
    def accuracy_before(self) -> Interval:
        """Accuracy without the edits."""
        return wilson(self.both + self.lost, self.tested)

    @property
    def accuracy_after(self) -> Interval:
        """Accuracy with the edits."""
        return wilson(self.both + self.gained, self.tested)

    @property
    def difference(self) -> Interval:
        """Accuracy after minus before, paired: narrower than the two intervals suggest."""
        return paired_difference(self.both, self.lost, self.gained, self.neither)

    @property
    def chance(self) -> float:
        """The p-value of McNemar's test that edits change no accuracy, 0 to 1."""
        return mcnemar(self.lost, self.gained)


def baseline(network: LoadedNetwork, pixels: Pixels, labels: Labels) -> Baseline:
    """Return the predictions of a network without edits on digits (N, 1, 28, 28)."""
    scores = all_logits(network, pixels)  # (N, 10)
    return Baseline(pixels, labels, scores.argmax(dim=1).numpy() == labels)


def edit_effects(
    network: LoadedNetwork,
    edits: Iterable[Edit],
    image: Pixels,
    tested: Baseline,
    *,
    layers: Iterable[MapLayer],
    before: Prefix | None = None,
) -> Iterator[EditEffect]:
    """Yield the effect of edits over a growing number of test digits, batch by batch.

    The first covers one batch, so that something can be shown at once; the last covers all.

    Args:
        network: any network.
        edits: a history of edits.
        image: uint8, (28, 28).
        tested: predictions of the unedited network.
        layers: the network's `map_layers`.
        before: outputs of the layers before the first edited one, for the digits of `tested`; None
            runs all layers.

    Raises:
        ValueError: if an edit does not fit the network, see `apply_edits`.
    """
    edits = effective_edits(edits)
    changed = apply_edits(network, edits, layers)
    shares = _probabilities(network, image), _probabilities(changed, image)  # (10,) each
    if not edits:
        yield _effect(shares, tested.right, tested.right)
        return
    right = np.zeros(0, bool)  # grows by a batch at a time
    for scores in resumed_logits(
        changed, before or prefix(network, tested.pixels, layer="")
    ):  # (n, 10)
        predicted = scores.argmax(dim=1).numpy()  # (n,)
        labels = tested.labels[len(right) : len(right) + len(predicted)]
        right = np.append(right, predicted == labels)  # of all digits so far
        yield _effect(shares, tested.right[: len(right)], right)


def _effect(
    shares: tuple[Shares, Shares], before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> EditEffect:
    return EditEffect(
        *shares,
        both=int((before & after).sum()),
        lost=int((before & ~after).sum()),
        gained=int((~before & after).sum()),
        neither=int((~before & ~after).sum()),
    )


def _probabilities(network: LoadedNetwork, image: Pixels) -> Shares:
    size = network.architecture.input_size
    scores = logits(network.model, torch.from_numpy(image[None, None]), size=size)  # (1, 10)
    return np.asarray(scores[0].softmax(dim=0).numpy())  # (10,)
