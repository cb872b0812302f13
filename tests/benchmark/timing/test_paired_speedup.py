"""Whether a difference is one, against bounds that are worked out by hand."""

import math

import pytest

from cnnviz.benchmark.timing.latency import Latency
from cnnviz.benchmark.timing.paired_speedup import paired_speedup, speedup_verdict
from cnnviz.stats.intervals import Interval


def turns(*milliseconds: float, images: int = 1) -> Latency:
    """Turns of two calls each, both of them as long."""
    calls = tuple(ms for ms in milliseconds for _ in range(2))
    return Latency(1.0, (), calls, None, images, turn=2)


def test_bounds_are_the_extremes_of_six_pairs_and_the_second_ones_of_nine() -> None:
    # 2 / 2^6 = 3.1% of times all six lie on one side; 2 (1 + 9) / 2^9 = 3.9%
    six = paired_speedup(turns(*[60.0] * 6), turns(10, 20, 30, 60, 15, 12))
    assert six == Interval(value=(3 + 4) / 2, low=1, high=6)
    nine = paired_speedup(turns(*[9.0] * 9), turns(*(9 / k for k in range(1, 10))))
    assert nine
    assert (nine.value, nine.low, nine.high) == pytest.approx((5, 2, 8))


def test_fewer_than_six_pairs_say_nothing() -> None:
    assert paired_speedup(turns(*[2.0] * 5), turns(*[1.0] * 5)) is None
    assert speedup_verdict(None) == "too few calls"


@pytest.mark.parametrize("count", range(6, 60))
def test_the_bounds_miss_in_five_of_a_hundred_at_most_and_no_narrower_ones_would(
    count: int,
) -> None:
    speedup = paired_speedup(turns(*[1.0] * count), turns(*(1 / k for k in range(1, count + 1))))
    assert speedup
    outside = round(speedup.low) - 1  # ranks that are left out on either side

    def missed(ranks: int) -> float:
        return 2 * sum(math.comb(count, k) for k in range(ranks + 1)) / 2**count

    assert missed(outside) <= 0.05 < missed(outside + 1)
    assert round(speedup.high) == count - outside


def test_pairs_are_of_neighbors_so_that_a_machine_that_slows_down_changes_nothing() -> None:
    slowing = [float(2**k) for k in range(8)]
    speedup = paired_speedup(turns(*slowing), turns(*(ms / 3 for ms in slowing)))
    assert speedup
    assert (speedup.value, speedup.low, speedup.high) == pytest.approx((3, 3, 3))


def test_a_batch_counts_by_its_images_and_a_half_turn_not_at_all() -> None:
    batch = turns(*[16.0] * 6, images=64)
    assert paired_speedup(turns(*[1.0] * 6), batch) == Interval(4, 4, 4)
    odd = Latency(1.0, (), (1.0,) * 11, None, turn=2)
    assert paired_speedup(odd, odd) is None  # five whole turns


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Interval(1.02, 0.99, 1.05), "no difference"),
        (Interval(1.0, 1.0, 1.0), "no difference"),
        (Interval(1.02, 1.01, 1.03), "faster"),
        (Interval(0.5, 0.4, 0.9), "slower"),
    ],
)
def test_a_difference_within_noise_is_none(found: Interval, words: str) -> None:
    assert speedup_verdict(found) == words
