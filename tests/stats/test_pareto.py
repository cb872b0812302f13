import numpy as np
import pytest

from cnnviz.stats.pareto import pareto_front


def test_a_point_that_is_worse_in_both_is_not_on_the_front() -> None:
    # accuracy up, milliseconds down: the third is slower and less right than the second
    found = pareto_front(
        np.array([[0.99, 9.0], [0.98, 2.0], [0.97, 3.0]]), larger_is_better=(True, False)
    )
    assert found.tolist() == [True, True, False]


def test_of_equals_all_stay_and_of_a_tie_in_one_criterion_the_better_in_the_other() -> None:
    twins = np.array([[0.98, 2.0], [0.98, 2.0], [0.98, 2.5], [0.97, 2.0]])
    assert pareto_front(twins, larger_is_better=(True, False)).tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_a_third_criterion_brings_back_what_two_of_them_drop() -> None:
    values = np.array([[0.99, 2.0, 500.0], [0.98, 3.0, 100.0]])
    assert pareto_front(values[:, :2], larger_is_better=(True, False)).tolist() == [True, False]
    assert pareto_front(values, larger_is_better=(True, False, False)).tolist() == [True, True]


def test_what_is_not_known_neither_wins_nor_beats() -> None:
    values = np.array([[1.0, np.nan], [0.5, 2.0], [np.nan, 0.1]])
    assert pareto_front(values, larger_is_better=(True, False)).tolist() == [False, True, False]


def test_no_other_row_dominates_one_on_the_front_and_some_row_on_it_each_other() -> None:
    values = np.random.default_rng(0).integers(0, 5, (60, 3)).astype(float)
    found = pareto_front(values, larger_is_better=(False, False, False))

    def dominates(a: np.ndarray, b: np.ndarray) -> bool:  # type: ignore[type-arg]
        return bool((a <= b).all() and (a < b).any())

    for i, row in enumerate(values):
        beaten = any(dominates(other, row) for other in values[found])
        assert beaten == (not found[i])


def test_columns_and_criteria_must_agree() -> None:
    with pytest.raises(ValueError, match="one column for each"):
        pareto_front(np.zeros((3, 2)), larger_is_better=(True,))
