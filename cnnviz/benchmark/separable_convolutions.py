"""Time a full convolution against the depthwise and the 1x1 convolution in its place."""

import functools
from collections.abc import Mapping

import torch
from torch import nn

from cnnviz.models.structure.convolution.arithmetic import Convolution
from cnnviz.system.stopwatch import milliseconds


def convolution_times(
    layers: Mapping[str, Convolution], size: int, *, batch: int
) -> dict[str, float]:
    """Return the median milliseconds of each layer for one batch, float32, channels last.

    Args:
        layers: by name.
        size: height and width of the input.
        batch: examples.
    """
    times = {}
    with torch.inference_mode():
        for name, layer in layers.items():
            module = nn.Conv2d(
                layer.in_channels,
                layer.out_channels,
                layer.kernel,
                layer.stride,
                layer.padding,
                layer.dilation,
                layer.groups,
                layer.bias,
            ).to(memory_format=torch.channels_last)
            x = torch.randn(batch, layer.in_channels, size, size)  # (N, C, H, W)
            x = x.to(memory_format=torch.channels_last)
            times[name] = milliseconds(functools.partial(module, x))  # ms
    return times
