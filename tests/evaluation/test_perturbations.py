"""Each perturbation against numbers worked out by hand."""

import numpy as np
import pytest

from cnnviz.data.mnist import Pixels, load_digits
from cnnviz.evaluation.perturbations import (
    PERTURBATIONS,
    add_noise,
    blur_digits,
    change_thickness,
    rotate_digits,
    shift_digits,
)


def dot(row: int, column: int, side: int = 28, count: int = 1) -> Pixels:
    pixels = np.zeros((count, 1, side, side), np.uint8)
    pixels[..., row, column] = 255
    return pixels


@pytest.mark.parametrize("key", PERTURBATIONS)
def test_strength_zero_is_measured_and_changes_nothing(key: str) -> None:
    row, pixels = PERTURBATIONS[key], load_digits().test_images[:8]
    assert 0 in row.strengths
    assert row.strengths == tuple(sorted(row.strengths))
    assert np.array_equal(row.function(pixels, 0), pixels)


@pytest.mark.parametrize("key", PERTURBATIONS)
def test_every_other_strength_changes_the_digits_and_not_those_it_was_given(key: str) -> None:
    row, pixels = PERTURBATIONS[key], load_digits().test_images[:4]
    before = pixels.copy()
    for strength in set(row.strengths) - {0}:
        changed = row.function(pixels, strength)
        assert changed.dtype == np.uint8
        assert changed.shape == pixels.shape
        assert not np.array_equal(changed, pixels)
    assert np.array_equal(pixels, before)


def test_noise_has_the_deviation_it_says_and_is_the_same_each_time() -> None:
    gray = np.full((4, 1, 28, 28), 128, np.uint8)
    noisy = add_noise(gray, 0.1)
    assert noisy.astype(float).std() / 255 == pytest.approx(0.1, rel=0.03)
    assert np.array_equal(noisy, add_noise(gray, 0.1))


def test_a_quarter_turn_is_numpys() -> None:
    digit = load_digits().test_images[:1]
    assert np.array_equal(rotate_digits(digit, 90), np.rot90(digit, axes=(2, 3)))


def test_digits_move_right_down_left_and_up_in_turn() -> None:
    shifted = shift_digits(dot(10, 12, count=5), 3)
    places = [tuple(map(int, np.argwhere(image)[0])) for image in shifted[:, 0]]
    assert places == [(10, 15), (13, 12), (10, 9), (7, 12), (10, 15)]


def test_a_blurred_dot_is_a_gaussian() -> None:
    blurred = blur_digits(dot(14, 14), 1.5)[0, 0].astype(float)
    peak = 255 / (2 * np.pi * 1.5**2)  # of the density, which the sampled one nearly is
    assert blurred[14, 14] == pytest.approx(peak, abs=1)
    assert blurred[14, 16] == pytest.approx(peak * np.exp(-(2**2) / (2 * 1.5**2)), abs=1)
    assert blurred.sum() == pytest.approx(255, rel=0.1)  # rounding loses the faint rim


def test_a_line_grows_on_both_sides_by_the_radius() -> None:
    line = np.zeros((1, 1, 28, 28), np.uint8)
    line[..., 12:16, :] = 255  # four pixels thick
    thick, thin = (change_thickness(line, radius)[0, 0, :, 14].astype(float) for radius in (1, -1))
    assert thick.sum() / 255 == pytest.approx(6, abs=0.3)
    assert thin.sum() / 255 == pytest.approx(2, abs=0.3)
    # between black and white the fine grid rises by 1, 3, 5 and 7 eighths, two on either side
    edge, faint = 255 * (5 / 8 + 7 / 8 + 1 + 1) / 4, 255 * (1 / 8 + 3 / 8) / 4
    assert (thick[11], thick[10]) == pytest.approx((edge, faint), abs=1)
    assert (thin[13], thin[12]) == pytest.approx((edge, faint), abs=1)


def test_ink_at_the_border_is_not_eaten_from_outside() -> None:
    full = np.full((1, 1, 28, 28), 255, np.uint8)
    assert (change_thickness(full, -1)[..., 4:-4, 4:-4] == 255).all()
    assert (change_thickness(np.zeros_like(full), 1) == 0).all()
