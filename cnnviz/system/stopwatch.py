"""How long a call takes, here and now."""

import time
from collections.abc import Callable


def milliseconds(call: Callable[[], object], *, seconds: float = 0.15, least: int = 5) -> float:
    """Return the median time of a call after two that do not count.

    Args:
        call: what to time.
        seconds: to go on for.
        least: calls to time, even when they take longer than that.
    """
    call(), call()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times)[len(times) // 2]
