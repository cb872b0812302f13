"""Test digits as points of each layer, worked out behind the page layer by layer, and kept."""

import functools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz import networks
from cnnviz.catalogue import architecture
from cnnviz.data import Digits, Pixels
from cnnviz.networks import Network
from cnnviz.ui import cache
from cnnviz.ui.later import soon

if TYPE_CHECKING:
    from cnnviz.embedding import Embedding, Points, Vectors

COUNT = 1000  # digits
MODES = ("PCA", "t-SNE")

PLACED = {
    "PCA": "Placed exactly: its own projection.",
    "t-SNE": "Placed between its five nearest, since t-SNE has no formula for a new point.",
}
HELP = """
- **A point is a test digit**, drawn as the digit it is labelled. Its place comes from all numbers
  that the layer puts out for it. A layer with more than 3,136 numbers is averaged over cells of
  its maps first; what was done stands above each map.
- **PCA** turns the cloud so that its widest direction lies across and the next one upwards. It
  bends nothing, so what is far apart here is far apart; what is close may still differ in the
  directions that are not shown. The shares say how much of the variance one sees.
- **t-SNE** keeps neighbours together: perplexity 30, 500 rounds, seed 0, from the first 30
  principal components. How large a group is, and how far from another, means nothing.
- **Between layers** maps are mirrored (PCA) or turned and mirrored (t-SNE) to move as little as
  they can, which changes no distance.
- **How well classes separate** is counted in the layer's own space, not on the map: the share of
  digits whose five nearest others vote for the true class, itself left out.
- **Your own digit** is a ring with a cross. In PCA it is projected like the others; t-SNE knows no
  new points, so there it lies between its five nearest, nearer ones weighing more.
"""


@dataclass(frozen=True, eq=False)
class Sample:
    """The test digits on the map, of all classes.

    Attributes:
        source: of the digits.
        index: int, (N,), their numbers in the test set.
        images: uint8, (N, 1, 28, 28).
        labels: int, (N,).
    """

    source: str
    index: NDArray[np.int64]
    images: Pixels
    labels: NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class LayerMap:
    """One layer's map.

    Attributes:
        embedding: what it shows.
        places: float32, (N, 2), lying as near as it can to the layer before.
        signs: of the principal components on the map's axes, (2,); None of a t-SNE.
        subject: float32, (2,), where the subject lies; None where there is none.
        near: numbers in the sample of the subject's nearest digits, nearest first.
    """

    embedding: "Embedding"
    places: "Points"
    signs: NDArray[np.float32] | None
    subject: "Points | None" = None
    near: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Atlas:
    """The maps of one network.

    Attributes:
        network: it.
        layers: how many there will be; 0 as long as nobody knows.
        maps: those that are ready, in the order of execution.
    """

    network: Network
    layers: int
    maps: tuple[LayerMap, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return 0 < self.layers == len(self.maps)


@st.cache_resource(max_entries=2, show_spinner=False)
def sample(source: str, _digits: Digits) -> Sample:
    """Return the digits to show: the first of a walk through the test set."""
    count = min(COUNT, len(_digits.test_labels))
    index = np.array([cache.walk(_digits, position) for position in range(count)])
    return Sample(source, index, _digits.test_images[index], _digits.test_labels[index])


def atlases(
    chosen: Sequence[Network], shown: Sample, *, mode: str, image: Pixels | None
) -> list[Atlas]:
    """Return what is ready of the networks' maps, and have the rest worked out.

    Args:
        chosen: the networks.
        shown: the digits.
        mode: one of `MODES`.
        image: uint8, (28, 28), to be placed among them; None for none.
    """
    wanted: dict[Hashable, Callable[[], Any]] = {}
    for network in chosen:
        wanted[_key(network, shown)] = functools.partial(_names, network, shown)
    known = soon(wanted)
    names = {network: known.get(_key(network, shown), ()) for network in chosen}
    for kind in dict.fromkeys(("PCA", mode)):
        for network in chosen:
            for i in range(len(names[network])):
                call = functools.partial(_CALLS[kind], network, shown, i)
                wanted[*_key(network, shown), kind, i] = call
    ready = soon(wanted)
    return [
        Atlas(
            network,
            len(names[network]),
            tuple(_maps(network, shown, ready, mode, image)),
        )
        for network in chosen
    ]


def _maps(
    network: Network, shown: Sample, ready: dict[Hashable, Any], mode: str, image: Pixels | None
) -> list[LayerMap]:
    """Return a network's maps as far as they follow each other without a gap."""
    from cnnviz.embedding import mirrored, turned

    found: list[LayerMap] = []
    for i in range(len(ready.get(_key(network, shown), ()))):
        embedding: Embedding | None = ready.get((*_key(network, shown), "PCA", i))
        places: Points | None = ready.get((*_key(network, shown), "t-SNE", i))
        if embedding is None or (places is None and mode != "PCA"):
            break
        plane = embedding.points[:, :2]
        before = found[-1].places if found else plane
        if mode == "PCA":
            signs = mirrored(plane, before)
            found.append(LayerMap(embedding, plane * signs, signs))
        elif places is not None:
            found.append(LayerMap(embedding, turned(places, before), None))
    if image is None or not image.any():
        return found
    placed = _subject(network.key, network.version, image.tobytes(), network, image)
    same = np.flatnonzero((shown.images[:, 0] == image).all(axis=(1, 2)))
    return [_with_subject(one, placed[one.embedding.layer], same) for one in found]


def _with_subject(one: LayerMap, vector: "Vectors", same: NDArray[np.int64]) -> LayerMap:
    """Return a map with the subject in it: exactly in PCA's, about where it belongs in t-SNE's.

    Args:
        one: the map.
        vector: what the layer makes of the subject.
        same: where the subject itself is among the digits, if it is.
    """
    from cnnviz.embedding import among_neighbours

    if len(same):
        near = tuple(one.embedding.neighbours[same[0]].tolist())
        return replace(one, subject=one.places[same[0]], near=near)
    point = one.embedding.pca.place(vector.values)[0]
    place, among = among_neighbours(point, one.embedding.points, one.places)
    if one.signs is not None:
        place = point[:2] * one.signs
    return replace(one, subject=place, near=tuple(among.tolist()))


def _key(network: Network, shown: Sample) -> tuple[Hashable, ...]:
    return ("embedding", network.key, network.version, shown.source)


@functools.lru_cache(maxsize=1)  # one network's take up to 130 MB, and its layers ask in a row
def _vectors(network: Network, shown: Sample) -> "list[Vectors]":
    from cnnviz.embedding import layers_to_embed, vectors

    model, row = networks.load(network), architecture(network.architecture)
    return vectors(model, row, shown.images, layers_to_embed(model, row))


def _names(network: Network, shown: Sample) -> tuple[str, ...]:
    return tuple(found.layer for found in _vectors(network, shown))


@functools.lru_cache(maxsize=64)
def _embedding(network: Network, shown: Sample, i: int) -> "Embedding":
    from cnnviz.embedding import embed

    every = _vectors(network, shown)
    found = embed(every[i], shown.labels)
    if i == len(every) - 1:
        _vectors.cache_clear()
    return found


def _tsne(network: Network, shown: Sample, i: int) -> "Points":
    from cnnviz.embedding import tsne

    return tsne(_embedding(network, shown, i).points)


_CALLS: dict[str, Callable[[Network, Sample, int], Any]] = dict(
    zip(MODES, (_embedding, _tsne), strict=True)
)


@st.cache_data(max_entries=32, show_spinner=False)
def _subject(
    key: str, version: str, pixels: bytes, _network: Network, _image: Pixels
) -> "dict[str, Vectors]":
    del key, version, pixels  # parts of the cache's key
    from cnnviz.embedding import layers_to_embed, vectors

    model, row = cache.model(_network), architecture(_network.architecture)
    found = vectors(model, row, _image[None, None], layers_to_embed(model, row))
    return {vector.layer: vector for vector in found}
