"""Neighbors by brute force, and trustworthiness against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from cnnviz.inspection.embedding.neighbors import (
    among_neighbors,
    kept_neighbors,
    nearest_neighbors,
    ranks,
    trustworthiness,
    vote,
)
from tests.inspection.embedding.vector_cloud import cloud


def test_neighbors_are_those_of_brute_force() -> None:
    values = cloud(30, 6)
    found = nearest_neighbors(values, values, 4, leave_out_self=True)
    for i, near in enumerate(found):
        distances = [float((values[i] - other).norm()) for other in values]
        assert near.tolist() == sorted(range(30), key=distances.__getitem__)[1:5]


def test_the_commonest_label_wins_and_the_nearest_breaks_a_tie() -> None:
    labels = np.array([[3, 1, 1, 3, 1], [2, 9, 9, 2, 5], [7, 8, 8, 7, 7]])
    assert vote(labels).tolist() == [1, 2, 7]


def test_a_new_point_lies_between_its_neighbors() -> None:
    points = np.array([[0, 0], [2, 0], [0, 2], [2, 2], [1, 3], [50, 50]], np.float32)
    places = np.arange(12, dtype=np.float32).reshape(6, 2)
    place, near = among_neighbors(np.array([2, 0], np.float32), points, places)
    assert near[0] == 1
    assert 5 not in near
    assert place == pytest.approx(places[1], abs=1e-3)  # it is that point
    middle, _ = among_neighbors(np.array([1, 1], np.float32), points[:4], places[:4])
    assert middle == pytest.approx(places[:4].mean(axis=0))


def test_trustworthiness_is_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(70, 9)).astype(np.float32)
    for places in (points[:, :2], rng.normal(size=(70, 2)).astype(np.float32)):
        expected = sklearn_trustworthiness(points, places, n_neighbors=5)
        found = trustworthiness(ranks(torch.from_numpy(points)), places)
        assert found == pytest.approx(expected)
    assert trustworthiness(ranks(torch.from_numpy(points[:, :2])), points[:, :2]) == 1


def test_kept_neighbors_are_the_share_of_the_nearest_on_the_map() -> None:
    line = np.array([[0, 0], [1, 0], [3, 0], [6, 0]], np.float32)
    nearest = np.array([[1], [0], [1], [2]])
    assert kept_neighbors(line, nearest) == 1
    assert kept_neighbors(line, np.array([[1], [0], [3], [0]])) == 0.5
