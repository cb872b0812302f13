"""Principal components, against numpy and scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from cnnviz.inspection.embedding.principal_components import principal_components
from tests.inspection.embedding.vector_cloud import cloud


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


@pytest.mark.parametrize("rank", [1, 3])
def test_fewer_dimensions_than_components_are_found_all_the_same(rank: int) -> None:
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(80, rank, generator=generator) @ torch.randn(rank, 40, generator=generator)
    found = principal_components(values, 8)
    assert sum(found.shares[:rank]) == pytest.approx(1, abs=1e-6)
    assert sum(found.shares[rank:]) == pytest.approx(0, abs=1e-6)
    assert (found.directions.T @ found.directions).numpy() == pytest.approx(np.eye(8), abs=1e-5)
    back = torch.from_numpy(found.place(values)) @ found.directions.T + found.mean
    assert back.numpy() == pytest.approx(values.numpy(), abs=1e-4)
