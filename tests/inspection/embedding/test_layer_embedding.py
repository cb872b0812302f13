"""Embeddings of digits, and the separation of their classes."""

import numpy as np
import pytest
import torch
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.embedding.layer_embedding import embed
from cnnviz.inspection.embedding.layer_vectors import Vectors, vectors
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import load_network


def test_separation_is_counted_without_the_digit_itself() -> None:
    # two far groups of four; one of the first bears the label of the second
    values = torch.tensor([[0.0], [0.1], [0.2], [0.3], [9.0], [9.1], [9.2], [9.3]])
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    found = embed(Vectors("", "Input", (1,), values, None), labels)
    brute = 0
    for i in range(8):
        order = sorted(set(range(8)) - {i}, key=lambda j: abs(float(values[i] - values[j])))[:5]
        brute += np.bincount(labels[order]).argmax() == labels[i]
    assert found.separation.value == brute / 8
    assert not (found.neighbors == np.arange(8)[:, None]).any()


def test_a_map_is_trusted_by_the_layers_own_neighbors_not_by_30_components() -> None:
    digits = load_digits("embedded")
    pixels, labels = digits.test_images[:300], digits.test_labels[:300]
    loaded = load_network(networks.find_network("shipped-mnist_cnn"))
    _, layer = vectors(loaded, pixels, ["pool2"])
    found = embed(layer, labels)
    plane = found.points[:, :2]
    own = sklearn_trustworthiness(layer.values.numpy(), plane, n_neighbors=5)
    components = sklearn_trustworthiness(found.points, plane, n_neighbors=5)
    assert found.trust == pytest.approx(own, abs=1e-5)
    assert components - own > 0.02


def test_classes_separate_better_with_depth_in_a_trained_network() -> None:
    network = networks.find_network("shipped-mnist_cnn")
    digits = load_digits("embedded")
    pixels, labels = digits.test_images[::3], digits.test_labels[::3]  # all classes
    found = vectors(load_network(network), pixels, ["relu1", "relu3"])
    shares = [embed(v, labels).separation.value for v in found]
    assert shares == sorted(shares)
    assert shares[-1] > 0.95 > shares[0]
