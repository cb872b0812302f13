"""Whether one contestant is faster than another that it took turns with, or noise says so.

Neighboring turns happen to nearly the same machine, so that each pair of them gives one ratio.
The bounds are two of the sorted ratios: no assumption is made on how times are distributed, and
calls of one turn, which are alike, count once.
"""

import math
from statistics import median

from cnnviz.benchmark.timing.latency import Latency
from cnnviz.stats.intervals import Interval


def paired_speedup(before: Latency, after: Latency) -> Interval | None:
    """Return how many times the images a second of before, with 95% bounds.

    Args:
        before, after: measured in turns with each other.

    Returns:
        the median over pairs of turns and bounds for it; None below six pairs, which cannot give
        bounds.

    Reference:
        The interval of a median by the sign test: Hollander, Wolfe and Chicken 2014,
        "Nonparametric Statistical Methods", section 3.6
    """
    pairs = zip(_turns(before), _turns(after), strict=False)
    ratios = [second / first for first, second in pairs if first]
    if not ratios:
        return None
    from scipy.stats import quantile_test  # slow to import, and needed here alone

    bounds = quantile_test(ratios, q=1, p=0.5).confidence_interval(0.95)
    return (
        None
        if math.isnan(bounds.low)
        else Interval(median(ratios), float(bounds.low), float(bounds.high))
    )


def speedup_verdict(found: Interval | None) -> str:
    """Return in words what a ratio says: "no difference" where its bounds hold 1."""
    if found is None:
        return "too few calls"
    if found.low <= 1 <= found.high:
        return "no difference"
    return "faster" if found.value > 1 else "slower"


def _turns(latency: Latency) -> list[float]:
    """Return the images a second of each whole turn, at its median."""
    calls, turn = latency.calls, latency.turn
    middles = [median(calls[i : i + turn]) for i in range(0, len(calls) - turn + 1, turn)]
    return [1000 * latency.images / middle if middle else 0.0 for middle in middles]
