import math
import random

import pytest
from scipy.stats import binomtest

from cnnviz.stats.intervals import (
    Interval,
    Z,
    paired_difference,
    rounded_outward,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_values_of_newcombes_table(
    successes: int, trials: int, low: float, high: float
) -> None:
    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("successes", "trials"), [(3, 10), (998, 1000), (7, 7), (0, 4)])
def test_the_bounds_are_where_the_score_test_just_rejects(successes: int, trials: int) -> None:
    found = wilson(successes, trials)
    for bound in {found.low, found.high} - {0.0, 1.0}:
        deviation = math.sqrt(bound * (1 - bound) / trials)
        assert abs(found.value - bound) / deviation == pytest.approx(Z)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_wilson_gives_the_bounds_of_scipys_binomial_test() -> None:
    draw = random.Random(2)
    cases = [(draw.randint(0, trials), trials) for trials in (1, 2, 7, 40, 999, 60_000)] * 3
    for successes, trials in [*cases, (0, 5), (5, 5)]:
        expected = binomtest(successes, trials).proportion_ci(method="wilson")
        found = wilson(successes, trials)
        assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-12)
        assert found.value == successes / trials


@pytest.mark.parametrize(("successes", "trials"), [(-1, 4), (5, 4), (0, 0)])
def test_impossible_counts_are_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="trials"):
        wilson(successes, trials)


def test_a_paired_difference_of_nothing_is_nothing_in_the_middle() -> None:
    found = paired_difference(900, 20, 20, 60)
    assert found.value == 0
    assert found.low == pytest.approx(-found.high)
    assert 0 < found.high < 2 * Z * math.sqrt(40) / 1000


def test_before_and_after_change_places_with_the_sign() -> None:
    there, back = paired_difference(80, 15, 3, 2), paired_difference(80, 3, 15, 2)
    assert (there.value, there.low, there.high) == pytest.approx(
        (-back.value, -back.high, -back.low)
    )


def test_the_same_digits_tell_more_than_other_digits_would() -> None:
    paired = paired_difference(900, 30, 10, 60)
    unrelated = paired_difference(900 * 910 // 1000, 111, 91, -1)
    assert paired.high - paired.low < unrelated.high - unrelated.low


def test_nineteen_of_twenty_intervals_hold_the_true_difference() -> None:
    chances = {"both": 0.75, "lost": 0.12, "gained": 0.05, "neither": 0.08}
    draw, held = random.Random(3), 0
    for _ in range(1000):
        drawn = draw.choices(list(chances), list(chances.values()), k=100)
        found = paired_difference(*(drawn.count(kind) for kind in chances))
        held += found.low <= chances["gained"] - chances["lost"] <= found.high
    assert 930 <= held <= 980


def test_bounds_are_rounded_outward_and_no_zero_is_negative() -> None:
    assert rounded_outward(Interval(-0.9, -1.901, -0.004), 0.01) == pytest.approx((-1.91, 0))
    assert math.copysign(1, rounded_outward(Interval(-0.9, -1.9, -0.004), 0.01)[1]) == 1
    assert rounded_outward(Interval(0.5, 0.3, 0.7), 0.1) == pytest.approx((0.3, 0.7))
