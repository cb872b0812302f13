"""How a whole channel of a layer comes about: what to know to work out any of its units."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from cnnviz.worked import activation, normalization, pooling, sums
from cnnviz.worked.forward import LayerRun
from cnnviz.worked.window import Windows, convolution_windows, point_windows


@dataclass(frozen=True, eq=False)
class Rule:
    """One output channel's arithmetic.

    Attributes:
        name: "sum", "max", "mean", "function", "batchnorm", "layernorm" or "softmax".
        windows: which inputs each place takes.
        groups: of a convolution.
        kernel: (C, kh, kw) of a sum, over the input channels of the channel's group.
        bias: of a sum.
        divisor: of a mean; None where it is the number of values in the window.
        norm: lists of one number each: weight, bias, mean and variance, and the number eps.
        act: the activation that a norm carries with it.
    """

    name: str
    windows: Windows
    groups: int = 1
    kernel: Tensor | None = None
    bias: float = 0.0
    divisor: float | None = None
    norm: dict[str, Any] | None = None
    act: nn.Module | None = None


def rule(run: LayerRun, channel: int) -> Rule:
    """Return the arithmetic of one output channel of a layer that can be worked out."""
    module: Any = run.module
    size = run.inputs.shape[1], run.inputs.shape[2]
    points = point_windows(size)
    if isinstance(module, nn.Conv2d):
        kernel, bias = module.weight.detach()[channel], sums.bias_of(module.bias, channel)
        return Rule("sum", convolution_windows(module, size), module.groups, kernel, bias)
    if isinstance(module, nn.Linear):
        kernel, bias = module.weight.detach()[channel], sums.bias_of(module.bias, channel)
        return Rule("sum", points, kernel=kernel[:, None, None], bias=bias)
    if isinstance(module, pooling.POOLINGS):
        divisor = getattr(module, "divisor_override", None)
        return Rule(pooling.operation(module), pooling.windows_of(run), divisor=divisor)
    if activation.find(module) is not None:
        return Rule("function", points)
    if isinstance(module, nn.Softmax):
        return Rule("softmax", points)
    name = "layernorm" if isinstance(module, nn.LayerNorm) else "batchnorm"
    norm = normalization.numbers(module, channel)
    return Rule(name, points, norm=norm, act=normalization.carried(module))
