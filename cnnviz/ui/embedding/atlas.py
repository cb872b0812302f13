"""The maps of one or several networks, computed in the background layer by layer."""

import functools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from cnnviz.data.digit_sample import DigitSample
from cnnviz.data.mnist import Pixels
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import loading
from cnnviz.ui.cached.digit_samples import pixel_embedding
from cnnviz.ui.embedding.layer_choice import mapped_layers
from cnnviz.ui.shell.background import partial_result, request
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.inspection.embedding.layer_embedding import Embedding
    from cnnviz.inspection.embedding.layer_maps import (
        EmbeddingMap,
        LayerEmbeddings,
        TsneMap,
    )
    from cnnviz.inspection.embedding.layer_vectors import Vectors
    from cnnviz.models.loaded_network import LoadedNetwork

MODES = ("PCA", "t-SNE")
MAPPED_DIGITS = 1000  # digits on the maps

_Calls = dict[Hashable, Callable[[], Any]]
# what `_embed_first` has returned, by key, as long as it is cached
_FIRST: "WeakValueDictionary[Hashable, LayerEmbeddings]" = WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class Atlas:
    """The maps of one network.

    Attributes:
        network: whose maps they are.
        mode: one of `MODES`.
        layers: dotted names, in the order of execution; empty if not yet known.
        maps: the finished ones by layer; a PCA where the t-SNE is not finished.
    """

    network: TrainedNetwork
    mode: str
    layers: tuple[str, ...]
    maps: "Mapping[str, EmbeddingMap]"

    @property
    def done(self) -> int:
        """How many maps are finished in the mode that was asked for."""
        wanted = self.mode == "t-SNE"
        return sum((layer_map.signs is None) == wanted for layer_map in self.maps.values())

    @property
    def complete(self) -> bool:
        """Whether all maps are finished."""
        return 0 < len(self.layers) == self.done


def atlases(
    chosen: Sequence[TrainedNetwork],
    sample: DigitSample,
    *,
    mode: str,
    image: Pixels | None,
    layer: str = "",
    extra: str = "",
) -> list[Atlas]:
    """Return the finished maps of each network, and have the others computed.

    What is on the screen comes first: that layer's map of all networks, PCA before t-SNE.

    Args:
        chosen: the networks.
        sample: the digits on the maps.
        mode: one of `MODES`.
        image: uint8, (28, 28), to be placed among them; None for none.
        layer: dotted name of the one that is looked at.
        extra: of one that is added to those that the slider steps through.
    """
    calls: _Calls = {}
    for network in chosen:  # calls of their own: they come before the rest of other sessions' too
        calls[_first_key(network, sample)] = _first_call(network, sample, layer)
    embeddings = [_embeddings(network, sample, layer, extra, calls) for network in chosen]
    if mode == "t-SNE":
        _add_tsne_calls(calls, chosen, sample, embeddings, layer)
    ready = request(calls)
    return [
        Atlas(network, mode, layers.names, _maps(network, sample, layers, ready, image))
        for network, layers in zip(chosen, embeddings, strict=True)
    ]


def _embeddings(
    network: TrainedNetwork, sample: DigitSample, layer: str, extra: str, calls: _Calls
) -> "LayerEmbeddings":
    """Return the embeddings that are computed, and add to the calls what computes the others."""
    from cnnviz.inspection.embedding.layer_maps import LayerEmbeddings

    loaded = loading.model(network)
    names = mapped_layers(network)
    key, first_key = _key(network, sample), _first_key(network, sample)
    first = layer or network.architecture.late
    calls[key] = functools.partial(_embed_rest, first_key, loaded, sample, names, first)
    ready = request(calls, more=True)
    layers: LayerEmbeddings | None = ready.get(key)
    added = extra in dict(loaded.model.named_modules()) and extra not in ("", *names)
    if layers is None or not added:
        return layers or partial_result(key) or ready.get(first_key) or LayerEmbeddings((), {})
    extra_key = (*key, extra)
    calls[extra_key] = functools.partial(
        _embed, loaded, sample, [*names, extra], extra, layers.embeddings
    )
    return request(calls, more=True).get(extra_key) or partial_result(extra_key) or layers


def _add_tsne_calls(
    calls: _Calls,
    chosen: Sequence[TrainedNetwork],
    sample: DigitSample,
    embeddings: "Sequence[LayerEmbeddings]",
    layer: str,
) -> None:
    """Add the t-SNE of each layer with an embedding, closest to the layer on the screen first."""
    orders = [
        layers.nearest_first(layer or network.architecture.late)
        for network, layers in zip(chosen, embeddings, strict=True)
    ]
    for names in zip_longest(*orders):
        for network, layers, name in zip(chosen, embeddings, names, strict=True):
            if name is not None:
                calls[_tsne_key(network, sample, name)] = functools.partial(
                    _tsne_map, loading.model(network), sample.images, layers.embeddings[name]
                )


def _maps(
    network: TrainedNetwork,
    sample: DigitSample,
    layers: "LayerEmbeddings",
    ready: Mapping[Hashable, Any],
    image: Pixels | None,
) -> "dict[str, EmbeddingMap]":
    """Return a network's finished maps, with the image placed on them."""
    from cnnviz.inspection.embedding.layer_maps import align_maps, place_digit

    keys = {name: _tsne_key(network, sample, name) for name in layers.names}
    maps = align_maps(layers, {name: ready[key] for name, key in keys.items() if key in ready})
    if image is None or not image.any():
        return maps
    outputs = subject_vectors(network, image, tuple(name for name in layers.names if name))
    index = sample.position(image)
    return {name: place_digit(layer_map, outputs[name], index) for name, layer_map in maps.items()}


def _key(network: TrainedNetwork, sample: DigitSample) -> tuple[Hashable, ...]:
    return ("embedding", network.key, network.version, *sample.key)


def _first_key(network: TrainedNetwork, sample: DigitSample) -> tuple[Hashable, ...]:
    return (*_key(network, sample), "first")


def _tsne_key(network: TrainedNetwork, sample: DigitSample, layer: str) -> Hashable:
    # the input is the same for all networks
    return (*(_key(network, sample) if layer else sample.key), "t-SNE", layer)


def _first_call(
    network: TrainedNetwork, sample: DigitSample, layer: str
) -> "Callable[[], LayerEmbeddings]":
    names = mapped_layers(network)
    first = layer if layer in names else network.architecture.late
    key = _first_key(network, sample)
    return functools.partial(_embed_first, key, loading.model(network), sample, names, first)


def _embed_first(
    key: Hashable, network: "LoadedNetwork", sample: DigitSample, names: Sequence[str], layer: str
) -> "LayerEmbeddings":
    """Return the embedding of the layer on the screen, which is computed before all others."""
    from cnnviz.inspection.embedding.layer_maps import embed_one_layer

    layers = _FIRST[key] = embed_one_layer(network, sample.images, sample.labels, names, layer)
    return layers


def _embed_rest(
    key: Hashable, network: "LoadedNetwork", sample: DigitSample, names: Sequence[str], first: str
) -> "Iterator[LayerEmbeddings]":
    """Embed the layers that `_embed_first` has left, if its result is still cached; else all."""
    layers = _FIRST.get(key)
    return _embed(network, sample, names, first, {} if layers is None else layers.embeddings)


def _embed(
    network: "LoadedNetwork",
    sample: DigitSample,
    names: Sequence[str],
    first: str,
    computed: "Mapping[str, Embedding]",
) -> "Iterator[LayerEmbeddings]":
    """Embed the layers that are not computed yet, and yield all after each."""
    from cnnviz.inspection.embedding.layer_maps import embed_layers
    from cnnviz.inspection.embedding.layer_vectors import INPUT_LAYER

    computed = {INPUT_LAYER: pixel_embedding(sample), **computed}
    images, labels = sample.images, sample.labels
    yield from embed_layers(network, images, labels, names, first=first, computed=computed)


def _tsne_map(network: "LoadedNetwork", images: Pixels, embedding: "Embedding") -> "TsneMap":
    from cnnviz.inspection.embedding.layer_maps import tsne_map

    return tsne_map(network, images, embedding)


@cached
def subject_vectors(
    network: TrainedNetwork, image: Pixels, names: tuple[str, ...]
) -> "dict[str, Vectors]":
    """Return the outputs of layers for one digit, by layer."""
    from cnnviz.inspection.embedding.layer_vectors import vectors

    outputs = vectors(loading.model(network), image[None, None], names)
    return {output.layer: output for output in outputs}
