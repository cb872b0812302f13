"""The arithmetic of max and average pooling."""

from typing import Any

from timm.layers.adaptive_avgmax_pool import FastAdaptiveAvgPool
from torch import nn

from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Pooled
from cnnviz.inspection.unit_arithmetic.weighted_sums import layer_and_unit
from cnnviz.inspection.unit_arithmetic.windows import (
    Windows,
    adaptive_windows,
    average_pool_windows,
    max_pool_windows,
    patches,
)

_LARGEST = (nn.MaxPool2d, nn.AdaptiveMaxPool2d)


def windows_of(run: LayerRun) -> Windows:
    """Return the windows of a pooling layer."""
    module: Any = run.module
    size, out = (run.inputs.shape[1], run.inputs.shape[2]), _grid(run)
    if isinstance(module, nn.MaxPool2d):
        return max_pool_windows(module, size, out)
    if isinstance(module, nn.AvgPool2d):
        return average_pool_windows(module, size, out)
    return adaptive_windows(size, out)


def operation(module: nn.Module) -> str:
    """Return "max" or "mean"."""
    return "max" if isinstance(module, _LARGEST) else "mean"


def pooling(run: LayerRun, unit: Unit) -> Pooled:
    """Return the arithmetic of a unit of a pooling layer."""
    windows = windows_of(run)
    maps = run.inputs[unit.channel : unit.channel + 1].double()  # (1, H, W)
    window = patches(maps, windows, unit.row, unit.column)[0]  # (rows, columns)
    name = operation(run.module)
    divisor = 1.0 if name == "max" else mean_divisor(run.module, window.numel())
    value = window.max() if name == "max" else window.sum() / divisor
    return Pooled(
        **layer_and_unit(run, unit),
        value=float(value.item()),
        operation=name,
        rows=windows.rows[unit.row],
        columns=windows.columns[unit.column],
        window=window.numpy(),
        divisor=divisor,
    )


def mean_divisor(module: nn.Module, count: int) -> float:
    """Return the divisor of a mean over `count` values."""
    override = getattr(module, "divisor_override", None)
    return float(override or count)


def _grid(run: LayerRun) -> tuple[int, int]:
    return run.outputs.shape[1], run.outputs.shape[2]


POOLINGS = (
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveMaxPool2d,
    nn.AdaptiveAvgPool2d,
    FastAdaptiveAvgPool,
)
