"""One layer at work by itself, and units of its output."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic import Unit
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun

CLOSE = 1e-5


def ran(module: nn.Module, x: Tensor) -> LayerRun:
    """One layer by itself, at work on x."""
    with torch.no_grad():
        return LayerRun("it", module, x, module.eval()(x))


def places(run: LayerRun) -> Iterator[Unit]:
    """The corners, the middle of an edge and the center of a layer's output."""
    channels, rows, columns = run.outputs.shape
    yield Unit(0, 0, 0)
    yield Unit(channels - 1, rows - 1, columns - 1)
    yield Unit(channels // 2, 0, columns // 2)
    yield Unit(channels // 3, rows // 2, columns // 2)
