"""Clocks that time calls: wall time and CPU time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Stopwatch(Protocol):
    """A clock that times calls, in seconds."""

    @property
    def at_once(self) -> int:
        """Number of calls that it times without a break."""

    @property
    def wall(self) -> Callable[[], float]:
        """Wall time."""

    def first(self, call: Callable[[], object]) -> float:
        """Return the seconds of a call that nothing was prepared for."""

    def times(self, call: Callable[[], object], count: int) -> tuple[list[float], float | None]:
        """Return the seconds of each of several calls, and the CPU time of all if it is known."""


@dataclass(frozen=True)
class Clock:
    """A clock for calls on the CPU, in seconds.

    Attributes:
        wall: wall time.
        cpu: CPU time of the calling thread; None if several threads work, since the calling one
            waits for the others.
        at_once: number of calls that it times without a break.
    """

    wall: Callable[[], float] = time.perf_counter
    cpu: Callable[[], float] | None = time.thread_time
    at_once: int = 1

    def first(self, call: Callable[[], object]) -> float:
        """Return the seconds of a call."""
        return self.times(call, 1)[0][0]

    def times(self, call: Callable[[], object], count: int) -> tuple[list[float], float | None]:
        """Return the seconds of each of several calls, and the CPU time of all if it is known."""
        seconds, busy = [], 0.0
        for _ in range(count):
            start, cpu = self.wall(), self.cpu() if self.cpu else 0.0
            call()
            # read within the wall time, which is then never less than the CPU time
            busy += self.cpu() - cpu if self.cpu else 0.0
            seconds.append(self.wall() - start)
        return seconds, busy if self.cpu else None
