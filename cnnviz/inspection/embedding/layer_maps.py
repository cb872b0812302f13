"""Maps of digits in the plane for the layers of one network, aligned from layer to layer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.embedding.layer_embedding import COMPONENTS, Embedding, embed
from cnnviz.inspection.embedding.layer_vectors import INPUT_LAYER, Vectors, input_vectors, vectors
from cnnviz.inspection.embedding.neighbors import (
    Points,
    among_neighbors,
    kept_neighbors,
    ranks,
    trustworthiness,
)
from cnnviz.inspection.embedding.plane_maps import rotated_to, tsne, two_components
from cnnviz.models.loaded_network import LoadedNetwork


@dataclass(frozen=True, eq=False)
class LayerEmbeddings:
    """Embeddings of a network's layers, as far as they are computed.

    Attributes:
        names: of all layers, in the order of execution, the input first; empty if not yet known.
        embeddings: by name; those not computed yet are missing.
    """

    names: tuple[str, ...]
    embeddings: Mapping[str, Embedding]

    def nearest_first(self, layer: str) -> list[str]:
        """Return the layers with an embedding, those executed closest to a given one first."""
        at = self.names.index(layer) if layer in self.names else len(self.names)
        distances = [
            (abs(position - at), position)
            for position, name in enumerate(self.names)
            if name in self.embeddings
        ]
        return [self.names[position] for _, position in sorted(distances)]


@dataclass(frozen=True, eq=False)
class TsneMap:
    """A t-SNE map of one layer.

    Attributes:
        positions: float32, (N, 2).
        trust: trustworthiness of the map.
        kept: share of the neighbors on the map that are neighbors by the layer's values, 0 to 1.
    """

    positions: Points
    trust: float
    kept: float


@dataclass(frozen=True, eq=False)
class EmbeddingMap:
    """One layer's map.

    Attributes:
        embedding: of the layer.
        positions: float32, (N, 2), mirrored by a rule, so that they depend on this layer alone.
        signs: of the principal components on the map's axes, (2,); None for t-SNE.
        trust, kept: of the map, as in `TsneMap`.
        subject: float32, (2,), position of a digit placed among the others; None for none.
        near: indices of that digit's nearest neighbors, nearest first.
        exact: whether these are the nearest by all of the layer's values, as for a digit that is
            one of the N; else by the first principal components.
    """

    embedding: Embedding
    positions: Points
    signs: NDArray[np.float32] | None
    trust: float
    kept: float
    subject: Points | None = None
    near: tuple[int, ...] = ()
    exact: bool = False


def embed_one_layer(
    network: LoadedNetwork,
    digits: Pixels,
    labels: NDArray[np.integer],
    names: Sequence[str],
    layer: str,
) -> LayerEmbeddings:
    """Return the names of all layers, and the embedding of a single one.

    Args:
        network: any network.
        digits: uint8, (N, 1, H, W).
        labels: (N,).
        names: dotted names of all layers.
        layer: dotted name of the one to embed.
    """
    order = tuple(vector.layer for vector in vectors(network, digits[:2], names))
    embeddings = {
        vector.layer: embed(vector, labels)
        for vector in vectors(network, digits, [layer])
        if vector.layer != INPUT_LAYER
    }
    return LayerEmbeddings(order, embeddings)


def embed_layers(
    network: LoadedNetwork,
    digits: Pixels,
    labels: NDArray[np.integer],
    names: Sequence[str],
    *,
    first: str,
    computed: Mapping[str, Embedding],
) -> Iterator[LayerEmbeddings]:
    """Embed the layers that are not computed yet, and yield all after each, at least once.

    Args:
        network: any network.
        digits: uint8, (N, 1, H, W).
        labels: (N,).
        names: dotted names of all layers.
        first: dotted name of the layer to begin with; those next to it follow.
        computed: embeddings by name, which are taken as they are.
    """
    embeddings = dict(computed)
    outputs = {vector.layer: vector for vector in vectors(network, digits, names)}
    order = tuple(outputs)
    for name in computed:
        outputs.pop(name, None)  # those of one network take up to 130 MB
    if not outputs:
        yield LayerEmbeddings(order, embeddings)
    at = order.index(first) if first in order else len(order)
    for name in sorted(outputs, key=lambda name: abs(order.index(name) - at)):
        embeddings[name] = embed(outputs.pop(name), labels)
        yield LayerEmbeddings(order, dict(embeddings))


def tsne_map(network: LoadedNetwork, digits: Pixels, embedding: Embedding) -> TsneMap:
    """Return the t-SNE map of a layer's embedding of digits, uint8, (N, 1, H, W).

    The layer's output is computed again: kept for all layers it would take gigabytes.
    """
    positions = tsne(embedding.points)  # (N, 2)
    if embedding.layer == INPUT_LAYER:
        output = input_vectors(digits)
    else:
        _, output = vectors(network, digits, [embedding.layer])  # the input comes first
    trust = trustworthiness(ranks(output.values), positions)
    return TsneMap(positions, trust, kept_neighbors(positions, embedding.neighbors))


def align_maps(
    layers: LayerEmbeddings, tsne_maps: Mapping[str, TsneMap]
) -> dict[str, EmbeddingMap]:
    """Return a map for each embedding: its t-SNE if there is one, else its PCA.

    The sign of a principal component is arbitrary: each PCA map is mirrored so that the classes lie
    as on the map of the pixels, whichever other layers have a map yet. t-SNE maps are rotated and
    mirrored to lie like the PCA of their layer. Neither changes a distance.
    """
    maps: dict[str, EmbeddingMap] = {}
    for name in layers.names:
        if (embedding := layers.embeddings.get(name)) is None:
            continue
        plane = two_components(embedding.points) * embedding.signs  # (N, 2)
        maps[name] = EmbeddingMap(
            embedding, plane, embedding.signs, embedding.trust, embedding.kept
        )
        if (tsne_map := tsne_maps.get(name)) is not None:
            positions = rotated_to(tsne_map.positions, plane)  # (N, 2)
            maps[name] = EmbeddingMap(embedding, positions, None, tsne_map.trust, tsne_map.kept)
    return maps


def place_digit(layer_map: EmbeddingMap, output: Vectors, same: int | None) -> EmbeddingMap:
    """Return a map with one more digit: its projection in PCA, among its neighbors in t-SNE.

    Args:
        layer_map: of one layer.
        output: of that layer for the digit, values (1, D).
        same: index of the digit if it is one of those on the map.
    """
    if same is not None:
        near = tuple(layer_map.embedding.neighbors[same].tolist())
        return replace(layer_map, subject=layer_map.positions[same], near=near, exact=True)
    pca = layer_map.embedding.pca
    point = pca.place(output.values)[0]  # (k,)
    position, near_indices = among_neighbors(point, layer_map.embedding.points, layer_map.positions)
    if layer_map.signs is not None:
        position = two_components(point[None])[0] * layer_map.signs  # (2,)
    near = tuple(near_indices.tolist())
    return replace(layer_map, subject=position, near=near, exact=len(pca.mean) <= COMPONENTS)
