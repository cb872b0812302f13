"""How long a call takes: cold, warm, call by call, and whether the host was busy meanwhile.

Several contestants take turns, so that what happens to the machine happens to all of them. After
each switch one call does not count, since the caches are still those of the contestant before.
Times are in milliseconds. PyTorch is not imported here; `cuda_clock` times a GPU.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

CLEAN, NOISY = 1.1, 1.5  # time on the clock over processor time, up to which it is called so
LECTURE_CALLS = 100  # that the lecture averages, the first one dropped
_FOR_P99 = 200  # calls below which one in a hundred says nothing
TURN = 5  # calls of a contestant before the next one's turn
_LONG = 0.1  # seconds of a call after which one may look up without harm to the next


class CancelledError(Exception):
    """Whoever asked for a measurement wants it no more.

    Attributes:
        times: of the calls that were timed before, by the contestant's name.
    """

    def __init__(self, times: "Mapping[str, Latency] | None" = None) -> None:
        """Carry the times of the calls until then."""
        super().__init__()
        self.times = times or {}


class Stopwatch(Protocol):
    """What times calls, in seconds."""

    @property
    def at_once(self) -> int:
        """Calls that it times without a break."""

    @property
    def wall(self) -> Callable[[], float]:
        """Time on the clock."""

    def first(self, call: Callable[[], object]) -> float:
        """Return the seconds of a call before which nothing was made ready."""

    def times(self, call: Callable[[], object], count: int) -> tuple[list[float], float | None]:
        """Return the seconds of each of so many calls, and of the processor for all, if known."""


@dataclass(frozen=True)
class Clock:
    """What tells the time of calls on a processor, in seconds.

    Attributes:
        wall: time on the clock.
        cpu: processor time of the thread that calls; None where it works with others, for which it
            waits.
        at_once: calls that it times without a break.
    """

    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] | None = time.thread_time
    at_once: int = 1

    def first(self, call: Callable[[], object]) -> float:
        """Return the seconds of a call."""
        return self.times(call, 1)[0][0]

    def times(self, call: Callable[[], object], count: int) -> tuple[list[float], float | None]:
        """Return the seconds of each of so many calls, and of the processor for all, if known."""
        found, busy = [], 0.0
        for _ in range(count):
            start, cpu = self.wall(), self.cpu() if self.cpu else 0.0
            call()
            busy += self.cpu() - cpu if self.cpu else 0.0
            found.append(self.wall() - start)
        return found, busy if self.cpu else None


@dataclass(frozen=True)
class Budget:
    """How long a contestant is measured.

    Attributes:
        calls: to stop after.
        seconds: to stop after, once there are `least` calls.
        least: calls to time, even when they take longer than that.
        warm_calls, warm_seconds: to warm up for, both at least.
        turn: calls of a contestant before the next one's turn.
    """

    calls: int = 100
    seconds: float = 10.0
    least: int = 20
    warm_calls: int = 3
    warm_seconds: float = 0.3
    turn: int = TURN

    def enough(self, calls: int, spent: float) -> bool:
        """Tell whether so many calls, which took so many seconds, suffice."""
        return calls >= self.calls or (calls >= self.least and spent >= self.seconds)


@dataclass(frozen=True)
class TimedCall:
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
        cpu: ms of processor time of `calls` together, of the thread that called; None where it
            tells nothing: on a GPU, and where several threads work.
        images: that one call works through.
        turn: calls in a turn; the last turn may have fewer.
    """

    cold: float
    warm: tuple[float, ...]
    calls: tuple[float, ...]
    cpu: float | None
    images: int = 1
    turn: int = TURN

    def __post_init__(self) -> None:
        """Refuse what no clock has told."""
        times = (self.cold, *self.warm, *self.calls, self.cpu or 0.0)
        if (
            not self.calls
            or min(self.images, self.turn) < 1
            or not all(0 <= t < np.inf for t in times)
            or not all(self.calls)  # no call takes no time
        ):
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
        """The lecture's figure: mean ms of the first 100 calls after the very first one.

        The warm-up, before the turns, counts here, and may be all of it: it is of other calls
        than the percentiles.
        """
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


def measure_latencies(
    contestants: Mapping[str, TimedCall],
    *,
    budget: Budget | None = None,
    clock: Stopwatch | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> dict[str, Latency]:
    """Time contestants in turns.

    First each one alone: its cold call, then its warm-up. Then round after round a few calls of
    each, every call timed by itself, until each has had its calls or its seconds. One call after
    each switch is thrown away; a lone contestant has no switches.

    Args:
        contestants: what to time, by name; their order is the order of the turns.
        budget: for each of them.
        clock: what times calls.
        tick: called with the share that is done, 0 to 1, after each turn and each long call; it
            may raise `CancelledError` to stop.

    Returns:
        The times by name.

    Raises:
        CancelledError: if `tick` does; it carries the times of the calls until then.
    """
    budget, clock = budget or Budget(), clock or Clock()
    lanes = {name: _Lane(c, budget, clock) for name, c in contestants.items()}

    def look_up() -> None:
        tick(sum(lane.share for lane in lanes.values()) / len(lanes))

    try:
        for lane in lanes.values():
            lane.warm_up(look_up)
            look_up()
        while running := [lane for lane in lanes.values() if not lane.done]:
            for lane in running:
                lane.turn(look_up, alone=len(lanes) == 1)
                look_up()
    except CancelledError as cancelled:
        begun = {name: lane.latency() for name, lane in lanes.items() if lane.begun}
        raise CancelledError(begun) from cancelled
    return {name: lane.latency() for name, lane in lanes.items()}


class _Lane:
    """One contestant's times so far, in seconds."""

    def __init__(self, contestant: TimedCall, budget: Budget, clock: Stopwatch) -> None:
        self._contestant, self._budget, self._clock = contestant, budget, clock
        self._cold = 0.0
        self._warm: list[float] = []
        self._calls: list[float] = []
        self._cpu: float | None = 0.0
        self._spent = 0.0  # of turns, thrown-away calls counted

    @property
    def begun(self) -> bool:
        return bool(self._calls)

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

    def warm_up(self, look_up: Callable[[], None]) -> None:
        self._cold = self._clock.first(self._contestant.call)
        end = self._clock.wall() + self._budget.warm_seconds
        calls = 0
        while calls < self._budget.warm_calls or self._clock.wall() < end:
            look_up()
            taken, _ = self._clock.times(self._contestant.call, self._clock.at_once)
            calls += len(taken)
            self._warm += taken[: LECTURE_CALLS - len(self._warm)]

    def turn(self, look_up: Callable[[], None], *, alone: bool) -> None:
        start = self._clock.wall()
        if not alone:
            self._contestant.call()  # the caches are still the others'
        end = len(self._calls) + self._budget.turn
        while len(self._calls) < end:
            count = min(self._clock.at_once, end - len(self._calls))
            taken, cpu = self._clock.times(self._contestant.call, count)
            self._calls += taken
            self._cpu = None if cpu is None or self._cpu is None else self._cpu + cpu
            if self._budget.enough(len(self._calls), self._spent + self._clock.wall() - start):
                break
            if max(taken) > _LONG:
                look_up()
        self._spent += self._clock.wall() - start

    def latency(self) -> Latency:
        return Latency(
            cold=_ms(self._cold),
            warm=tuple(map(_ms, self._warm)),
            calls=tuple(map(_ms, self._calls)),
            cpu=None if self._cpu is None else _ms(self._cpu),
            images=self._contestant.images,
            turn=self._budget.turn,
        )


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 5)  # to 10 ns, about what a clock can tell
