import itertools
import math
import random
from fractions import Fraction

import pytest

from cnnviz.stats.significance import holm, mcnemar


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(1, 4) == pytest.approx(2 * (1 + 5) / 32)
    assert mcnemar(3, 3) == 1


def test_mcnemar_counts_the_outcomes_that_are_no_more_likely() -> None:
    # every one of the 2^n ways in which n changed examples may be lost or gained is as likely
    for lost, gained in itertools.product(range(8), range(8)):
        changed = lost + gained
        distance = abs(lost - gained)
        as_far = sum(
            math.comb(changed, k) for k in range(changed + 1) if abs(changed - 2 * k) >= distance
        )
        assert mcnemar(lost, gained) == pytest.approx(float(Fraction(as_far, 2**changed)))
        assert mcnemar(lost, gained) == mcnemar(gained, lost)


def test_mcnemar_of_many_is_the_binomial_test_and_takes_no_time() -> None:
    # 2 * sum(comb(n, k) for k up to the smaller) / 2^n, worked out in whole numbers
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
