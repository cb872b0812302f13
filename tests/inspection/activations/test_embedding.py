"""Points of a plane: against numpy, by brute force, and by hand."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations import embedding
from cnnviz.inspection.activations.embedding import (
    MOST,
    among_neighbors,
    embed,
    layers_to_embed,
    mirrored,
    nearest,
    principal_components,
    ranks,
    trustworthiness,
    tsne,
    turned,
    vectors,
    vote,
)
from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import load_network


def cloud(count: int, size: int, seed: int = 0) -> torch.Tensor:
    """Vectors that spread unevenly, far from the origin."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.linspace(3, 0.5, size)
    return torch.randn(count, size, generator=generator) * spread + 7


@pytest.mark.parametrize(("count", "size"), [(60, 20), (20, 60)])
def test_principal_components_are_those_of_numpys_svd(count: int, size: int) -> None:
    values = cloud(count, size)
    found = principal_components(values, 8)
    centered = values.double().numpy() - values.double().numpy().mean(axis=0)
    left, widths, right = np.linalg.svd(centered, full_matrices=False)
    assert found.shares == pytest.approx((widths**2 / (widths**2).sum())[:8], rel=1e-5)
    cosines = np.abs((found.directions.numpy() * right[:8].T).sum(axis=0))
    assert cosines == pytest.approx(1, abs=1e-5)
    assert np.abs(found.place(values)) == pytest.approx(np.abs(left * widths)[:, :8], abs=1e-3)


@pytest.mark.parametrize(("count", "size"), [(60, 20), (20, 60)])
def test_principal_components_are_scikit_learns_down_to_the_sign(count: int, size: int) -> None:
    values = cloud(count, size)
    solver = "covariance_eigh" if count > size else "full"
    expected = PCA(8, svd_solver=solver).fit(values.double().numpy())
    found = principal_components(values, 8)
    assert found.directions.numpy() == pytest.approx(expected.components_.T, abs=1e-6)
    assert found.shares == pytest.approx(expected.explained_variance_ratio_, abs=1e-9)


def test_a_new_point_is_projected_like_the_others() -> None:
    values = cloud(40, 12)
    found = principal_components(values, 3)
    new = cloud(1, 12, seed=5)
    by_hand = (new - values.mean(dim=0)) @ found.directions
    assert found.place(new) == pytest.approx(by_hand.numpy(), abs=1e-5)
    assert found.place(values[7:8]) == pytest.approx(found.place(values)[7:8], abs=1e-5)


def test_points_that_do_not_differ_have_no_spread() -> None:
    found = principal_components(torch.ones(5, 4), 2)
    assert found.shares == (0.0, 0.0)
    assert found.place(torch.ones(1, 4)) == pytest.approx(np.zeros((1, 2)))


def test_neighbors_are_those_of_brute_force() -> None:
    values = cloud(30, 6)
    found = nearest(values, values, 4, leave_out_self=True)
    for i, near in enumerate(found):
        distances = [float((values[i] - other).norm()) for other in values]
        assert near.tolist() == sorted(range(30), key=distances.__getitem__)[1:5]


def test_the_commonest_label_wins_and_the_nearest_breaks_a_tie() -> None:
    labels = np.array([[3, 1, 1, 3, 1], [2, 9, 9, 2, 5], [7, 8, 8, 7, 7]])
    assert vote(labels).tolist() == [1, 2, 7]


def test_separation_is_counted_without_the_digit_itself() -> None:
    # two far groups of four; one of the first bears the label of the second
    values = torch.tensor([[0.0], [0.1], [0.2], [0.3], [9.0], [9.1], [9.2], [9.3]])
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    found = embed(embedding.Vectors("", "Input", (1,), values, None), labels)
    brute = 0
    for i in range(8):
        order = sorted(set(range(8)) - {i}, key=lambda j: abs(float(values[i] - values[j])))[:5]
        brute += np.bincount(labels[order]).argmax() == labels[i]
    assert found.separation.value == brute / 8
    assert not (found.neighbors == np.arange(8)[:, None]).any()


def test_tsne_keeps_groups_apart_and_comes_out_the_same_again() -> None:
    groups = np.repeat(np.eye(3, 10, dtype=np.float32) * 20, 20, axis=0)
    points = groups + np.random.default_rng(0).normal(size=(60, 10)).astype(np.float32)
    places = tsne(points)
    assert (places == tsne(points)).all()
    near = nearest(torch.from_numpy(places), torch.from_numpy(places), 5, leave_out_self=True)
    assert (near // 20 == np.arange(60)[:, None] // 20).all()


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


def test_turning_finds_the_turn_and_the_mirror() -> None:
    like = np.random.default_rng(1).normal(size=(30, 2)).astype(np.float32)
    angle = 1.1
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    moved = (like * [1, -1]) @ turn + 4
    assert turned(moved.astype(np.float32), like) == pytest.approx(like - like.mean(0), abs=1e-5)
    assert mirrored(like * [1, -1], like).tolist() == [1, -1]


def test_a_turned_map_keeps_all_distances() -> None:
    rng = np.random.default_rng(2)
    one, other = (rng.normal(size=(20, 2)).astype(np.float32) for _ in range(2))
    found = turned(one, other)
    distances = [torch.pdist(torch.from_numpy(v)) for v in (one, found)]
    assert torch.allclose(*distances, atol=1e-5)


@pytest.mark.parametrize("key", [k for k, row in CATALOGUE.items() if row.task == "classify"])
def test_every_network_has_layers_to_step_through(key: str) -> None:
    row = architecture(key)
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    pixels = load_digits("embedded").test_images[:2]
    found = vectors(network, pixels, layers_to_embed(network))
    names = [v.layer for v in found]
    assert names[0] == ""
    assert {row.early, row.middle, row.late} <= set(names)
    assert len(names) <= 14
    for v in found:
        assert v.values.shape[0] == 2
        assert v.values.shape[1] <= max(MOST, v.shape[0])
        if v.cells is None:
            assert v.values.shape[1] == np.prod(v.shape)


def test_vectors_are_the_layers_flattened_outputs() -> None:
    network = networks.find_network("shipped-mnist_cnn")
    loaded = load_network(network)
    model = loaded.model
    pixels = load_digits("embedded").test_images[:3]
    pixel, pool1, pool2, last = vectors(loaded, pixels, ["fc2", "pool2", "pool1"])
    assert pixel.values * 255 == pytest.approx(pixels.reshape(3, -1))
    assert (pool2.cells, last.cells) == (None, None)
    x = (torch.from_numpy(pixels) / 255 - 0.1307) / 0.3081
    with torch.inference_mode():
        early = model.pool1(model.relu1(model.conv1(x)))
        late = model.pool2(model.relu2(model.conv2(early)))
        logits = model(x)
    assert torch.allclose(pool2.values, late.flatten(1), atol=1e-4)
    assert torch.allclose(last.values, logits, atol=1e-4)
    assert pool1.cells == (9, 9)  # 32 maps of 14 × 14 are too many numbers
    averaged = torch.nn.functional.adaptive_avg_pool2d(early, 9)
    assert torch.allclose(pool1.values, averaged.flatten(1), atol=1e-4)


def test_classes_separate_better_with_depth_in_a_trained_network() -> None:
    network = networks.find_network("shipped-mnist_cnn")
    digits = load_digits("embedded")
    pixels, labels = digits.test_images[::3], digits.test_labels[::3]  # all classes
    found = vectors(load_network(network), pixels, ["relu1", "relu3"])
    shares = [embed(v, labels).separation.value for v in found]
    assert shares == sorted(shares)
    assert shares[-1] > 0.95 > shares[0]
