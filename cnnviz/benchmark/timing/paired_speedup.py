"""The speedup of one call over another that it took turns with, and whether it is significant.

Neighboring turns see nearly the same machine, so each pair of them gives one ratio. The bounds are
two of the sorted ratios: this assumes no distribution of the times, and the calls of a turn, which
are correlated, count once.
"""

import math
from statistics import median

from cnnviz.benchmark.timing.latency import Latency
from cnnviz.stats.intervals import Interval


def paired_speedup(before: Latency, after: Latency) -> Interval | None:
    """Return the ratio of the images per second, after over before, with 95% bounds.

    Args:
        before, after: measured in turns with each other.

    Returns:
        The median over pairs of turns and its bounds; None below six pairs, which cannot give
        bounds.

    Reference:
        Confidence interval of a median by the sign test: Hollander, Wolfe and Chicken 2014,
        "Nonparametric Statistical Methods", section 3.6
    """
    pairs = zip(_throughputs(before), _throughputs(after), strict=False)
    ratios = [second / first for first, second in pairs if first]  # one for each pair of turns
    if not ratios:
        return None
    from scipy.stats import quantile_test  # slow to import, and needed here alone

    bounds = quantile_test(ratios, q=1, p=0.5).confidence_interval(0.95)
    return (
        None
        if math.isnan(bounds.low)
        else Interval(median(ratios), float(bounds.low), float(bounds.high))
    )


def speedup_verdict(speedup: Interval | None) -> str:
    """Return what a speedup shows; "no difference" if its bounds include 1."""
    if speedup is None:
        return "too few calls"
    if speedup.low <= 1 <= speedup.high:
        return "no difference"
    return "faster" if speedup.value > 1 else "slower"


def _throughputs(latency: Latency) -> list[float]:
    """Return the images per second of each complete turn, at its median."""
    calls, turn = latency.calls, latency.turn
    medians = [median(calls[i : i + turn]) for i in range(0, len(calls) - turn + 1, turn)]  # ms
    return [1000 * latency.images / ms if ms else 0.0 for ms in medians]  # images per second
