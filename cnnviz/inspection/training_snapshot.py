"""A network after one step of its training: one part for its weights, one for a single digit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.forward_pass import FeatureMaps, forward_pass
from cnnviz.inspection.activations.layer_activations import main_modules
from cnnviz.inspection.attribution.gradients import saliency
from cnnviz.inspection.attribution.question import Target, question_about, to_image
from cnnviz.inspection.embedding.layer_vectors import MAIN_MODULES, vectors
from cnnviz.inspection.embedding.neighbors import (
    NEIGHBORS,
    Points,
    nearest_neighbors,
    separation,
)
from cnnviz.inspection.embedding.principal_components import principal_components
from cnnviz.inspection.receptive_field.effective import EffectiveField, effective_field
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.first_filters import first_filters
from cnnviz.stats.intervals import Interval

STORED_VECTOR_LIMIT = 512  # values of a digit's vector; dozens of snapshots are in memory at once
PAGE = 16  # channels of a layer shown at a time
FIELD_DIGITS = 16  # averaged over in the effective field
_INT16_MAX = 32_767


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The part of a snapshot that depends on the weights alone.

    Attributes:
        filters: float32, (F, h, w), of the first convolution.
        field: effective receptive field of the middle layer's center unit.
        layer: dotted name of the last module before the classifier.
        vectors: float32, (N, D), outputs of that module for some digits, see `layer_vectors`.
        separation: share of these digits whose nearest others vote for the true class.
    """

    filters: NDArray[np.float32]
    field: EffectiveField
    layer: str
    vectors: Tensor
    separation: Interval


@dataclass(frozen=True, eq=False)
class DigitSnapshot:
    """The part of a snapshot for one digit.

    Attributes:
        maps: of the early, the middle and the late layer.
        probabilities: float32, (K,).
        saliency: float32, (28, 28), of the target's logit, see `attribution.gradients.saliency`.
    """

    maps: tuple[FeatureMaps, ...]
    probabilities: NDArray[np.float32]
    saliency: NDArray[np.float32]

    @property
    def prediction(self) -> int:
        """The most probable class."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Its probability, 0 to 1."""
        return float(self.probabilities.max())


@dataclass(frozen=True, eq=False)
class ShownChannels:
    """Some channels of a layer over all snapshots: two bytes per value are as good as four.

    Attributes:
        channels: int16, (C,), positions in the layer, ascending.
        values: int16, (T, C, H, W).
        limit: what 32,767 stands for.
    """

    channels: NDArray[np.int16]
    values: NDArray[np.int16]
    limit: float


def snapshot(network: LoadedNetwork, pixels: Pixels, labels: NDArray[np.integer]) -> Snapshot:
    """Return the part of a snapshot that depends on the weights alone.

    Args:
        network: a classifier.
        pixels: uint8, (N, 1, 28, 28); the first `FIELD_DIGITS` are used for the effective field.
        labels: their classes, (N,).
    """
    layers = vectors(
        network, pixels, main_modules(network.model, MAIN_MODULES)[-2:], most=STORED_VECTOR_LIMIT
    )
    before = layers[-2] if len(layers) > 2 else layers[-1]  # the pixels come first
    x = network.input(pixels[:FIELD_DIGITS])  # (N, 1, H, W)
    near = nearest_neighbors(
        before.values, before.values, NEIGHBORS, leave_out_self=True
    )  # (N, neighbors)
    return Snapshot(
        filters=first_filters(network.model).numpy().copy(),
        field=effective_field(network, x, network.architecture.middle, kind="test digits"),
        layer=before.layer,
        vectors=before.values,
        separation=separation(near, labels),
    )


def digit_snapshot(network: LoadedNetwork, pixels: Pixels, target: int) -> DigitSnapshot:
    """Return the part of a snapshot for one digit.

    Args:
        network: a classifier.
        pixels: uint8, (1, 28, 28).
        target: class whose logit the saliency explains.
    """
    forward = forward_pass(network, pixels)
    question = question_about(network, Target(target), network.architecture.late)
    return DigitSnapshot(
        forward.maps, forward.probabilities, saliency(question, to_image(pixels)).numpy()
    )


def common_plane(vectors: Sequence[Tensor]) -> Points:
    """Return digits of several snapshots in the plane in which those of the last vary most.

    Args:
        vectors: float32, (N, D), of each snapshot, the same digits in the same order.

    Returns:
        Positions, float32, (T, N, 2).
    """
    pca = principal_components(vectors[-1], 2)
    return np.stack([pca.place(values) for values in vectors])


def strongest_channels(values: NDArray[np.float32], page: int = 0) -> NDArray[np.int64]:
    """Return `PAGE` channels of maps (C, H, W) in ascending order: the strongest on page 0."""
    peaks = np.abs(values).max(axis=(1, 2))  # (C,)
    start = PAGE * valid_page(page, len(values))
    return np.sort(np.argsort(-peaks, kind="stable")[start : start + PAGE])


def shown_channels(layers: Sequence[FeatureMaps], page: int) -> ShownChannels:
    """Return a page of a layer's channels over all snapshots, as whole numbers.

    Args:
        layers: maps of one layer, from the first snapshot to the newest.
        page: of the channels, which are ordered by the newest snapshot.
    """
    channels = strongest_channels(layers[-1].values, page)  # ascending indices
    values = np.stack([layer.values[channels] for layer in layers])  # (T, channels, H, W)
    limit = float(np.abs(values).max()) or 1.0
    scaled = np.round(values / limit * _INT16_MAX).astype(np.int16)  # half of float32's bytes
    return ShownChannels(channels.astype(np.int16), scaled, limit)


def valid_page(page: int, channels: int) -> int:
    """Return the page of channels, or the nearest one that exists."""
    return min(max(page, 0), page_count(channels) - 1)


def page_count(channels: int) -> int:
    """Return the number of pages for so many channels, at least one."""
    return -(-channels // PAGE)
