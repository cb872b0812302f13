"""How long a call takes: cold, warm, call by call, and whether the host was busy meanwhile.

Several contestants take turns, so that what happens to the machine happens to all of them. After
each switch one call does not count, since the caches are still those of the contestant before.
Times are in milliseconds. PyTorch is imported only where a GPU is timed.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CLEAN, NOISY = 1.1, 1.5  # time on the clock over processor time, up to which it is called so
LECTURE_CALLS = 100  # that the lecture averages, the first one dropped
_FOR_P99 = 200  # calls below which one in a hundred says nothing
_TURN = 5  # calls of a contestant before the next one's turn


class CancelledError(Exception):
    """Whoever asked for a measurement wants it no more."""


@dataclass(frozen=True)
class Clock:
    """What tells the time, in seconds.

    Attributes:
        wall: time on the clock.
        cpu: processor time of the thread that calls.
    """

    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] = time.thread_time


@dataclass(frozen=True)
class Budget:
    """How long a contestant is measured.

    Attributes:
        calls: to stop after.
        seconds: to stop after, once there are `least` calls.
        least: calls to time, even when they take longer than that.
        warm_calls, warm_seconds: to warm up for, both at least.
    """

    calls: int = 100
    seconds: float = 10.0
    least: int = 20
    warm_calls: int = 3
    warm_seconds: float = 0.3

    def enough(self, calls: int, spent: float) -> bool:
        """Tell whether so many calls, which took so many seconds, suffice."""
        return calls >= self.calls or (calls >= self.least and spent >= self.seconds)


@dataclass(frozen=True)
class Contestant:
    """What to time.

    Attributes:
        call: one forward pass, or one step of training.
        images: that one call works through.
    """

    call: Callable[[], object]
    images: int = 1


@dataclass(frozen=True)
class Latency:
    """The times of one contestant.

    Attributes:
        cold: ms of the first call, which initializes and fills caches.
        warm: ms of the calls right after it, at most `LECTURE_CALLS`; they count for the
            lecture's mean only.
        calls: ms of the calls that count, in order.
        cpu: ms of processor time of `calls` together, of the thread that called; None on a GPU.
        images: that one call works through.
    """

    cold: float
    warm: tuple[float, ...]
    calls: tuple[float, ...]
    cpu: float | None
    images: int = 1

    def __post_init__(self) -> None:
        """Refuse what no clock has told."""
        times = (self.cold, *self.warm, *self.calls, self.cpu or 0.0)
        if not self.calls or self.images < 1 or not all(0 <= t < np.inf for t in times):
            raise ValueError("these are no times of calls")

    @property
    def n(self) -> int:
        """Calls that count."""
        return len(self.calls)

    @property
    def p50(self) -> float:
        """Milliseconds that half of the calls stay within."""
        return self.percentile(50)

    @property
    def p90(self) -> float:
        """Milliseconds that 90 % of the calls stay within."""
        return self.percentile(90)

    @property
    def p95(self) -> float:
        """Milliseconds that 95 % of the calls stay within."""
        return self.percentile(95)

    @property
    def p99(self) -> float | None:
        """Milliseconds that 99 % of the calls stay within; None below 200 calls."""
        return self.percentile(99) if self.n >= _FOR_P99 else None

    @property
    def minimum(self) -> float:
        """Milliseconds of the quickest call."""
        return min(self.calls)

    @property
    def iqr(self) -> float:
        """Milliseconds between the quarters of the calls that are quickest and slowest."""
        return self.percentile(75) - self.percentile(25)

    @property
    def spread(self) -> float:
        """The interquartile range as a share of the median."""
        return self.iqr / self.p50 if self.p50 else 0.0

    @property
    def lecture(self) -> float:
        """The lecture's figure: mean of the calls after the first one, in ms, about 100 of them."""
        return float(np.mean(self._lecture_calls()))

    @property
    def lecture_n(self) -> int:
        """Calls in the lecture's mean."""
        return len(self._lecture_calls())

    @property
    def images_per_second(self) -> float:
        """Throughput at the median."""
        return 1000 * self.images / self.p50 if self.p50 else 0.0

    @property
    def contention(self) -> float | None:
        """Time on the clock over processor time: 1 where nobody else wanted the core."""
        return sum(self.calls) / self.cpu if self.cpu else None

    @property
    def badge(self) -> str:
        """ "clean", "noisy" or "host busy"; "" where no processor time was taken."""
        return badge(self.contention)

    def percentile(self, share: float) -> float:
        """Return the milliseconds that so many per cent of the calls stay within.

        Between two calls it is interpolated linearly.
        """
        return float(np.percentile(self.calls, share))

    def summary(self) -> dict[str, Any]:
        """Return the figures by name, times in ms."""
        names = ("p50", "p90", "p95", "p99", "minimum", "iqr", "cold", "lecture", "lecture_n")
        more = ("images_per_second", "n", "contention", "badge")
        return {name: getattr(self, name) for name in (*names, *more)}

    def _lecture_calls(self) -> tuple[float, ...]:
        return (*self.warm, *self.calls)[:LECTURE_CALLS]


def badge(contention: float | None) -> str:
    """Return in words how far other work got in the way.

    Args:
        contention: time on the clock over processor time; None if it is not known.
    """
    if contention is None:
        return ""
    if contention <= CLEAN:
        return "clean"
    return "noisy" if contention <= NOISY else "host busy"


def measure(
    contestants: Mapping[str, Contestant],
    *,
    budget: Budget | None = None,
    clock: Clock | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> dict[str, Latency]:
    """Time contestants in turns.

    First each one alone: its cold call, then its warm-up. Then round after round a few calls of
    each, every call timed by itself, until each has had its calls or its seconds. One call after
    each switch is thrown away; a lone contestant has no switches.

    Args:
        contestants: what to time, by name; their order is the order of the turns.
        budget: for each of them.
        clock: what tells the time.
        tick: called with the share that is done, 0 to 1, after each turn; it may raise
            `CancelledError` to stop.

    Returns:
        The times by name.
    """
    budget, clock = budget or Budget(), clock or Clock()
    lanes = {name: _Lane(c, budget, clock) for name, c in contestants.items()}
    for lane in lanes.values():
        lane.warm_up()
        tick(0.0)
    while running := [lane for lane in lanes.values() if not lane.done]:
        for lane in running:
            lane.turn(alone=len(lanes) == 1)
            tick(sum(lane.share for lane in lanes.values()) / len(lanes))
    return {name: lane.latency() for name, lane in lanes.items()}


class _Lane:
    """One contestant's times so far."""

    def __init__(self, contestant: Contestant, budget: Budget, clock: Clock) -> None:
        self._contestant, self._budget, self._clock = contestant, budget, clock
        self._cold = 0.0
        self._warm: list[float] = []
        self._calls: list[float] = []
        self._cpu = 0.0
        self._spent = 0.0  # seconds of turns, thrown-away calls counted

    @property
    def done(self) -> bool:
        return self._budget.enough(len(self._calls), self._spent)

    @property
    def share(self) -> float:
        """How much of the budget is used up, 0 to 1."""
        if self.done:
            return 1.0
        calls = len(self._calls) / self._budget.calls
        seconds = self._spent / max(self._budget.seconds, 1e-9)
        return min(max(calls, min(seconds, len(self._calls) / self._budget.least)), 1.0)

    def warm_up(self) -> None:
        self._cold, _ = self._time()
        end = self._clock.wall() + self._budget.warm_seconds
        calls = 0
        while calls < self._budget.warm_calls or self._clock.wall() < end:
            wall, _ = self._time()
            calls += 1
            if len(self._warm) < LECTURE_CALLS:
                self._warm.append(wall)

    def turn(self, *, alone: bool) -> None:
        start = self._clock.wall()
        if not alone:
            self._contestant.call()  # the caches are still the others'
        for _ in range(_TURN):
            wall, cpu = self._time()
            self._calls.append(wall)
            self._cpu += cpu
            if self._budget.enough(len(self._calls), self._spent + self._clock.wall() - start):
                break
        self._spent += self._clock.wall() - start

    def latency(self) -> Latency:
        return Latency(
            cold=_ms(self._cold),
            warm=tuple(map(_ms, self._warm)),
            calls=tuple(map(_ms, self._calls)),
            cpu=_ms(self._cpu),
            images=self._contestant.images,
        )

    def _time(self) -> tuple[float, float]:
        """Return the seconds of one call: on the clock and of the processor."""
        wall, cpu = self._clock.wall(), self._clock.cpu()
        self._contestant.call()
        cpu = self._clock.cpu() - cpu
        return self._clock.wall() - wall, cpu


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 5)  # to 10 ns, about what a clock can tell


def measure_cuda(
    contestants: Mapping[str, Contestant], *, calls: int = 100, warm_calls: int = 10
) -> dict[str, Latency]:
    """Time contestants on a CUDA device with pairs of events and one synchronization at the end.

    The device works through its queue while Python is ahead, so a clock in Python would time the
    queueing. Contestants take turns as in `measure`; there is no contention meter.
    """
    import torch

    cold, warm = {}, {}
    for name, contestant in contestants.items():
        torch.cuda.synchronize()
        start = time.perf_counter()
        contestant.call()
        torch.cuda.synchronize()
        cold[name] = 1000 * (time.perf_counter() - start)
        warm[name] = _event_times([contestant] * warm_calls)
    turns = range(0, calls, _TURN)
    timed: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in turns:
        for name, contestant in contestants.items():
            timed[name] += _event_times([contestant] * (1 + _TURN))[1:]
    return {
        name: Latency(cold[name], tuple(warm[name]), tuple(timed[name][:calls]), None, c.images)
        for name, c in contestants.items()
    }


def _event_times(contestants: Sequence[Contestant]) -> list[float]:
    """Return the milliseconds of each call between its two events."""
    import torch

    def pairs() -> Iterator[tuple[Any, Any]]:
        for contestant in contestants:
            pair = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            pair[0].record()
            contestant.call()
            pair[1].record()
            yield pair

    queued = list(pairs())
    torch.cuda.synchronize()
    return [float(start.elapsed_time(end)) for start, end in queued]
