import math
import random

import pytest

from cnnviz.stats.intervals import Interval, Z, holm, mcnemar, outward, paired_difference, wilson


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


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(1, 4) == pytest.approx(2 * (1 + 5) / 32)
    assert mcnemar(3, 3) == 1


def test_mcnemar_of_many_is_the_binomial_test_and_takes_no_time() -> None:
    # scipy.stats.binomtest(12, 376), (400, 900) and (4000, 8500), two-sided with even chances
    assert mcnemar(364, 12) == pytest.approx(1.875522709e-91)
    assert mcnemar(400, 500) == pytest.approx(0.0009564441369)
    assert mcnemar(4000, 4500) == pytest.approx(6.16603543e-08)
    assert mcnemar(5, 9000) == 0  # less than any float


def test_holm_by_hand() -> None:
    # 3 x 0.01, then 2 x 0.03; the last, 1 x 0.04, may not be less than the one before
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.5, 0.6]) == (1.0, 1.0)
    assert holm([0.02]) == (0.02,)
    assert holm([]) == ()


def test_wrong_alarms_stay_as_rare_however_many_tests_are_made() -> None:
    draw = random.Random(5)
    alarms = sum(min(holm([draw.random() for _ in range(20)])) < 0.05 for _ in range(2000))
    assert 60 <= alarms <= 140  # 5%, where twenty uncorrected tests would give 64%


def test_bounds_are_rounded_outward_and_no_zero_is_negative() -> None:
    assert outward(Interval(-0.9, -1.901, -0.004), 0.01) == pytest.approx((-1.91, 0))
    assert math.copysign(1, outward(Interval(-0.9, -1.9, -0.004), 0.01)[1]) == 1
    assert outward(Interval(0.5, 0.3, 0.7), 0.1) == pytest.approx((0.3, 0.7))
