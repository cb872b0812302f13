"""Maps in the plane: t-SNE, and one map turned to lie like another."""

import numpy as np
import pytest
import torch

from cnnviz.inspection.embedding.neighbors import (
    nearest_neighbors,
)
from cnnviz.inspection.embedding.plane_maps import axis_signs, rotated_to, tsne


def test_tsne_keeps_groups_apart_and_comes_out_the_same_again() -> None:
    groups = np.repeat(np.eye(3, 10, dtype=np.float32) * 20, 20, axis=0)
    points = groups + np.random.default_rng(0).normal(size=(60, 10)).astype(np.float32)
    places = tsne(points)
    assert (places == tsne(points)).all()
    near = nearest_neighbors(
        torch.from_numpy(places), torch.from_numpy(places), 5, leave_out_self=True
    )
    assert (near // 20 == np.arange(60)[:, None] // 20).all()


def test_turning_finds_the_turn_and_the_mirror() -> None:
    like = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    angle = 1.1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    moved = (like * [1, -1]) @ turn + 4
    assert rotated_to(moved.astype(np.float32), like) == pytest.approx(
        like - like.mean(0), abs=1e-5
    )
    assert axis_signs(like * [1, -1], like).tolist() == [1, -1]


def test_a_turned_map_keeps_all_distances() -> None:
    rng = np.random.default_rng(2)
    one, other = (rng.normal(size=(20, 2)).astype(np.float32) for _ in range(2))
    found = rotated_to(one, other)
    distances = [torch.pdist(torch.from_numpy(v)) for v in (one, found)]
    assert torch.allclose(*distances, atol=1e-5)
