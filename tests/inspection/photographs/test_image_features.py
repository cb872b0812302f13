import pytest
import torch
from torch import Tensor

from cnnviz.inspection.photographs.image_features import WORDS, best_matches, simple_features

IMAGE = torch.rand((3, 24, 32), generator=torch.Generator().manual_seed(0))


def half(vertical: bool) -> Tensor:
    """A picture, black on its left or upper half and white on the other."""
    image = torch.zeros(3, 32, 32)
    if vertical:
        image[:, :, 16:] = 1
    else:
        image[:, 16:] = 1
    return image


def test_every_quality_has_words() -> None:
    assert list(simple_features(IMAGE)) == list(WORDS)


def test_gray_has_neither_red_nor_blue() -> None:
    found = simple_features(torch.full((3, 8, 8), 0.4))
    assert found["brightness"].numpy() == pytest.approx(0.4)
    for name in ("red", "blue", "right", "below", "edges"):
        assert found[name].numpy() == pytest.approx(0, abs=1e-6)


def test_an_edge_has_its_direction_and_half_its_height_on_either_side() -> None:
    found = simple_features(half(vertical=True))
    assert found["right"][0, 5, 14:18].tolist() == pytest.approx([0, 0.5, 0.5, 0])
    assert found["below"].abs().max() == pytest.approx(0, abs=1e-6)
    assert simple_features(half(vertical=False))["below"][0, 15, 5] == pytest.approx(0.5)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_map_of_a_quality_answers_to_it(name: str, sign: int) -> None:
    maps = sign * 5 * simple_features(IMAGE)[name] + 2
    (found,) = best_matches(maps, IMAGE)
    assert (found.name, found.correlation) == (name, pytest.approx(sign, abs=1e-4))
    assert found.words == WORDS[name][sign < 0]
