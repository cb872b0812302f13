import itertools

import pytest
import torch

from cnnviz.models.structure.compound_scaling import (
    compound_factors,
    predicted_growth,
    published_efficientnets,
    scaled_efficientnet,
)


@pytest.mark.parametrize(
    ("number", "width", "depth", "size"),
    [(0, 1.0, 1.0, 224), (1, 1.0, 1.1, 240), (3, 1.2, 1.4, 300)],  # the published coefficients
)
def test_the_counts_are_those_published(number: int, width: float, depth: float, size: int) -> None:
    found, known = scaled_efficientnet(width, depth, size), published_efficientnets()[number]
    assert found.parameters == known.parameters
    assert found.gmacs == pytest.approx(known.gmacs, abs=0.0006)


def test_counting_registers_no_hooks_on_models_of_other_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_args: object, **_keywords: object) -> None:
        raise AssertionError("a global hook")

    for name in ("register_module_forward_pre_hook", "register_module_forward_hook"):
        monkeypatch.setattr(torch.nn.modules.module, name, refuse)
    assert scaled_efficientnet(1.0, 1.0, 64).parameters == 5_288_548  # B0's, as published


def test_the_coefficients_are_the_papers() -> None:
    assert compound_factors(0) == (1.0, 1.0, 224)
    assert compound_factors(1) == pytest.approx((1.1, 1.2, 258))
    assert compound_factors(2) == pytest.approx((1.21, 1.44, 296))


def test_bigger_was_better_up_to_b7() -> None:
    family = published_efficientnets()
    assert [f.name[-2:] for f in family] == [f"B{i}" for i in range(8)]
    assert all(a.parameters < b.parameters for a, b in itertools.pairwise(family))


def test_the_predicted_growth_is_doubled_by_each_step() -> None:
    for phi in range(4):  # the paper chose its coefficients so, with its own 1.2 * 1.1² * 1.15²
        assert predicted_growth(*compound_factors(phi)) == pytest.approx(1.92**phi, rel=0.01)
