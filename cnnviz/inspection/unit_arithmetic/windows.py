"""Which inputs each output of a convolution or pooling reads: its window at each position."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

Taps = tuple[tuple[int, ...], ...]  # for each output row or column, the indices of the input's


@dataclass(frozen=True)
class Windows:
    """The window of each output row and each output column.

    Attributes:
        rows, columns: the input rows of each output row, and columns likewise; indices outside the
            input are padding.
        padding: "zeros", "reflect", "replicate" or "circular".
    """

    rows: Taps
    columns: Taps
    padding: str = "zeros"

    def boxes(self, size: tuple[int, int]) -> NDArray[np.int16]:
        """Return the window of each output unit, clipped to an input of (height, width).

        Returns:
            (H, W, 4) for H × W outputs: first row, first column, last row, last column, inclusive.
        """
        rows, columns = (
            np.array([(max(min(taps), 0), min(max(taps), side - 1)) for taps in axis])
            for axis, side in zip((self.rows, self.columns), size, strict=True)
        )  # (H, 2) and (W, 2)
        boxes = np.empty((len(rows), len(columns), 4), np.int16)
        boxes[..., 0::2] = rows[:, None]  # first and last row, (H, 1, 2)
        boxes[..., 1::2] = columns[None]  # first and last column, (1, W, 2)
        return boxes


def convolution_windows(module: nn.Conv2d, size: tuple[int, int]) -> Windows:
    """Return the windows of a convolution over an input of (height, width)."""
    kernel, stride, dilation = module.kernel_size, module.stride, module.dilation
    axes = []
    for axis in (0, 1):
        extent = dilation[axis] * (kernel[axis] - 1) + 1
        before, after = _padding(module, axis, extent)
        count = (size[axis] + before + after - extent) // stride[axis] + 1
        axes.append(_taps(count, kernel[axis], stride[axis], before, dilation[axis]))
    return Windows(axes[0], axes[1], module.padding_mode)


def max_pool_windows(module: nn.MaxPool2d, size: tuple[int, int], out: tuple[int, int]) -> Windows:
    """Return the windows of max pooling, without padding, which is never the maximum."""
    kernel, stride = _pair(module.kernel_size), _pair(module.stride)
    padding, dilation = _pair(module.padding), _pair(module.dilation)
    rows, columns = (
        tuple(
            tuple(tap for tap in taps if 0 <= tap < size[axis])
            for taps in _taps(out[axis], kernel[axis], stride[axis], padding[axis], dilation[axis])
        )
        for axis in (0, 1)
    )
    return Windows(rows, columns)


def average_pool_windows(
    module: nn.AvgPool2d, size: tuple[int, int], out: tuple[int, int]
) -> Windows:
    """Return the windows of average pooling, with padding only if it counts in the mean."""
    kernel, stride, padding = (
        _pair(value) for value in (module.kernel_size, module.stride, module.padding)
    )
    rows, columns = (
        tuple(
            tuple(tap for tap in taps if -margin <= tap < size[axis] + margin)
            for taps in _taps(out[axis], kernel[axis], stride[axis], padding[axis], 1)
        )
        for axis in (0, 1)
        for margin in [padding[axis] if module.count_include_pad else 0]
    )
    return Windows(rows, columns)


def adaptive_windows(size: tuple[int, int], out: tuple[int, int]) -> Windows:
    """Return the windows of adaptive pooling, which divide an input (height, width) evenly."""
    rows, columns = (
        tuple(
            tuple(range(place * size[axis] // out[axis], -(-(place + 1) * size[axis] // out[axis])))
            for place in range(out[axis])
        )
        for axis in (0, 1)
    )
    return Windows(rows, columns)


def point_windows(size: tuple[int, int]) -> Windows:
    """Return windows of one input each, at the output's own position."""
    rows, columns = (tuple((place,) for place in range(side)) for side in size)
    return Windows(rows, columns)


def patches(maps: Tensor, windows: Windows, row: int, column: int) -> Tensor:
    """Return the inputs in the window of one output, (C, rows, columns).

    Args:
        maps: (C, H, W).
        windows: of the layer, for maps of this size.
        row, column: position of the output.
    """
    down = [_source(tap, maps.shape[1], windows.padding) for tap in windows.rows[row]]
    across = [_source(tap, maps.shape[2], windows.padding) for tap in windows.columns[column]]
    # zeros of the padding are read from the first row or column, and then overwritten
    patch = maps[:, [max(i, 0) for i in down]][:, :, [max(i, 0) for i in across]].clone()
    patch[:, [i < 0 for i in down]] = 0
    patch[:, :, [i < 0 for i in across]] = 0
    return patch  # (C, rows, columns)


_SOURCES: Mapping[str, Callable[[int, int], int]] = {
    "zeros": lambda tap, size: tap if 0 <= tap < size else -1,
    "replicate": lambda tap, size: min(max(tap, 0), size - 1),
    "circular": lambda tap, size: tap % size,
    "reflect": lambda tap, size: size - 1 - abs(size - 1 - abs(tap)),
}


def _source(tap: int, size: int, padding: str) -> int:
    """Return the index of the input that a tap reads, also in the padding; -1 for a zero."""
    return _SOURCES[padding](tap, size)


def _taps(count: int, kernel: int, stride: int, before: int, dilation: int) -> Taps:
    return tuple(
        tuple(place * stride - before + tap * dilation for tap in range(kernel))
        for place in range(count)
    )


def _padding(module: nn.Conv2d, axis: int, extent: int) -> tuple[int, int]:
    if module.padding == "same":
        return (extent - 1) // 2, extent // 2
    if isinstance(module.padding, str):
        return 0, 0
    return module.padding[axis], module.padding[axis]


def _pair(value: int | tuple[int, ...]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
