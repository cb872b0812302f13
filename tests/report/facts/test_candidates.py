"""Ranks, ties and overlaps of candidates with numbers set by hand."""

import pytest

from cnnviz.report.facts.candidates import (
    CRITERIA,
    best_candidates,
    criterion_of,
    intervals_overlap,
    rank,
    strongest_alternative,
)
from tests.report.material import FULL, A, B, candidate

GOOD, TWIN, BAD = candidate(*A), candidate("Twin", A[1], 700, FULL), candidate(*B)
UNTESTED = candidate("Untested", None, 900, "")


def test_equal_networks_share_the_better_rank_and_untested_ones_are_not_counted() -> None:
    accuracy = CRITERIA["accuracy"]
    assert rank(accuracy, GOOD, [TWIN, BAD, UNTESTED]) == (1, 3)
    assert rank(accuracy, TWIN, [GOOD, BAD]) == (1, 3)
    assert rank(accuracy, BAD, [GOOD, TWIN]) == (3, 3)
    assert rank(accuracy, UNTESTED, [GOOD]) is None


def test_fewer_parameters_are_better() -> None:
    assert rank(CRITERIA["size"], BAD, [GOOD, TWIN]) == (1, 3)  # 100, 500 and 700 parameters
    assert strongest_alternative(CRITERIA["size"], [TWIN, GOOD]) is GOOD


def test_the_best_are_named_all_of_them() -> None:
    accuracy = CRITERIA["accuracy"]
    assert [name.text for name in best_candidates(accuracy, BAD, [GOOD, TWIN])] == ["A", "Twin"]
    assert best_candidates(accuracy, UNTESTED, []) == []
    assert strongest_alternative(accuracy, [UNTESTED]) is None


def test_fewer_test_digits_make_intervals_overlap() -> None:
    assert intervals_overlap(GOOD, TWIN)
    assert not intervals_overlap(GOOD, BAD)
    # 98 of 100 is 93.0% to 99.4% by Wilson, 9,900 of 10,000 is 98.8% to 99.2%
    assert intervals_overlap(GOOD, candidate("Few", 0.98, 100, "100 digits"))


def test_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of accuracy, latency, size, got 'price'"):
        criterion_of("price")
