import numpy as np
import pytest

from cnnviz.data.mnist import Pixels, load_digits
from cnnviz.evaluation.predictions import accuracy, predict
from cnnviz.evaluation.robustness import (
    PERTURBATIONS,
    RobustnessCurve,
    add_noise,
    blur_digits,
    change_thickness,
    robustness_curve,
    rotate_digits,
    shift_digits,
    significant_differences,
)
from cnnviz.training.runs import networks


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
        found = row.function(pixels, strength)
        assert found.dtype == np.uint8
        assert found.shape == pixels.shape
        assert not np.array_equal(found, pixels)
    assert np.array_equal(pixels, before)


def test_noise_has_the_deviation_it_says_and_is_the_same_each_time() -> None:
    gray = np.full((4, 1, 28, 28), 128, np.uint8)
    found = add_noise(gray, 0.1)
    assert found.astype(float).std() / 255 == pytest.approx(0.1, rel=0.03)
    assert np.array_equal(found, add_noise(gray, 0.1))


def test_a_quarter_turn_is_numpys() -> None:
    digit = load_digits().test_images[:1]
    assert np.array_equal(rotate_digits(digit, 90), np.rot90(digit, axes=(2, 3)))


def test_digits_move_right_down_left_and_up_in_turn() -> None:
    found = shift_digits(dot(10, 12, count=5), 3)
    places = [tuple(map(int, np.argwhere(image)[0])) for image in found[:, 0]]
    assert places == [(10, 15), (13, 12), (10, 9), (7, 12), (10, 15)]


def test_a_blurred_dot_is_a_gaussian() -> None:
    found = blur_digits(dot(14, 14), 1.5)[0, 0].astype(float)
    peak = 255 / (2 * np.pi * 1.5**2)  # of the density, which the sampled one nearly is
    assert found[14, 14] == pytest.approx(peak, abs=1)
    assert found[14, 16] == pytest.approx(peak * np.exp(-(2**2) / (2 * 1.5**2)), abs=1)
    assert found.sum() == pytest.approx(255, rel=0.1)  # rounding loses the faint rim


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


def test_the_curve_meets_the_plain_test_at_zero_and_falls() -> None:
    network = networks.find_network("shipped-sprint_cnn")
    loaded, digits = networks.load_network(network), load_digits()
    pixels, labels = digits.test_images[::5], digits.test_labels[::5]
    noise = PERTURBATIONS["noise"]
    found = robustness_curve(loaded, noise, pixels, labels).accuracies
    plain = accuracy(predict(loaded, pixels), labels)
    assert found[noise.strengths.index(0)] == plain
    assert found[-1].value < plain.value - 0.2


def right(*counts: int) -> RobustnessCurve:
    """A curve of 40 digits, so many of which are right at each strength, the first ones."""
    lines = [[0] * count + [1] * (40 - count) for count in counts]
    return RobustnessCurve(np.array(lines), np.zeros(40, np.int64))


def test_networks_cross_where_each_is_better_somewhere_beyond_chance() -> None:
    steep, flat, twin = right(40, 30, 0), right(20, 28, 30), right(19, 28, 30)
    [found] = significant_differences([steep, flat], (0, 1, 2))
    assert (found.first, found.second) == (0, 1)
    assert (found.first_at, found.second_at) == ((0,), (2,))  # 30 against 28 may be chance
    assert found.crosses
    assert [
        (one.first, one.second) for one in significant_differences([steep, flat, twin], (0, 1, 2))
    ] == [
        (0, 1),
        (0, 2),
    ]
    assert (
        significant_differences([right(40, 39), right(39, 40)], (0, 1)) == []
    )  # lines cross, by chance
    assert significant_differences([steep], (0, 1, 2)) == []


def test_a_network_that_is_only_ever_better_leads_without_crossing() -> None:
    # 7 digits that only one reads: p = 2 / 2^7 = 0.016, times two tests 0.031; 6 give 0.0625
    [found] = significant_differences([right(40, 33), right(40, 40)], (0, 0.5))
    assert (found.first_at, found.second_at, found.crosses) == ((), (0.5,), False)
    assert significant_differences([right(40, 34), right(40, 40)], (0, 0.5)) == []


def test_a_curve_keeps_who_was_right_at_each_strength() -> None:
    found = RobustnessCurve(np.array([[3, 1], [3, 3]]), np.array([3, 3]))
    assert found.correct.tolist() == [[True, False], [True, True]]
    assert [share.value for share in found.accuracies] == [0.5, 1]
