"""The result of McNemar's test in words."""

from typing import TYPE_CHECKING

from cnnviz.stats.intervals import Interval, rounded_outward
from cnnviz.stats.significance import SIGNIFICANCE_LEVEL
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import quantity

if TYPE_CHECKING:
    from cnnviz.evaluation.agreement import PairedCounts

_SMALLEST = 1e-4  # p-value that is written as a number


def mcnemar_text(first: str, second: str, counts: "PairedCounts") -> str:
    """Return in Markdown whether two networks differ significantly on the same digits.

    Args:
        first, second: titles of the networks.
        counts: number of digits that each classifies correctly.
    """
    difference, discordant = counts.difference, counts.first + counts.second
    if not discordant:
        return "Both classify exactly the same digits correctly, so there is nothing to test."
    points = 100 * difference.value
    interval = Interval(points, 100 * difference.low, 100 * difference.high)
    low, high = rounded_outward(interval, 0.01)
    significant = counts.p_value < SIGNIFICANCE_LEVEL
    better = plain(second if points > 0 else first)
    conclusion = f"**{better} is better**" if significant else "**no significant difference**"
    excludes_zero = low > 0 or high < 0
    note = ""
    if excludes_zero != significant:
        note = "; the interval is an approximation, so the exact test decides"
    return (
        f"{plain(second)} minus {plain(first)}: **{points:+.2f} percentage points** (95% interval "
        f"{low:+.2f} to {high:+.2f}, Newcombe). On "
        f"{quantity(discordant, 'digit')} only one of them is correct, {counts.first:,} to "
        f"{counts.second:,}. If both were equally accurate, a split at least as uneven would occur "
        f"{frequency_text(counts.p_value)} ({_p_value_text(counts.p_value)}, McNemar's exact test; "
        f"significant means less often than one time in {1 / SIGNIFICANCE_LEVEL:.0f}): "
        f"{conclusion}{note}."
    )


def frequency_text(probability: float) -> str:
    """Return a probability in words: "one time in 16"."""
    if probability >= 1:
        return "always"
    if probability > 0.5:
        return "more often than not"
    if probability < _SMALLEST:
        return f"less than one time in {1 / _SMALLEST:,.0f}"
    return f"one time in {1 / probability:,.0f}"


def _p_value_text(p_value: float) -> str:
    return f"p = {p_value:.2g}" if p_value >= _SMALLEST else f"p < {_SMALLEST:g}"
