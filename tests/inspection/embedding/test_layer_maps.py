from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.manifold import trustworthiness

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.embedding.layer_embedding import Embedding, embed
from cnnviz.inspection.embedding.layer_maps import (
    LayerEmbeddings,
    TsneMap,
    align_maps,
    embed_layers,
    embed_one_layer,
    place_digit,
    tsne_map,
)
from cnnviz.inspection.embedding.layer_vectors import (
    INPUT_LAYER,
    Vectors,
    input_vectors,
    layers_to_embed,
    vectors,
)
from cnnviz.training.runs import networks

DIGITS = load_digits("embedded")
IMAGES, LABELS = DIGITS.test_images[:60], DIGITS.test_labels[:60]
NETWORK = networks.load_network(networks.find_network("shipped-lenet5"))
NAMES = layers_to_embed(NETWORK)


def as_vectors(values: NDArray[np.float32], layer: str = "a") -> Vectors:
    return Vectors(layer, "Linear", values.shape[1:], torch.from_numpy(values), None)


def cloud(seed: int, dimensions: int = 5) -> NDArray[np.float32]:
    """Points that spread most along the first axis, next along the second, and so on."""
    spread = 10.0 / np.arange(1, dimensions + 1) ** 2
    points = np.random.default_rng(seed).normal(size=(60, dimensions)) * spread
    return points.astype(np.float32)


def single(embedding: Embedding) -> LayerEmbeddings:
    return LayerEmbeddings((embedding.layer,), {embedding.layer: embedding})


def test_layers_are_embedded_one_by_one_from_the_first_one_on() -> None:
    pixels = embed(input_vectors(IMAGES), LABELS)
    computed = {INPUT_LAYER: pixels}
    steps = list(embed_layers(NETWORK, IMAGES, LABELS, NAMES, first=NAMES[2], computed=computed))
    assert len(steps) == len(NAMES)
    assert steps[-1].names == (INPUT_LAYER, *NAMES)
    assert list(steps[0].embeddings) == [INPUT_LAYER, NAMES[2]]
    assert set(steps[2].embeddings) == {INPUT_LAYER, *NAMES[1:4]}
    assert steps[-1].embeddings[INPUT_LAYER] is pixels
    for name in NAMES:
        _, alone = vectors(NETWORK, IMAGES, [name])
        expected = embed(alone, LABELS)
        assert (steps[-1].embeddings[name].neighbors == expected.neighbors).all()


def test_embeddings_that_are_all_computed_are_yielded_once() -> None:
    *_, layers = embed_layers(NETWORK, IMAGES, LABELS, NAMES[:1], first=INPUT_LAYER, computed={})
    [again] = embed_layers(
        NETWORK, IMAGES, LABELS, NAMES[:1], first=INPUT_LAYER, computed=layers.embeddings
    )
    assert again.names == (INPUT_LAYER, NAMES[0])
    assert again.embeddings == layers.embeddings


def test_one_layer_is_embedded_ahead_of_the_others() -> None:
    layers = embed_one_layer(NETWORK, IMAGES, LABELS, NAMES, NAMES[1])
    _, alone = vectors(NETWORK, IMAGES, [NAMES[1]])
    assert layers.names == (INPUT_LAYER, *NAMES)
    assert list(layers.embeddings) == [NAMES[1]]
    expected = embed(alone, LABELS).points
    assert layers.embeddings[NAMES[1]].points == pytest.approx(expected, abs=1e-4)


def test_layers_come_in_the_order_of_their_distance_and_only_with_an_embedding() -> None:
    embedding = embed(as_vectors(cloud(0)), LABELS)
    layers = LayerEmbeddings(("a", "b", "c", "d", "e"), dict.fromkeys("abde", embedding))
    assert layers.nearest_first("d") == ["d", "e", "b", "a"]
    assert layers.nearest_first("unknown") == ["e", "d", "b", "a"]


def test_pca_maps_of_two_layers_are_mirrored_alike() -> None:
    points = cloud(1)
    flipped = points * np.array([-1, 1, 1, 1, 1], np.float32)
    embeddings = {
        name: embed(as_vectors(values, name), np.arange(60) % 10)
        for name, values in {"a": points, "b": flipped}.items()
    }
    maps = align_maps(LayerEmbeddings(("a", "b"), embeddings), {})
    assert maps["b"].positions == pytest.approx(maps["a"].positions, abs=1e-3)
    centered = points - points.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    assert np.abs(maps["a"].positions) == pytest.approx(np.abs(centered @ axes.T), abs=1e-3)
    assert maps["a"].trust == embeddings["a"].trust


def test_a_pca_map_lies_the_same_whichever_layers_are_embedded_yet() -> None:
    images, labels = DIGITS.test_images[::20], DIGITS.test_labels[::20]  # five of each class
    *_, layers = embed_layers(NETWORK, images, labels, NAMES, first=NAMES[0], computed={})
    complete = align_maps(layers, {})
    for name in layers.names:
        alone = align_maps(replace(layers, embeddings={name: layers.embeddings[name]}), {})[name]
        assert (alone.positions == complete[name].positions).all()
    zeros, ones = (complete[INPUT_LAYER].positions[labels == label, 0].mean() for label in (0, 1))
    assert zeros > ones


def test_a_tsne_map_is_rotated_onto_the_pca_of_its_layer() -> None:
    embedding = embed(as_vectors(cloud(2)), LABELS)
    plane = align_maps(single(embedding), {})["a"].positions
    quarter_turn = plane @ np.array([[0, 1], [-1, 0]], np.float32) + 7
    rotated = align_maps(single(embedding), {"a": TsneMap(quarter_turn, 0.6, 0.4)})["a"]
    assert rotated.positions == pytest.approx(plane - plane.mean(axis=0), abs=1e-3)
    assert (rotated.signs, rotated.trust, rotated.kept) == (None, 0.6, 0.4)


def test_a_digit_is_projected_by_pca_and_one_of_the_sample_lies_on_its_point() -> None:
    points = cloud(3)
    embedding = embed(as_vectors(points), LABELS)
    layer_map = align_maps(single(embedding), {})["a"]
    new = cloud(4)[:1]
    placed = place_digit(layer_map, as_vectors(new), None)
    mean = points.mean(axis=0)
    axes = np.linalg.svd(points - mean, full_matrices=False)[2][:2]
    assert placed.subject is not None
    assert np.abs(placed.subject) == pytest.approx(np.abs((new[0] - mean) @ axes.T), abs=1e-3)
    distances = np.linalg.norm(points - new, axis=1)
    assert list(placed.near) == np.argsort(distances)[:5].tolist()
    assert placed.exact  # five values are all of them
    same = place_digit(layer_map, as_vectors(points[7:8]), 7)
    assert same.subject == pytest.approx(layer_map.positions[7])
    assert 7 not in same.near
    assert same.exact


def test_a_digit_on_a_tsne_map_lies_among_its_neighbors() -> None:
    points = cloud(5, 40)
    embedding = embed(as_vectors(points), LABELS)
    positions = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    layer_map = align_maps(single(embedding), {"a": TsneMap(positions, 0.5, 0.3)})["a"]
    placed = place_digit(layer_map, as_vectors(cloud(6, 40)[:1]), None)
    near = layer_map.positions[list(placed.near)]
    assert (near.min(axis=0) <= placed.subject).all()
    assert (placed.subject <= near.max(axis=0)).all()
    assert not placed.exact  # 30 components of 40 values


def test_a_layer_with_a_single_value_has_a_map_on_a_line() -> None:
    embedding = embed(as_vectors(cloud(7, 1)), LABELS)
    layer_map = align_maps(single(embedding), {})["a"]
    assert layer_map.positions.shape == (60, 2)
    assert (layer_map.positions[:, 1] == 0).all()
    subject = place_digit(layer_map, as_vectors(cloud(8, 1)[:1]), None).subject
    assert subject is not None
    assert subject[1] == 0


@pytest.mark.parametrize("layer", [INPUT_LAYER, NAMES[0]])
def test_the_trust_of_a_tsne_map_is_that_of_scikit_learn(layer: str) -> None:
    outputs = {output.layer: output for output in vectors(NETWORK, IMAGES, [NAMES[0]])}
    layer_map = tsne_map(NETWORK, IMAGES, embed(outputs[layer], LABELS))
    values = outputs[layer].values.numpy()
    expected = trustworthiness(values, layer_map.positions, n_neighbors=5)
    assert layer_map.trust == pytest.approx(expected, abs=1e-3)
