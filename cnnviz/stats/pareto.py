"""Pareto front: the items that no other beats in every respect."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def pareto_front(
    values: NDArray[np.float64], *, larger_is_better: Sequence[bool]
) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates.

    A row dominates another if it is nowhere worse and somewhere better, so that of two equal rows
    both stay. A row with an unknown value is not on the front and dominates nothing.

    Args:
        values: (N, K), one row per item, one column per criterion; NaN where unknown.
        larger_is_better: whether larger values are better, per criterion.

    Returns:
        (N,).

    Raises:
        ValueError: if `values` does not have one column per criterion.
    """
    if values.ndim != 2 or values.shape[1] != len(larger_is_better):
        raise ValueError(
            f"values must have one column for each of {len(larger_is_better)} criteria, "
            f"got shape {values.shape}"
        )
    complete = ~np.isnan(values).any(axis=1)  # (N,)
    cost = np.where(np.array(larger_is_better), -values, values)  # (N, K)
    nowhere_worse = np.all(cost[:, None] <= cost[None], axis=2)  # (N, N), row against column
    better = np.any(cost[:, None] < cost[None], axis=2)  # (N, N), comparisons with NaN are false
    dominated = np.any(np.logical_and(nowhere_worse, better), axis=0)  # (N,)
    front: NDArray[np.bool_] = np.logical_and(complete, ~dominated)
    return front
