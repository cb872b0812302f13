"""The measuring protocol: a cold call, a warm-up, then timed calls in turns.

Several calls take turns, so that changes of the machine affect all of them alike. The first call
after each switch is discarded, since the caches still hold the data of the call before. PyTorch is
not imported here; `cuda_clock` times a GPU.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cnnviz.benchmark.timing.clocks import Clock, Stopwatch
from cnnviz.benchmark.timing.latency import LECTURE_CALLS, TURN, Latency

_LONG = 0.1  # seconds of a call after which progress may be reported without harm to the next one


class CanceledError(Exception):
    """A measurement was canceled.

    Attributes:
        latencies: of the calls that were timed before, by name.
    """

    def __init__(self, latencies: Mapping[str, Latency] | None = None) -> None:
        """Keep the latencies measured until then."""
        super().__init__()
        self.latencies = latencies or {}


@dataclass(frozen=True)
class Budget:
    """How long a call is measured.

    Attributes:
        calls: number of calls after which to stop.
        seconds: time after which to stop, once there are `least` calls.
        least: number of calls to time in any case.
        warm_calls, warm_seconds: of the warm-up, both at least.
        turn: number of calls in a turn.
    """

    calls: int = 100
    seconds: float = 10.0
    least: int = 20
    warm_calls: int = 3
    warm_seconds: float = 0.3
    turn: int = TURN

    def is_spent(self, calls: int, seconds: float) -> bool:
        """Tell whether a number of timed calls, which took so many seconds, is enough."""
        return calls >= self.calls or (calls >= self.least and seconds >= self.seconds)


@dataclass(frozen=True)
class TimedCall:
    """A call to time.

    Attributes:
        call: one forward pass or one training step.
        images: number of images in it.
    """

    call: Callable[[], object]
    images: int = 1


def measure_latencies(
    calls: Mapping[str, TimedCall],
    *,
    budget: Budget | None = None,
    clock: Stopwatch | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> dict[str, Latency]:
    """Time several calls in turns.

    First each one alone: its cold call, then its warm-up. Then a few calls of each in every round,
    timed one by one, until each has used up its budget. The first call after each switch is
    discarded; a single call has no switches.

    Args:
        calls: what to time, by name, in the order of the turns.
        budget: for each of them.
        clock: that times calls.
        tick: called with the completed share, 0 to 1, after each turn and each long call; it may
            raise `CanceledError` to stop.

    Returns:
        The latencies by name.

    Raises:
        CanceledError: if `tick` does; it holds the latencies measured until then.
    """
    budget, clock = budget or Budget(), clock or Clock()
    series = {name: _Series(call, budget, clock) for name, call in calls.items()}

    def report() -> None:
        tick(sum(entry.share for entry in series.values()) / len(series))

    try:
        for entry in series.values():
            entry.warm_up(report)
            report()
        while unfinished := [entry for entry in series.values() if not entry.done]:
            for entry in unfinished:
                entry.take_turn(report, alone=len(series) == 1)
                report()
    except CanceledError as canceled:
        timed = {name: entry.latency() for name, entry in series.items() if entry.begun}
        raise CanceledError(timed) from canceled
    return {name: entry.latency() for name, entry in series.items()}


class _Series:
    """The times of one call so far, in seconds."""

    def __init__(self, timed: TimedCall, budget: Budget, clock: Stopwatch) -> None:
        self._timed, self._budget, self._clock = timed, budget, clock
        self._cold = 0.0
        self._warm: list[float] = []
        self._calls: list[float] = []
        self._cpu: float | None = 0.0  # None as soon as one turn does not know it
        self._spent = 0.0  # of turns, discarded calls included

    @property
    def begun(self) -> bool:
        return bool(self._calls)

    @property
    def done(self) -> bool:
        return self._budget.is_spent(len(self._calls), self._spent)

    @property
    def share(self) -> float:
        """How much of the budget is used up, 0 to 1."""
        if self.done:
            return 1.0
        calls = len(self._calls) / self._budget.calls
        seconds = self._spent / max(self._budget.seconds, 1e-9)
        return min(max(calls, min(seconds, len(self._calls) / self._budget.least)), 1.0)

    def warm_up(self, report: Callable[[], None]) -> None:
        self._cold = self._clock.first(self._timed.call)  # seconds
        end = self._clock.wall() + self._budget.warm_seconds  # seconds
        calls = 0
        while calls < self._budget.warm_calls or self._clock.wall() < end:
            report()
            seconds, _ = self._clock.times(self._timed.call, self._clock.at_once)
            calls += len(seconds)
            self._warm += seconds[: LECTURE_CALLS - len(self._warm)]  # for the lecture's mean only

    def take_turn(self, report: Callable[[], None], *, alone: bool) -> None:
        start = self._clock.wall()
        if not alone:
            self._timed.call()  # the caches hold the data of another call
        end = len(self._calls) + self._budget.turn
        while len(self._calls) < end:
            count = min(self._clock.at_once, end - len(self._calls))
            seconds, cpu = self._clock.times(self._timed.call, count)
            self._calls += seconds
            self._cpu = None if cpu is None or self._cpu is None else self._cpu + cpu
            if self._budget.is_spent(len(self._calls), self._spent + self._clock.wall() - start):
                break
            if max(seconds) > _LONG:
                report()
        self._spent += self._clock.wall() - start

    def latency(self) -> Latency:
        return Latency(
            cold=_milliseconds(self._cold),
            warm=tuple(map(_milliseconds, self._warm)),
            calls=tuple(map(_milliseconds, self._calls)),
            cpu=None if self._cpu is None else _milliseconds(self._cpu),
            images=self._timed.images,
            turn=self._budget.turn,
        )


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 5)  # to 10 ns, about the resolution of a clock
