import numpy as np
import pytest

from cnnviz.evaluation.detection_score import bootstrap_f1


def test_f1_is_twice_the_hits_over_boxes_and_digits() -> None:
    f1 = bootstrap_f1(np.array([1, 2, 0]), np.array([2, 2, 1]), np.array([1, 3, 1]))
    assert f1.value == pytest.approx(6 / 10)
    assert 0 <= f1.low < f1.value < f1.high <= 1


def test_canvases_that_are_all_alike_leave_no_doubt() -> None:
    ones = np.ones(50, np.int64)
    f1 = bootstrap_f1(ones, 2 * ones, 2 * ones)
    assert (f1.value, f1.low, f1.high) == (0.5, 0.5, 0.5)


def test_bounds_are_those_of_a_share_where_each_canvas_is_one_right_or_wrong_box() -> None:
    # then F1 is the share that is right: 2 * 90 / 200, its standard error sqrt(0.9 * 0.1 / 100)
    right = np.array([1] * 90 + [0] * 10)
    ones = np.ones(100, np.int64)
    f1 = bootstrap_f1(right, ones, ones)
    assert f1.value == pytest.approx(0.9)
    assert f1.high - f1.low == pytest.approx(2 * 1.96 * 0.03, abs=0.015)
