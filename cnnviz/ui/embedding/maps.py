"""Test digits as points of each layer, worked out behind the page layer by layer, and kept."""

import functools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnviz.data.mnist import Digits, Pixels, mixed_indices
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.pickers.layer import chosen_layer, forget_layer, nearest_layer, remember_layer
from cnnviz.ui.pickers.networks import NetworkKey, choose_network, with_unique_titles
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import partial_result, request
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import EMBEDDING_OTHER

if TYPE_CHECKING:
    from cnnviz.inspection.activations.embedding import Embedding, Points, Vectors
    from cnnviz.models.loaded_network import LoadedNetwork

_OTHER, _ANY = "other", "embedding_any"
_EXTRA = "embedding_extra"  # an architecture and its layer, while others are looked at
COUNT = 1000  # digits
MODES = ("PCA", "t-SNE")

PLACED = {
    "PCA": "Exact position: its own projection.",
    "t-SNE": "Placed among its five nearest neighbors: t-SNE cannot project a new point.",
}
HELP = """
- **A point is a test digit**, drawn as its label. Its vector is the layer's whole output for that
  digit. The output of a layer with more than 3,136 values is first averaged over cells of its
  [[feature maps|feature map]], without its [[class token]]; the caption of each map says what was
  done.
- **Any other layer** can be added to the ones that the slider steps through.
- **[[PCA]]** rotates the points so that the direction of largest variance is horizontal and the
  second largest vertical. It does not bend space: points far apart here are far apart; points
  close together may still differ in directions that are not shown. The percentages say how much of
  the variance is shown.
- **[[t-SNE]]** keeps neighbors together: perplexity 30, 500 iterations, [[seed]] 0, on the first 30
  principal components. The size of a group and its distance from another carry no meaning.
- **[[Trustworthiness|trustworthiness]]** is 1 if the five nearest neighbors of each digit on the
  map are also its nearest in the layer, and about 0.5 for a random map (Venna and Kaski 2001).
  Nearest in the layer means by all of its values that the caption counts.
- **Between layers** PCA maps are mirrored so that they move as little as possible, and t-SNE maps
  rotated and mirrored to match the PCA of their layer; this changes no distance.
- **How well classes separate** is measured in the layer's own space, not on the map: the share of
  digits whose five nearest neighbors vote for their class, leaving each digit itself out.
- **Your own digit** is a ring with a cross. PCA projects it like the others. t-SNE cannot project a
  new point, so it lies among its five nearest neighbors, weighted by distance; they are found by
  the layer's first 30 principal components.
"""


@dataclass(frozen=True, eq=False)
class Sample:
    """The test digits on the map.

    Attributes:
        source: of the digits.
        index: int, (N,), positions in the test set.
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
        places: float32, (N, 2), lying as near as it can to the maps around it.
        signs: of the principal components on the map's axes, (2,); None of a t-SNE.
        trust: the map's trustworthiness.
        subject: float32, (2,), where the subject lies; None where there is none.
        near: numbers in the sample of the subject's nearest digits, nearest first.
        exact: whether these are the nearest by all of the layer's numbers, as for a digit of the
            sample; else by the first principal components.
    """

    embedding: "Embedding"
    places: "Points"
    signs: NDArray[np.float32] | None
    trust: float
    subject: "Points | None" = None
    near: tuple[int, ...] = ()
    exact: bool = False


@dataclass(frozen=True, eq=False)
class Atlas:
    """The maps of one network.

    Attributes:
        network: it.
        mode: one of `MODES`.
        layers: dotted names, in the order of execution; none as long as nobody knows.
        maps: those that are ready, by layer; a PCA where a t-SNE is not ready.
    """

    network: TrainedNetwork
    mode: str
    layers: tuple[str, ...]
    maps: Mapping[str, LayerMap]

    @property
    def done(self) -> int:
        """How many maps are ready, and as they were asked for."""
        return sum((one.signs is None) == (self.mode == "t-SNE") for one in self.maps.values())

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return 0 < len(self.layers) == self.done


@dataclass(frozen=True, eq=False)
class _Layers:
    """What is known of a network's layers.

    Attributes:
        names: in the order of execution.
        found: those that are worked out, by name.
    """

    names: tuple[str, ...]
    found: "Mapping[str, Embedding]"


_BEGUN: WeakValueDictionary[Hashable, _Layers] = WeakValueDictionary()  # as long as it is kept


@cached
def sample(digits: Digits, most: int) -> Sample:
    """Return the digits to show: the first of a walk through the test set, at most so many."""
    count = min(most, len(digits.test_labels))
    index = mixed_indices(digits, count)
    return Sample(digits.source, index, digits.test_images[index], digits.test_labels[index])


def choose_other(network: TrainedNetwork) -> TrainedNetwork | None:
    """Return the network that the user chooses to see beside one, at first another one."""
    others = [one.key for one in networks.networks("classify") if one.key != network.key]
    return choose_network("Other network", EMBEDDING_OTHER, default=next(iter(others), None))


def forget_missing(network: TrainedNetwork, *, beside: bool) -> None:
    """Drop a layer or an other network that does not exist from the address, and say so.

    Args:
        network: whose layers there are.
        beside: whether the other network is chosen on the page, which says so by itself.
    """
    layer = chosen_layer()
    if (
        layer
        and nearest_layer(layer, list(dict(loading.model(network).model.named_modules()))) is None
    ):
        forget_layer()
        words = f"{plain(network.title)} has no layer {plain(layer)}: showing its late layer."
        st.info(words, icon=":material/info:")
    if not beside:
        address.read(EMBEDDING_OTHER, NetworkKey(with_unique_titles(networks.networks("classify"))))
        address.show_complaint(EMBEDDING_OTHER)


def steps(network: TrainedNetwork) -> list[str]:
    """Return the layers that the maps step through, without the pixels."""
    from cnnviz.inspection.activations.embedding import layers_to_embed

    return layers_to_embed(loading.model(network))


def choose_any_layer(network: TrainedNetwork) -> str:
    """Return a layer to add to those that the maps step through; "" for none.

    It stays while others are looked at, until another one is chosen or the network.
    """
    from cnnviz.inspection.activations.layer_activations import acting

    model, parts = loading.model(network).model, steps(network)
    linked, (of, extra) = chosen_layer(), st.session_state.get(_EXTRA, ("", ""))
    if linked and linked not in parts and linked in dict(model.named_modules()):
        of, extra = st.session_state[_EXTRA] = network.architecture_key, linked
    shown = extra if of == network.architecture_key else None
    options = dict.fromkeys(name for name in (shown, *acting(model)) if name and name not in parts)
    if not options:
        return ""
    st.session_state[_ANY] = shown
    st.selectbox(
        "Any other layer",
        list(options),
        index=None,
        placeholder=f"Add one of {len(options)}",
        width=340,
        key=_ANY,
        on_change=_add_layer,
        args=(network.architecture_key,),
    )
    return shown or ""


def _add_layer(key: str) -> None:
    extra = st.session_state[_ANY] or ""
    st.session_state[_EXTRA] = key, extra
    if extra:
        remember_layer(extra)
    else:
        forget_layer()


def atlases(
    chosen: Sequence[TrainedNetwork],
    shown: Sample,
    *,
    mode: str,
    image: Pixels | None,
    layer: str = "",
    extra: str = "",
) -> list[Atlas]:
    """Return what is ready of the networks' maps, and have the rest worked out.

    What is on the screen comes first: that layer's map of all networks, PCA before t-SNE.

    Args:
        chosen: the networks.
        shown: the digits.
        mode: one of `MODES`.
        image: uint8, (28, 28), to be placed among them; None for none.
        layer: dotted name of the one that is looked at.
        extra: of one that is added to those that the maps step through.
    """
    wanted: dict[Hashable, Callable[[], Any]] = {}
    known = {}
    for network in chosen:  # calls of their own: they come before the rest of other visitors' too
        loaded = loading.model(network)
        key, parts = _begun_key(network, shown), steps(network)
        first = layer if layer in parts else network.architecture.late
        wanted[key] = functools.partial(_begin, key, loaded, shown, parts, first)
    for network in chosen:
        known[network] = _known(network, shown, layer, extra, wanted)
    if mode == "t-SNE":
        turns = [_nearest_first(known[network], layer or _late(network)) for network in chosen]
        for names in zip_longest(*turns):
            for network, name in zip(chosen, names, strict=True):
                if name is not None:
                    found = known[network].found[name]
                    wanted[_tsne_key(network, shown, name)] = functools.partial(
                        _tsne,
                        loading.model(network),
                        shown,
                        found,
                    )
    ready = request(wanted)
    return [
        Atlas(
            network,
            mode,
            known[network].names,
            _maps(network, shown, known[network], ready, image),
        )
        for network in chosen
    ]


def _known(
    network: TrainedNetwork,
    shown: Sample,
    layer: str,
    extra: str,
    wanted: dict[Hashable, Callable[[], Any]],
) -> _Layers:
    """Return what is known of a network's layers, and put what is missing to what is wanted."""
    loaded = loading.model(network)
    names = steps(network)
    key, begun = _key(network, shown), _begun_key(network, shown)
    first = layer or network.architecture.late
    look = functools.partial(_look_further, begun, loaded, shown, names, first)
    ready = request(wanted | {key: look}, more=True)
    wanted[key] = look
    known: _Layers | None = ready.get(key)
    added = extra in dict(loaded.model.named_modules()) and extra not in ("", *names)
    if known is None or not added:
        return known or partial_result(key) or ready.get(begun) or _Layers((), {})
    more = (*key, extra)
    wanted[more] = functools.partial(
        _look, loaded, shown, [*names, extra], extra, dict(known.found)
    )
    return request(wanted, more=True).get(more) or partial_result(more) or known


def _late(network: TrainedNetwork) -> str:
    return network.architecture.late


def _nearest_first(known: _Layers, layer: str) -> list[str]:
    """Return the layers whose PCA is there, beginning with the one that is looked at."""
    at = known.names.index(layer) if layer in known.names else len(known.names)
    found = [(abs(i - at), i) for i, name in enumerate(known.names) if name in known.found]
    return [known.names[i] for _, i in sorted(found)]


def _maps(
    network: TrainedNetwork,
    shown: Sample,
    known: _Layers,
    ready: Mapping[Hashable, Any],
    image: Pixels | None,
) -> dict[str, LayerMap]:
    """Return a network's maps, each lying as the one before that is ready."""
    from cnnviz.inspection.activations.embedding import mirrored, turned

    found: dict[str, LayerMap] = {}
    before: Points | None = None
    for name in known.names:
        if (embedding := known.found.get(name)) is None:
            continue
        plane = _plane(embedding)
        signs = mirrored(plane, plane if before is None else before)
        before = plane = plane * signs
        found[name] = LayerMap(embedding, plane, signs, embedding.trust)
        if (tsne := ready.get(_tsne_key(network, shown, name))) is not None:
            places, trust = tsne
            found[name] = LayerMap(embedding, turned(places, plane), None, trust)
    if image is None or not image.any():
        return found
    names = tuple(name for name in known.names if name)
    placed = subject_vectors(network, image, names)
    same = np.flatnonzero((shown.images[:, 0] == image).all(axis=(1, 2)))
    return {name: _with_subject(one, placed[name], same) for name, one in found.items()}


def _plane(embedding: "Embedding") -> "Points":
    """Return the first two components, (N, 2), also of a layer with a single number."""
    plane = embedding.points[:, :2]
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def _with_subject(one: LayerMap, vector: "Vectors", same: NDArray[np.int64]) -> LayerMap:
    """Return a map with the subject in it: exactly in PCA's, about where it belongs in t-SNE's.

    Args:
        one: the map.
        vector: what the layer makes of the subject.
        same: where the subject itself is among the digits, if it is.
    """
    from cnnviz.inspection.activations.embedding import KEPT, among_neighbors

    if len(same):
        near = tuple(one.embedding.neighbors[same[0]].tolist())
        return replace(one, subject=one.places[same[0]], near=near, exact=True)
    point = one.embedding.pca.place(vector.values)[0]
    place, among = among_neighbors(point, one.embedding.points, one.places)
    if one.signs is not None:
        plane = np.pad(point[:2], (0, 2 - len(point[:2])))
        place = plane * one.signs
    exact = len(one.embedding.pca.mean) <= KEPT
    return replace(one, subject=place, near=tuple(among.tolist()), exact=exact)


def _key(network: TrainedNetwork, shown: Sample) -> tuple[Hashable, ...]:
    return ("embedding", network.key, network.version, shown.source, len(shown.labels))


def _begun_key(network: TrainedNetwork, shown: Sample) -> tuple[Hashable, ...]:
    return (*_key(network, shown), "first")


def _tsne_key(network: TrainedNetwork, shown: Sample, layer: str) -> Hashable:
    # the pixels are the same to all networks
    return (*(_key(network, shown) if layer else (shown.source, len(shown.labels))), "t-SNE", layer)


def _begin(
    key: Hashable,
    network: "LoadedNetwork",
    shown: Sample,
    names: Sequence[str],
    first: str,
) -> _Layers:
    """Return a network's layers of which one is worked out, whose map is on the screen first."""
    from cnnviz.inspection.activations.embedding import embed, vectors

    order = tuple(vector.layer for vector in vectors(network, shown.images[:2], names))
    found = {
        vector.layer: embed(vector, shown.labels)
        for vector in vectors(network, shown.images, [first])
        if vector.layer  # without the pixels
    }
    begun = _BEGUN[key] = _Layers(order, found)
    return begun


def _look_further(
    key: Hashable,
    network: "LoadedNetwork",
    shown: Sample,
    names: Sequence[str],
    first: str,
) -> "Iterator[_Layers]":
    """Work out the layers that `_begin` has left, if it is still known what it has found."""
    begun = _BEGUN.get(key)
    return _look(network, shown, names, first, {} if begun is None else dict(begun.found))


def _look(
    network: "LoadedNetwork",
    shown: Sample,
    names: Sequence[str],
    first: str,
    found: "dict[str, Embedding]",
) -> "Iterator[_Layers]":
    """Work out a network's layers that are not found yet, one of them first; tell after each."""
    from cnnviz.inspection.activations.embedding import INPUT, embed, vectors

    found = {INPUT: pixel_embedding(shown), **found}
    every = {vector.layer: vector for vector in vectors(network, shown.images, names)}
    order = tuple(every)
    at = order.index(first) if first in order else len(order)
    for i in sorted(range(len(order)), key=lambda i: abs(i - at)):
        vector = every.pop(order[i])  # one network's take up to 130 MB
        if vector.layer not in found:
            found[vector.layer] = embed(vector, shown.labels)
            yield _Layers(order, dict(found))
    yield _Layers(order, found)


@cached
def pixel_embedding(shown: Sample) -> "Embedding":
    """Return the digits as pixels, the same for all networks."""
    from cnnviz.inspection.activations.embedding import embed, input_vectors

    return embed(input_vectors(shown.images), shown.labels)


def _tsne(network: "LoadedNetwork", shown: Sample, found: "Embedding") -> "tuple[Points, float]":
    """Return a layer's map, and its trustworthiness.

    What the layer puts out is computed anew: kept for all layers it would take gigabytes.
    """
    from cnnviz.inspection.activations.embedding import (
        input_vectors,
        ranks,
        trustworthiness,
        tsne,
        vectors,
    )

    places = tsne(found.points)
    if found.layer:
        _, vector = vectors(network, shown.images, [found.layer])  # the pixels come first
    else:
        vector = input_vectors(shown.images)
    return places, trustworthiness(ranks(vector.values), places)


@cached
def subject_vectors(
    network: TrainedNetwork, image: Pixels, names: tuple[str, ...]
) -> "dict[str, Vectors]":
    """Return the outputs of layers for the subject, by layer."""
    from cnnviz.inspection.activations.embedding import vectors

    outputs = vectors(loading.model(network), image[None, None], names)
    return {vector.layer: vector for vector in outputs}
