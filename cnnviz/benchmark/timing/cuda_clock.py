"""The clock of a CUDA device: a pair of events around each call.

The device works through its queue while Python is ahead, so that a clock in Python would time the
queueing. Events are marks in the queue itself, and are read once the queue has been worked off.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

WARM_CALLS = 10  # in which libraries choose their kernels and clocks rise


@dataclass(frozen=True)
class CudaClock:
    """What tells the time of calls on a CUDA device, in seconds.

    Attributes:
        at_once: calls that are queued before the device is waited for.
    """

    at_once: int = 5

    @property
    def wall(self) -> Callable[[], float]:
        """Time on the clock."""
        return time.perf_counter

    def first(self, call: Callable[[], object]) -> float:
        """Return the seconds until a call is over, with all that it makes ready in Python."""
        torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        return time.perf_counter() - start

    def times(self, call: Callable[[], object], count: int) -> tuple[list[float], float | None]:
        """Return the seconds of each of so many calls; a device has no processor time."""
        call()  # ahead in the queue, or the first one would wait for Python to launch it
        pairs = []
        for _ in range(count):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            call()
            end.record()
            pairs.append((begin, end))
        torch.cuda.synchronize()
        return [begin.elapsed_time(end) / 1000 for begin, end in pairs], None
