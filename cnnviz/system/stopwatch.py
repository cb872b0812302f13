"""Median time of a function call."""

import time
from collections.abc import Callable


def milliseconds(call: Callable[[], object], *, seconds: float = 0.15, least: int = 5) -> float:
    """Return the median time of a call in milliseconds, after two warm-up calls.

    Args:
        call: function to time.
        seconds: time to spend.
        least: minimum number of calls, even if they take longer.
    """
    call(), call()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[len(times) // 2]
