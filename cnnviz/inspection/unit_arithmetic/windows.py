"""Which inputs an output takes: the window of a convolution or a pooling at each place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

Taps = tuple[tuple[int, ...], ...]  # for each output row or column, those of the input


@dataclass(frozen=True)
class Windows:
    """Where the window lies for each output row and each output column.

    Attributes:
        rows, columns: the input rows for each output row, and columns likewise; those below 0 or
            beyond the last are padding.
        padding: what lies in the padding: "zeros", "reflect", "replicate" or "circular".
    """

    rows: Taps
    columns: Taps
    padding: str = "zeros"


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
    """Return the windows of a max pooling, its padding left out: no maximum is found there."""
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
    """Return the windows of an average pooling, its padding only where it counts as zeros."""
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
    """Return windows that share an input evenly among the outputs, overlapping where needed."""
    rows, columns = (
        tuple(
            tuple(range(place * size[axis] // out[axis], -(-(place + 1) * size[axis] // out[axis])))
            for place in range(out[axis])
        )
        for axis in (0, 1)
    )
    return Windows(rows, columns)


def point_windows(size: tuple[int, int]) -> Windows:
    """Return windows of one input each, at the output's own place."""
    rows, columns = (tuple((place,) for place in range(side)) for side in size)
    return Windows(rows, columns)


def patches(maps: Tensor, windows: Windows, row: int, column: int) -> Tensor:
    """Return what lies under the window at an output place, (C, rows, columns).

    Args:
        maps: (C, H, W).
        windows: of the layer, over maps of this size.
        row, column: of the output.
    """
    lines = [_source(tap, maps.shape[1], windows.padding) for tap in windows.rows[row]]
    across = [_source(tap, maps.shape[2], windows.padding) for tap in windows.columns[column]]
    found = maps[:, [max(i, 0) for i in lines]][:, :, [max(i, 0) for i in across]].clone()
    found[:, [i < 0 for i in lines]] = 0
    found[:, :, [i < 0 for i in across]] = 0
    return found


_SOURCES: Mapping[str, Callable[[int, int], int]] = {
    "zeros": lambda tap, size: tap if 0 <= tap < size else -1,
    "replicate": lambda tap, size: min(max(tap, 0), size - 1),
    "circular": lambda tap, size: tap % size,
    "reflect": lambda tap, size: size - 1 - abs(size - 1 - abs(tap)),
}


def _source(tap: int, size: int, padding: str) -> int:
    """Return which input lies at a place that may be in the padding; -1 for a zero."""
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
