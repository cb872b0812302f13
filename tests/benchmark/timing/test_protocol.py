"""The protocol on a clock that the test sets, so that every figure is known beforehand."""

import itertools
import time
from collections.abc import Callable, Iterable

import pytest

from cnnviz.benchmark.timing.clocks import Clock
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.benchmark.timing.protocol import Budget, CanceledError, TimedCall, measure_latencies

QUICK = Budget(calls=20, seconds=1e9, warm_calls=3, warm_seconds=0)


class Time:
    """A clock whose hands calls move."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0
        self.log: list[str] = []

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.cpu)

    def call(
        self, name: str, milliseconds: Iterable[float], *, busy: float = 1.0
    ) -> Callable[[], None]:
        """A call that takes these times in turn, and of the processor a share of them."""
        times = iter(milliseconds)

        def call() -> None:
            taken = next(times) / 1000
            self.wall += taken
            self.cpu += taken / busy
            self.log.append(name)

        return call


def timed(calls: Iterable[float], *, busy: float = 1.0, budget: Budget = QUICK) -> Latency:
    time = Time()
    contestant = TimedCall(time.call("a", calls, busy=busy), images=4)
    return measure_latencies({"a": contestant}, budget=budget, clock=time.clock)["a"]


def test_a_busy_host_shows() -> None:
    assert timed([1.0] * 100, busy=1.6).badge == "host busy"


def test_the_lecture_drops_the_first_call_and_averages_a_hundred() -> None:
    budget = Budget(calls=200, seconds=1e9, warm_calls=50, warm_seconds=0)
    measured = timed([1000, *range(1, 301)], budget=budget)
    assert measured.cold == 1000
    assert measured.lecture == 50.5  # of 1 to 100 ms: warming up counts there
    assert measured.lecture_n == 100
    assert measured.calls[0] == pytest.approx(51)


def test_throughput_is_at_the_median() -> None:
    measured = timed([8.0] * 100)
    assert measured.images_per_second == pytest.approx(4 / 0.008)


def test_the_summary_has_every_figure() -> None:
    summary = timed([8.0] * 100).summary()
    assert (summary["p50"], summary["n"], summary["badge"]) == (8.0, 20, "clean")


def test_the_first_call_is_slow_and_stays_apart() -> None:
    measured = timed([500, 9, 9, 9, *[2] * 100])
    assert measured.cold == 500
    assert measured.warm == (9, 9, 9)
    assert measured.calls == (2,) * 20


def test_warming_up_takes_its_calls_and_its_seconds() -> None:
    few = timed([200] * 100, budget=Budget(calls=20, warm_calls=3, warm_seconds=0.3))
    many = timed([50] * 100, budget=Budget(calls=20, warm_calls=3, warm_seconds=0.3))
    assert (len(few.warm), len(many.warm)) == (3, 6)


@pytest.mark.parametrize(("seconds", "n"), [(0.01, 20), (0.5, 50), (10.0, 100)])
def test_a_budget_of_seconds_ends_it_but_not_before_twenty_calls(seconds: float, n: int) -> None:
    assert timed([10] * 1000, budget=Budget(seconds=seconds, warm_seconds=0)).n == n


def test_contestants_take_turns_and_the_first_call_of_a_turn_does_not_count() -> None:
    time = Time()
    a = time.call("a", itertools.chain([1] * 4, itertools.cycle([90, 2, 2, 2, 2, 2])))
    b = time.call("b", itertools.chain([1] * 4, itertools.cycle([80, 3, 3, 3, 3, 3])))
    latencies = measure_latencies(
        {"a": TimedCall(a), "b": TimedCall(b)}, budget=QUICK, clock=time.clock
    )
    assert "".join(time.log) == "aaaabbbb" + "aaaaaabbbbbb" * 4
    assert latencies["a"].calls == (2,) * 20
    assert latencies["b"].calls == (3,) * 20


def test_one_that_is_ready_drops_out_and_the_other_goes_on() -> None:
    time = Time()
    slow, quick = time.call("s", [100] * 1000), time.call("q", [1] * 1000)
    budget = Budget(calls=100, seconds=2, warm_calls=0, warm_seconds=0)
    contestants = {"slow": TimedCall(slow), "quick": TimedCall(quick)}
    latencies = measure_latencies(contestants, budget=budget, clock=time.clock)
    assert latencies["quick"].n == 100
    assert 20 <= latencies["slow"].n < 25


def test_progress_rises_to_one() -> None:
    time, shares = Time(), list[float]()
    contestants = {name: TimedCall(time.call(name, [10] * 1000)) for name in "ab"}
    measure_latencies(contestants, budget=QUICK, clock=time.clock, tick=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_a_tick_can_end_it() -> None:
    def tick(_: float) -> None:
        raise CanceledError

    time = Time()
    with pytest.raises(CanceledError):
        measure_latencies(
            {"a": TimedCall(time.call("a", [1] * 9))}, budget=QUICK, clock=time.clock, tick=tick
        )


def test_what_is_canceled_carries_the_calls_until_then() -> None:
    time = Time()
    calls = {name: TimedCall(time.call(name, [1] * 99)) for name in "ab"}
    looks = itertools.count()

    def tick(_: float) -> None:
        if next(looks) == 9:  # 3 calls and an end of either's warm-up, then a's turn and b's
            raise CanceledError

    with pytest.raises(CanceledError) as canceled:
        measure_latencies(calls, budget=QUICK, clock=time.clock, tick=tick)
    assert {name: times.n for name, times in canceled.value.latencies.items()} == {"a": 5, "b": 5}


def test_a_call_that_sleeps_10_ms_takes_at_least_that_and_hardly_any_processor() -> None:
    budget = Budget(calls=20, warm_calls=1, warm_seconds=0)
    latencies = measure_latencies({"sleep": TimedCall(lambda: time.sleep(0.01))}, budget=budget)[
        "sleep"
    ]
    assert latencies.minimum >= 9.9
    assert latencies.badge == "host busy"  # the clock runs on while the processor does nothing


def test_without_a_processor_clock_there_is_no_contention() -> None:
    time = Time()
    call = TimedCall(time.call("a", [1.0] * 99))
    latencies = measure_latencies({"a": call}, budget=QUICK, clock=Clock(lambda: time.wall, None))[
        "a"
    ]
    assert latencies.calls == (1,) * 20
    assert (latencies.cpu, latencies.contention, latencies.badge) == (None, None, "")


def test_after_each_long_call_one_may_cancel_and_short_ones_are_not_disturbed() -> None:
    def looks(milliseconds: float) -> int:
        time, shares = Time(), list[float]()
        call = TimedCall(time.call("a", [milliseconds] * 99))
        measure_latencies({"a": call}, budget=QUICK, clock=time.clock, tick=shares.append)
        return len(shares)

    assert looks(500.0) >= 3 + 20
    assert looks(1.0) == 3 + 1 + 4  # each call of the warm-up, its end, and four turns


def test_a_turn_is_as_long_as_the_budget_says() -> None:
    time = Time()
    budget = Budget(calls=4, least=4, seconds=0, warm_calls=0, warm_seconds=0, turn=2)
    calls = {name: TimedCall(time.call(name, [1] * 99)) for name in "ab"}
    latencies = measure_latencies(calls, budget=budget, clock=time.clock)
    assert "".join(time.log) == "ab" + "aaabbb" * 2
    assert (latencies["a"].turn, latencies["a"].n) == (2, 4)
