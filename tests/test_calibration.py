import numpy as np
import pytest

from cnnviz.calibration import calibration


def test_the_error_of_a_toy_is_worked_out_by_hand() -> None:
    # (0, 0.5] holds 0.4 and 0.5, one right of two; (0.5, 1] holds the others, all wrong
    certainty = np.array([0.4, 0.5, 0.8, 0.9, 1.0])
    right = np.array([True, False, False, False, False])
    found = calibration(certainty, right, bins=2)
    assert [b.count for b in found.bins] == [2, 3]
    assert [b.certainty for b in found.bins] == pytest.approx([0.45, 0.9])
    assert [b.accuracy and b.accuracy.value for b in found.bins] == [0.5, 0]
    assert found.error == pytest.approx((2 * 0.05 + 3 * 0.9) / 5)
    assert (found.certainty, found.accuracy) == pytest.approx((0.72, 0.2))


def test_who_is_right_as_often_as_it_says_has_no_error() -> None:
    certainty = np.repeat([0.25, 0.75], 4)
    right = np.array([True, False, False, False, True, True, True, False])
    assert calibration(certainty, right).error == pytest.approx(0)


def test_a_bin_without_answers_says_nothing_and_weighs_nothing() -> None:
    found = calibration(np.array([1.0, 0.0]), np.array([True, True]), bins=4)
    assert [b.count for b in found.bins] == [1, 0, 0, 1]
    assert found.bins[1].accuracy is None
    assert found.error == pytest.approx(0.5)


def test_a_certainty_on_an_edge_belongs_to_the_bin_below() -> None:
    found = calibration(np.array([0.5, 0.50001]), np.array([True, True]), bins=2)
    assert [b.count for b in found.bins] == [1, 1]


@pytest.mark.parametrize("count", [0, 3])
def test_as_many_certainties_as_answers(count: int) -> None:
    with pytest.raises(ValueError, match="give as many"):
        calibration(np.zeros(count), np.zeros(2 if count else 0, bool))
