"""A network with one operation between two convolutions, and its fields by two ways."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.inspection.receptive_field.fields import receptive_fields
from tests.inspection.receptive_field.nan_probe import probe
from tests.loaded import loaded

SIZE = (1, 12, 12)  # (C, H, W) of the input

Function = Callable[[Tensor], Tensor]


class AfterConvolution(nn.Module):
    """A convolution to 4 channels, an operation, a convolution of what it puts out."""

    def __init__(self, operation: Function, channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.operation = operation
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.last = nn.Conv2d(channels, 2, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.operation(self.stem(x)))
        return y


def assert_boxes_are_those_of_the_nan_probe(operation: Function, channels: int) -> None:
    """Compare the boxes by rule with those by experiment, for an operation's channels."""
    torch.manual_seed(0)
    model = AfterConvolution(operation, channels).eval()
    fields = receptive_fields(loaded(model), SIZE, gates=True)
    expected = probe(model, SIZE, ["last"], nhwc=False)
    np.testing.assert_array_equal(fields["last"].boxes[""], expected["last"])
