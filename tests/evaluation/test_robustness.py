"""Accuracy against the strength of a perturbation, and which differences are significant."""

import numpy as np

from cnnviz.data.mnist import load_digits
from cnnviz.evaluation.perturbations import PERTURBATIONS
from cnnviz.evaluation.predictions import accuracy, predict
from cnnviz.evaluation.robustness import RobustnessCurve, robustness_curve, significant_differences
from cnnviz.training.runs import networks


def test_the_curve_meets_the_plain_test_at_zero_and_falls() -> None:
    network = networks.find_network("shipped-sprint_cnn")
    loaded, digits = networks.load_network(network), load_digits()
    pixels, labels = digits.test_images[::5], digits.test_labels[::5]
    noise = PERTURBATIONS["noise"]
    accuracies = robustness_curve(loaded, noise, pixels, labels).accuracies
    plain = accuracy(predict(loaded, pixels), labels)
    assert accuracies[noise.strengths.index(0)] == plain
    assert accuracies[-1].value < plain.value - 0.2


def right(*counts: int) -> RobustnessCurve:
    """A curve of 40 digits, so many of which are right at each strength, the first ones."""
    lines = [[0] * count + [1] * (40 - count) for count in counts]
    return RobustnessCurve(np.array(lines), np.zeros(40, np.int64))


def test_networks_cross_where_each_is_better_somewhere_beyond_chance() -> None:
    steep, flat, twin = right(40, 30, 0), right(20, 28, 30), right(19, 28, 30)
    [difference] = significant_differences([steep, flat], (0, 1, 2))
    assert (difference.first, difference.second) == (0, 1)
    assert (difference.first_at, difference.second_at) == (
        (0,),
        (2,),
    )  # 30 against 28 may be chance
    assert difference.crosses
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
    [difference] = significant_differences([right(40, 33), right(40, 40)], (0, 0.5))
    assert (difference.first_at, difference.second_at, difference.crosses) == ((), (0.5,), False)
    assert significant_differences([right(40, 34), right(40, 40)], (0, 0.5)) == []


def test_a_curve_keeps_who_was_right_at_each_strength() -> None:
    curve = RobustnessCurve(np.array([[3, 1], [3, 3]]), np.array([3, 3]))
    assert curve.correct.tolist() == [[True, False], [True, True]]
    assert [share.value for share in curve.accuracies] == [0.5, 1]
