"""Which inputs each output of a sliding window reads along one dimension."""

import numpy as np
from numpy.typing import NDArray

from cnnviz.system.sized_cache import sized_cache

Index = NDArray[np.intp]  # (outputs, taps), -1 for padding

# bytes in each cache: the catalog fills all three with 1.5 MB; the largest result, for a window of
# three taps over 8,192 pixels, has 197 kB
_LIMIT = 2 * 2**20


@sized_cache(_LIMIT)  # 2 MiB
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
    start = np.arange(outputs)[:, None] * stride - padding  # (outputs, 1)
    return _inside(start + dilation * np.arange(kernel), size)  # (outputs, kernel)


@sized_cache(_LIMIT)  # 2 MiB
def transposed_taps(
    size: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int
) -> Index:
    """Return the inputs that each output of a transposed convolution reads; arguments of `taps`."""
    reach = np.arange(outputs)[:, None] + padding - dilation * np.arange(kernel)
    return _inside(np.where(reach % stride == 0, reach // stride, -1), size)


@sized_cache(_LIMIT)  # 2 MiB
def adaptive_taps(size: int, outputs: int) -> Index:
    """Return the inputs that each output of adaptive pooling reads, -1 after the last of them."""
    first = np.arange(outputs) * size // outputs  # (outputs,)
    end = -(-(np.arange(1, outputs + 1) * size) // outputs)  # rounded up
    reach = first[:, None] + np.arange((end - first).max())  # (outputs, taps)
    return np.where(reach < end[:, None], reach, -1)


def _inside(reach: Index, size: int) -> Index:
    return np.where((reach >= 0) & (reach < size), reach, -1)
