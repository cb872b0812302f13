"""Confusion matrix: how often each digit is classified as each other."""

import numpy as np
from numpy.typing import NDArray


def most_mistakes(counts: NDArray[np.int64]) -> int:
    """Return the largest count of a confusion matrix (K, K) off its diagonal.

    Raises:
        ValueError: if `counts` is not square.
    """
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"a confusion matrix must be square, got {counts.shape}")
    return int((counts - np.diag(np.diag(counts))).max(initial=0))
