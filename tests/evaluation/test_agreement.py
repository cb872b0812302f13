import numpy as np
import pytest

from cnnviz.evaluation.agreement import (
    compare_all_pairs,
    disagreeing,
    disagreement_counts,
    mean_confidence,
    next_disagreement,
    pair_matrices,
    paired_counts,
    paired_masks,
)
from cnnviz.evaluation.predictions import (
    Predictions,
)

LABELS = np.array([0, 0, 1, 1, 2])


def sure(*digits: int) -> Predictions:
    return Predictions(np.eye(10, dtype=np.float32)[list(digits)])


FIRST, SECOND = sure(0, 0, 1, 7, 3), sure(0, 1, 1, 1, 3)  # both, first, both, second, neither


def test_both_one_and_neither_are_counted_by_hand() -> None:
    counts = paired_counts(FIRST.correct(LABELS), SECOND.correct(LABELS))
    assert (counts.both, counts.first, counts.second, counts.neither) == (2, 1, 1, 1)
    assert counts.difference.value == 0
    assert counts.p_value == 1  # one against one is as even as it can be


def test_the_difference_is_the_seconds_accuracy_less_the_firsts() -> None:
    better = paired_counts(sure(0, 5, 5, 5, 5).correct(LABELS), sure(0, 0, 1, 1, 3).correct(LABELS))
    assert better.difference.value == pytest.approx((4 - 1) / 5)
    assert better.p_value == pytest.approx(2 / 2**3)  # three of three one way, or the other
    assert better.difference.low < better.difference.value < better.difference.high


def test_networks_can_agree_on_a_wrong_answer() -> None:
    assert disagreement_counts([FIRST, SECOND]).tolist() == [[0, 2], [2, 0]]
    assert disagreement_counts([FIRST]).tolist() == [[0]]


def test_every_two_are_compared_and_their_chances_corrected() -> None:
    labels = np.zeros(40, np.int64)
    good, fair, same_as_fair = (sure(*[0] * right, *[1] * (40 - right)) for right in (40, 20, 20))
    pairs = compare_all_pairs([good, fair, same_as_fair], labels)
    assert list(pairs) == [(0, 1), (0, 2), (1, 2)]
    assert pairs[0, 1].counts.difference.value == -0.5
    # three tests: twice 2 / 2^20, and once that nothing differs at all
    assert [share.p_value for share in pairs.values()] == pytest.approx([6 / 2**20, 6 / 2**20, 1])
    assert [pair.significant for pair in pairs.values()] == [True, True, False]
    assert compare_all_pairs([good], labels) == {}


def test_the_mean_confidence_is_that_of_each_networks_own_prediction() -> None:
    other = Predictions(np.array([[0.25, 0.75], [0.5, 0.5]], np.float32))
    unsure = Predictions(np.array([[0.75, 0.25], [0.0, 1.0]], np.float32))
    assert mean_confidence([other, unsure]).tolist() == [0.75, 0.75]
    assert mean_confidence([other]).tolist() == [0.75, 0.5]


def test_a_digit_is_disputed_unless_all_answer_alike() -> None:
    assert disagreeing([FIRST, SECOND]).tolist() == [False, True, False, True, False]
    assert disagreeing([FIRST, SECOND, sure(0, 0, 1, 7, 4)]).tolist()[-1]
    assert not disagreeing([FIRST]).any()
    with pytest.raises(ValueError, match="at least one network, got none"):
        disagreeing([])


def test_each_digit_is_in_one_mask_of_a_pair() -> None:
    masks = paired_masks(FIRST.correct(LABELS), SECOND.correct(LABELS))
    assert [name for digit in range(5) for name, mask in masks.items() if mask[digit]] == [
        *("both", "first", "both", "second", "neither")
    ]


def test_matrices_of_all_pairs_are_antisymmetric_and_symmetric() -> None:
    labels = np.zeros(4, np.int64)
    networks_ = [sure(0, 0, 0, 0), sure(0, 0, 0, 1), sure(1, 1, 1, 1)]
    points, p_values = pair_matrices(compare_all_pairs(networks_, labels), 3)
    # accuracies 100, 75 and 0%: row minus column
    assert points.tolist() == [[0, 25, 100], [-25, 0, 75], [-100, -75, 0]]
    # 1 against 0, 4 against 0 and 3 against 0: 1, 2 / 2^4 and 2 / 2^3, times three and two by Holm
    assert p_values.tolist() == [[1, 1, 0.375], [1, 1, 0.5], [0.375, 0.5, 1]]


def test_the_search_for_a_disagreement_goes_on_from_the_start() -> None:
    both = [FIRST, SECOND]  # they differ on digits 1 and 3
    assert [next_disagreement(both, index) for index in range(5)] == [
        *((1, 2), (3, 2), (3, 2), (1, 2), (1, 2))
    ]
    assert next_disagreement([FIRST, FIRST], 0) is None
