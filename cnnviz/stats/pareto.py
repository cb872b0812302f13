"""Which of several things nothing else beats in every respect."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def front(values: NDArray[np.float64], *, larger_is_better: Sequence[bool]) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates.

    One row dominates another that it is nowhere worse than and somewhere better. So of two equal
    rows both stay. A row with an unknown value is not on the front, and dominates nothing.

    Args:
        values: (N, K), one row for each thing, one column for each criterion; NaN where unknown.
        larger_is_better: of each criterion.

    Returns:
        (N,).

    Raises:
        ValueError: if `values` is not a table, or has not as many columns as criteria.
    """
    if values.ndim != 2 or values.shape[1] != len(larger_is_better):
        raise ValueError(
            f"values of shape {values.shape} for {len(larger_is_better)} criteria: give one "
            "column for each"
        )
    known = ~np.isnan(values).any(axis=1)
    cost = np.where(np.array(larger_is_better), -values, values)
    nowhere_worse = np.all(cost[:, None] <= cost[None], axis=2)  # (N, N): row beside column
    better = np.any(cost[:, None] < cost[None], axis=2)  # comparisons with NaN are false
    dominated = np.any(np.logical_and(nowhere_worse, better), axis=0)
    found: NDArray[np.bool_] = np.logical_and(known, ~dominated)
    return found
