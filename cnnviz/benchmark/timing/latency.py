"""The latency of a call: its times one by one, their percentiles, and the load of the host.

Times are in milliseconds. PyTorch is not imported here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

CLEAN, NOISY = 1.1, 1.5  # wall time over CPU time up to which a host is called so
LECTURE_CALLS = 100  # averaged by the lecture's rule, after the first one
TURN = 5  # calls in a turn
_FOR_P99 = 200  # calls that a 99th percentile needs


@dataclass(frozen=True)
class Latency:
    """The times of a call, measured many times.

    Attributes:
        cold: ms of the first call, which initializes libraries and fills caches.
        warm: ms of the warm-up calls, at most `LECTURE_CALLS`; used for the lecture's mean only.
        calls: ms of the timed calls in order.
        cpu: ms of CPU time of all timed calls, of the calling thread; None on a GPU and where
            several threads work.
        images: number of images in a call.
        turn: number of calls in a turn; the last turn may have fewer.
    """

    cold: float
    warm: tuple[float, ...]
    calls: tuple[float, ...]
    cpu: float | None
    images: int = 1
    turn: int = TURN

    def __post_init__(self) -> None:
        """Check the values, which may come from a file."""
        if not self.calls:
            raise ValueError("number of timed calls must be at least 1, got 0")
        for time in (self.cold, *self.warm, self.cpu or 0.0):
            if not 0 <= time < np.inf:
                raise ValueError(f"times must be finite and at least 0 ms, got {time}")
        for time in self.calls:
            if not 0 < time < np.inf:
                raise ValueError(f"times of timed calls must be finite and above 0 ms, got {time}")
        if min(self.images, self.turn) < 1:
            raise ValueError(
                f"images and calls in a turn must be at least 1, got {self.images} and {self.turn}"
            )

    @property
    def n(self) -> int:
        """Number of timed calls."""
        return len(self.calls)

    @property
    def p50(self) -> float:
        """Median, ms."""
        return self.percentile(50)

    @property
    def p90(self) -> float:
        """90th percentile, ms."""
        return self.percentile(90)

    @property
    def p95(self) -> float:
        """95th percentile, ms."""
        return self.percentile(95)

    @property
    def p99(self) -> float | None:
        """99th percentile, ms; None below 200 calls."""
        return self.percentile(99) if self.n >= _FOR_P99 else None

    @property
    def minimum(self) -> float:
        """Time of the fastest call, ms."""
        return min(self.calls)

    @property
    def iqr(self) -> float:
        """Interquartile range, ms."""
        return self.percentile(75) - self.percentile(25)

    @property
    def spread(self) -> float:
        """Interquartile range over median."""
        return self.iqr / self.p50 if self.p50 else 0.0

    @property
    def lecture(self) -> float:
        """Mean by the lecture's rule, ms: of the first 100 calls after the very first one.

        It includes the warm-up and may consist of it alone, so it is over other calls than the
        percentiles.
        """
        return float(np.mean(self._lecture_calls()))

    @property
    def lecture_n(self) -> int:
        """Number of calls in the lecture's mean."""
        return len(self._lecture_calls())

    @property
    def images_per_second(self) -> float:
        """Throughput at the median."""
        return 1000 * self.images / self.p50 if self.p50 else 0.0  # p50 is in ms

    @cached_property
    def contention(self) -> float | None:
        """Wall time over CPU time: 1 if no other process used the core; None if unknown."""
        return sum(self.calls) / self.cpu if self.cpu else None  # ms over ms

    @property
    def badge(self) -> str:
        """Load of the host: "clean", "noisy" or "host busy"; "" if it is unknown."""
        return badge(self.contention)

    def percentile(self, percent: float) -> float:
        """Return a percentile of the timed calls, ms, with linear interpolation."""
        return float(np.percentile(self.calls, percent))

    def summary(self) -> dict[str, Any]:
        """Return the figures by name, times in ms."""
        names = ("p50", "p90", "p95", "p99", "minimum", "iqr", "cold", "lecture", "lecture_n")
        more = ("images_per_second", "n", "contention", "badge")
        return {name: getattr(self, name) for name in (*names, *more)}

    def _lecture_calls(self) -> tuple[float, ...]:
        return (*self.warm, *self.calls)[:LECTURE_CALLS]  # ms


def badge(contention: float | None) -> str:
    """Return how much other load the host had: "clean", "noisy", "host busy", or "" if unknown.

    Args:
        contention: wall time over CPU time; None if it is unknown.
    """
    if contention is None:
        return ""
    if contention <= CLEAN:
        return "clean"
    return "noisy" if contention <= NOISY else "host busy"
