"""Pooling of every kind, against the layer itself."""

import pytest
import torch
from torch import nn

from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import Unit
from cnnviz.inspection.unit_arithmetic.results import Pooled
from tests.inspection.unit_arithmetic.layers import CLOSE, ran


@pytest.mark.parametrize(
    "module",
    [
        nn.MaxPool2d(3, 2, padding=1),
        nn.MaxPool2d(2, dilation=2),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.AvgPool2d(3, 2, padding=1),
        nn.AvgPool2d(3, 2, padding=1, ceil_mode=True),
        nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
        nn.AvgPool2d(2, divisor_override=3),
        nn.AdaptiveAvgPool2d(3),
        nn.AdaptiveMaxPool2d((2, 5)),
        nn.AdaptiveAvgPool2d(1),
    ],
    ids=str,
)
def test_a_pooling_is_the_layers_own(module: nn.Module) -> None:
    torch.manual_seed(3)
    run = ran(module, torch.randn(1, 2, 8, 7) - 3)  # below zero: padding must not be the maximum
    channels, rows, columns = run.outputs.shape
    for unit in (
        Unit(c, i, j) for c in range(channels) for i in range(rows) for j in range(columns)
    ):
        found = unit_arithmetic.unit_of_run(run, unit)
        assert isinstance(found, Pooled)
        assert found.difference < CLOSE
