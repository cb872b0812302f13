import pytest
import torch

from cnnviz.data.normalization import normalize, to_unit_range


def test_pixels_become_images_from_zero_to_one() -> None:
    pixels = torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8)
    assert to_unit_range(pixels).flatten().tolist() == pytest.approx([0, 0.2, 1])


def test_the_pixels_stay_as_they_are() -> None:
    pixels = torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8)
    to_unit_range(pixels)
    assert pixels.flatten().tolist() == [0, 51, 255]


def test_black_white_and_the_mean_are_normalized_as_worked_out_by_hand() -> None:
    given = torch.tensor([0, 1, 0.1307, 0.1307 + 0.3081]).reshape(1, 1, 2, 2)
    expected = [-0.42421, 2.82149, 0, 1]  # (value - 0.1307) / 0.3081
    assert normalize(given, size=2).flatten().tolist() == pytest.approx(expected, abs=1e-5)


def test_the_images_stay_as_they_are() -> None:
    given = torch.ones(1, 1, 4, 4)
    normalize(given, size=6)
    assert given.eq(1).all()


@pytest.mark.parametrize(("size", "before"), [(28, 0), (32, 2), (33, 2), (29, 0)])
def test_a_larger_input_is_framed_in_black(size: int, before: int) -> None:
    x = normalize(torch.ones(3, 1, 28, 28), size=size)
    assert x.shape == (3, 1, size, size)
    inside = torch.zeros(size, size, dtype=torch.bool)
    inside[before : before + 28, before : before + 28] = True
    black, white = (0 - 0.1307) / 0.3081, (1 - 0.1307) / 0.3081
    assert torch.allclose(x[:, :, inside], torch.tensor(white))
    assert torch.allclose(x[:, :, ~inside], torch.tensor(black))


def test_images_larger_than_the_input_are_refused() -> None:
    with pytest.raises(ValueError, match="images must have at most 28 pixels a side, got 32"):
        normalize(torch.ones(1, 1, 32, 32), size=28)
