"""The median of a call's times, on a clock that the test moves."""

import time

import pytest

from cnnviz.system.stopwatch import milliseconds


class Clock:
    """A clock on which the nth call takes the nth time."""

    def __init__(self, *seconds: float) -> None:
        self.now, self.calls, self.seconds = 100.0, 0, seconds

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.now += self.seconds[min(self.calls, len(self.seconds) - 1)]
        self.calls += 1


@pytest.mark.parametrize(
    ("seconds", "least", "times", "median"),
    [
        (0.0, 3, (9.0, 9.0, 0.004, 0.001, 0.002), 2.0),  # two that do not count, then three
        (0.0, 5, (9.0, 9.0, 0.001, 0.005, 0.002, 0.004, 0.003), 3.0),
        (0.01, 1, (9.0, 9.0, 0.003, 0.003, 0.003, 0.003), 3.0),  # until the time is up
    ],
)
def test_the_median_leaves_out_two_calls_that_warm_up(
    seconds: float,
    least: int,
    times: tuple[float, ...],
    median: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(*times)
    monkeypatch.setattr(time, "perf_counter", clock)
    assert milliseconds(clock.work, seconds=seconds, least=least) == pytest.approx(median)
    assert clock.calls == len(times)
