import numpy as np
import pytest
import torch

from cnnviz.data.ink import center, crop_to_ink, padded, place_on_canvas
from cnnviz.data.mnist import load_digits
from cnnviz.data.normalization import normalize, to_unit_range


def test_ink_is_cropped_to_its_bounding_box() -> None:
    ink = np.zeros((9, 7), np.uint8)
    ink[2, 3] = ink[5, 4] = 1
    assert crop_to_ink(ink).shape == (4, 2)


def test_an_empty_pad_gives_an_empty_image() -> None:
    for shape in ((0, 0), (1, 1), (300, 200)):
        assert not center(np.zeros(shape, np.uint8)).any()


def test_the_longer_side_takes_20_pixels_and_the_ratio_stays() -> None:
    image = center(np.full((100, 50), 255, np.uint8))
    assert crop_to_ink(image).shape == (20, 10)
    assert image.sum() == 20 * 10 * 255


@pytest.mark.parametrize(("box", "side"), [(20, 28), (36, 40), (12, 28), (21, 33)])
def test_ink_takes_the_asked_size_in_the_middle_of_the_asked_field(box: int, side: int) -> None:
    image = center(np.full((100, 100), 255, np.uint8), box=box, side=side)
    assert image.shape == (side, side)
    assert crop_to_ink(image).shape == (box, box)
    first = np.flatnonzero(image.any(axis=0))[0]
    assert abs(first - (side - box) / 2) <= 1


def test_enlarged_ink_is_the_mean_of_what_each_pixel_covers() -> None:
    ink = np.array([[255, 0], [0, 255]], np.uint8)
    expected = [[255, 128, 0], [128, 128, 128], [0, 128, 255]]  # the middle pixel covers all four
    assert crop_to_ink(center(ink, box=3, side=5)) == pytest.approx(np.array(expected), abs=1)


@pytest.mark.parametrize("box", [0, -1, 29])
def test_a_size_without_room_is_refused(box: int) -> None:
    with pytest.raises(ValueError, match=rf"box must be 1 to 28 pixels, got {box}"):
        center(np.full((3, 3), 255, np.uint8), box=box)


def test_the_center_of_mass_lies_within_half_a_pixel_of_the_middle() -> None:
    triangle = np.tril(np.full((60, 60), 255, np.uint8))
    image = center(triangle).astype(float)
    for axis in (0, 1):
        mass = image.sum(axis=axis)
        assert 13.5 <= (mass * np.arange(28)).sum() / mass.sum() < 14.5


def test_each_pixel_is_the_mean_of_what_it_covers() -> None:
    ink = np.zeros((40, 40), np.uint8)
    ink[:, :20] = 240
    ink[0, 0] = 120  # one of the four pixels under the first
    image = crop_to_ink(center(ink))
    assert image[0, 0] == round((120 + 3 * 240) / 4 * 255 / 240)
    assert image[1, 0] == 255
    assert image.shape == (20, 10)


def test_a_pixel_between_two_takes_its_share_of_both() -> None:
    ink = np.zeros((30, 30), np.uint8)  # each new pixel covers 1.5 old ones
    ink[0, :] = ink[29, :] = 255
    image = crop_to_ink(center(ink))
    assert image.shape == (20, 20)
    assert image[0, 0] == image[19, 5] == 255  # 2/3, the brightest there is
    assert image[1, 0] == 0
    ink[1, :] = 255  # the first is full now, the second has 1/3
    assert crop_to_ink(center(ink))[:2, 0].tolist() == [255, round(255 / 3)]


def test_a_small_digit_in_a_corner_is_as_good_as_a_large_one() -> None:
    shape = np.kron(load_digits("embedded").test_images[0, 0], np.ones((3, 3), np.uint8))
    pad = np.zeros((500, 500), np.uint8)
    pad[410:494, 5:89] = shape
    assert np.array_equal(center(pad), center(shape))


def test_a_thin_pen_counts_as_much_as_a_thick_one() -> None:
    line = np.zeros((200, 200), np.uint8)
    np.fill_diagonal(line, 255)
    assert center(line).max() == 255


@pytest.mark.parametrize("part", ["train_images", "test_images"])
def test_mnist_digits_come_back_as_they_are(part: str) -> None:
    digits = getattr(load_digits("embedded"), part)[:, 0]
    close = [np.abs(center(digit).astype(int) - digit).max() <= 1 for digit in digits]
    assert np.mean(close) >= 0.999


def test_ink_that_would_leave_the_field_stops_at_its_edge() -> None:
    ink = np.zeros((100, 100), np.uint8)
    ink[:2] = 255
    ink[:, 0] = 40  # faint, and far from the center of mass
    image = center(ink)
    assert image[27].any()
    assert crop_to_ink(image).shape == (20, 20)


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_no_ink_is_cut_off_however_far_its_weight_is_from_its_middle(side: str) -> None:
    ink = np.zeros((100, 100), np.uint8)
    ink[:, 50:60] = 10
    ink[50:60] = 10
    heavy = {
        "top": np.s_[:5],
        "bottom": np.s_[-5:],
        "left": np.s_[:, :5],
        "right": np.s_[:, -5:],
    }[side]
    ink[heavy] = 255
    cropped = crop_to_ink(center(ink))
    means = ink.reshape(20, 5, 20, 5).mean(axis=(1, 3))  # 20 x 20 squares of 5 x 5 pixels
    assert cropped == pytest.approx(np.rint(means * 255 / means.max()), abs=1)


def test_a_digit_is_padded_as_the_networks_receive_it() -> None:
    digit = np.arange(9, dtype=np.uint8).reshape(3, 3)
    assert padded(digit, 3).tolist() == digit.tolist()
    assert padded(digit, 6)[1:4, 1:4].tolist() == digit.tolist()  # one before, two after
    x = normalize(to_unit_range(torch.from_numpy(digit)[None, None]), size=6)
    same = normalize(to_unit_range(torch.from_numpy(padded(digit, 6))[None, None]), size=6)
    assert torch.equal(x, same)


@pytest.mark.parametrize("ink", [np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2))])
def test_other_arrays_are_refused(ink: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 of shape"):
        center(ink)


# On a canvas


def test_ink_is_spread_to_its_place_and_each_pixel_is_a_mean() -> None:
    ink = np.array([[0, 200], [100, 100], [40, 0], [0, 40]], np.uint8)
    canvas = place_on_canvas(ink, (0.25, 0.5, 0.125, 0.25), side=8)  # 1 by 2 pixels, from (2, 4)
    assert (int(canvas[4, 2]), int(canvas[5, 2])) == (100, 20)
    assert canvas.sum() == 120


def test_ink_that_does_not_fit_is_cut_off_and_none_leaves_the_canvas_black() -> None:
    full = np.full((10, 10), 255, np.uint8)
    cut = place_on_canvas(full, (0.5, -0.1, 1.0, 0.5), side=10)
    assert cut[:5, 5:].min() == 255
    assert cut.sum() == 25 * 255
    assert not place_on_canvas(full[:0], (0, 0, 1, 1), side=10).any()


def test_a_digit_that_fills_the_canvas_is_enlarged() -> None:
    digit = load_digits("embedded").test_images[0, 0]
    canvas = place_on_canvas(digit, (0, 0, 1, 1), side=56)
    assert np.array_equal(canvas[::2, ::2], digit)
