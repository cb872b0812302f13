"""Which inputs each output of a sliding window reads along one dimension."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.intp]  # (outputs, taps), -1 for padding

# Entries of each cache. The whole catalog fills 168 with 1.5 MB; the largest, a window of three
# taps over 8,192 pixels, has 197 kB, so that a full cache of such windows has 50 MB.
_MOST = 256


@lru_cache(maxsize=_MOST)
def taps(
    size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int = 1
) -> Index:
    """Return the inputs that each output of a convolution or pooling reads.

    Args:
        size: of the input.
        outputs: size of the output.
        kernel, stride, padding, dilation: of the window.

    Returns:
        Indices of shape (outputs, kernel), -1 for padding.
    """
    start = np.arange(outputs)[:, None] * stride - padding
    return _inside(start + dilation * np.arange(kernel), size)


@lru_cache(maxsize=_MOST)
def transposed_taps(
    size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int
) -> Index:
    """Return the inputs that each output of a transposed convolution reads; arguments of `taps`."""
    reach = np.arange(outputs)[:, None] + padding - dilation * np.arange(kernel)
    return _inside(np.where(reach % stride == 0, reach // stride, -1), size)


@lru_cache(maxsize=_MOST)
def adaptive_taps(size: int, outputs: int) -> Index:
    """Return the inputs that each output of adaptive pooling reads, -1 after the last of them."""
    first = np.arange(outputs) * size // outputs
    end = -(-(np.arange(1, outputs + 1) * size) // outputs)  # rounded up
    reach = first[:, None] + np.arange((end - first).max())  # (outputs, taps)
    return np.where(reach < end[:, None], reach, -1)


def _inside(reach: Index, size: int) -> Index:
    return np.where((reach >= 0) & (reach < size), reach, -1)
