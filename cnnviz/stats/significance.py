"""Significance tests: McNemar's, and Holm's correction for multiple tests."""

from collections.abc import Sequence

SIGNIFICANCE_LEVEL = 0.05  # p-values below it count as significant


def mcnemar(lost: int, gained: int) -> float:
    """Return the two-sided p-value of McNemar's exact test: a binomial test of lost against gained.

    Args:
        lost: number of examples that succeeded only before.
        gained: number that succeeded only after.

    Reference:
        McNemar 1947, "Note on the sampling error of the difference between correlated
        proportions or percentages", https://doi.org/10.1007/BF02295996
    """
    if not lost + gained:
        return 1.0  # nothing changed, and the binomial test needs one trial
    from scipy.stats import binomtest  # slow to import, and a page does not wait for it

    return float(binomtest(lost, lost + gained).pvalue)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values adjusted for multiple testing, in the order given.

    Reference:
        Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure",
        https://www.jstor.org/stable/4615733
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return tuple(adjusted)
