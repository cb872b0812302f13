"""Time calls on a CUDA device by a pair of events around each.

Calls are queued and run asynchronously, so a clock in Python would time only the queueing. Events
are recorded in the queue itself and read after it has been processed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

WARM_CALLS = 10  # while libraries choose kernels and the clock rate rises


@dataclass(frozen=True)
class CudaClock:
    """A clock for calls on a CUDA device, in seconds.

    Attributes:
        at_once: number of calls to queue before waiting for the device.
    """

    at_once: int = 5

    @property
    def wall(self) -> Callable[[], float]:
        """Wall time."""
        return time.perf_counter

    def first(self, call: Callable[[], object]) -> float:
        """Return the seconds until a call has finished, including its preparation in Python."""
        torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        return time.perf_counter() - start

    def times(self, call: Callable[[], object], count: int) -> tuple[list[float], float | None]:
        """Return the seconds of each of several calls; a device has no CPU time."""
        call()  # fills the queue, or the first timed call would include its launch
        pairs = []
        for _ in range(count):
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            call()
            end.record()
            pairs.append((begin, end))
        torch.cuda.synchronize()
        return [begin.elapsed_time(end) / 1000 for begin, end in pairs], None  # ms to s
