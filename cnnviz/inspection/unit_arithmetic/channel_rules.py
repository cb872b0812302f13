"""The arithmetic of whole output channels: all that is needed to compute any of their units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic import activations, normalization, pooling, weighted_sums
from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun
from cnnviz.inspection.unit_arithmetic.windows import Windows, convolution_windows, point_windows


@dataclass(frozen=True, eq=False)
class Rule:
    """The arithmetic of n output channels.

    Attributes:
        name: "sum", "max", "mean", "function", "batchnorm", "layernorm" or "softmax".
        windows: which inputs each output position reads.
        groups: of a convolution.
        kernel: (n, C, kh, kw), of a sum, over the input channels of each channel's group.
        bias: (n,), of a sum.
        divisor: of a mean; None for the number of values in the window.
        norm: weight, bias, mean and variance as lists of n numbers, and the number eps.
        act: the activation that a norm layer applies itself.
    """

    name: str
    windows: Windows
    groups: int = 1
    kernel: Tensor | None = None
    bias: Tensor | None = None
    divisor: float | None = None
    norm: dict[str, Any] | None = None
    act: nn.Module | None = None


def rule(run: LayerRun, channels: Sequence[int]) -> Rule:
    """Return the arithmetic of n output channels of a supported layer."""
    module: Any = run.module
    size = run.inputs.shape[1], run.inputs.shape[2]  # of (C, H, W)
    points = point_windows(size)
    indices = list(channels)
    if isinstance(module, nn.Conv2d | nn.Linear):
        kernel = module.weight.detach()[indices]  # (n, C, kh, kw) or (n, C)
        bias = torch.tensor([weighted_sums.bias_of(module.bias, channel) for channel in indices])
        if isinstance(module, nn.Linear):
            return Rule("sum", points, kernel=kernel[:, :, None, None], bias=bias)  # (n, C, 1, 1)
        return Rule("sum", convolution_windows(module, size), module.groups, kernel, bias)
    if isinstance(module, pooling.POOLINGS):
        divisor = getattr(module, "divisor_override", None)
        return Rule(pooling.operation(module), pooling.windows_of(run), divisor=divisor)
    if activations.find(module) is not None:
        return Rule("function", points)
    if isinstance(module, nn.Softmax):
        return Rule("softmax", points)
    name = "layernorm" if isinstance(module, nn.LayerNorm) else "batchnorm"
    norm = normalization.norm_parameters(module, indices)
    return Rule(name, points, norm=norm, act=normalization.own_activation(module))
