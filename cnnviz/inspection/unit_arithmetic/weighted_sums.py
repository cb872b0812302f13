"""The arithmetic of convolutions and fully connected layers: sums of products."""

from typing import Any

from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Convolved, WeightedSum
from cnnviz.inspection.unit_arithmetic.windows import convolution_windows, patches


def layer_and_unit(run: LayerRun, unit: Unit) -> dict[str, Any]:
    """Return the attributes that every `UnitResult` has."""
    index = run.index(unit)
    return {
        "layer": run.name,
        "kind": type(run.module).__name__,
        "unit": unit,
        "index": index,
        "tensor": float(run.output[index].item()),
    }


def convolution(run: LayerRun, unit: Unit) -> Convolved:
    """Return the arithmetic of a unit of a convolution."""
    module = run.module
    assert isinstance(module, nn.Conv2d)
    inputs = run.inputs.double()  # (in channels, H, W)
    windows = convolution_windows(module, (inputs.shape[1], inputs.shape[2]))
    channels = group(module, unit.channel)
    group_inputs = inputs[channels.start : channels.stop]  # (C, H, W)
    patch = patches(group_inputs, windows, unit.row, unit.column)  # (C, kh, kw)
    kernel = module.weight.detach()[unit.channel].double()  # (C, kh, kw)
    products = patch * kernel  # (C, kh, kw)
    sums = products.sum(dim=(1, 2))  # (C,)
    bias = bias_of(module.bias, unit.channel)
    return Convolved(
        **layer_and_unit(run, unit),
        value=float(sums.sum().item()) + bias,
        channels=tuple(channels),
        rows=windows.rows[unit.row],
        columns=windows.columns[unit.column],
        patches=patch.numpy(),
        kernels=kernel.numpy(),
        products=products.numpy(),
        sums=sums.numpy(),
        bias=bias,
    )


def linear(run: LayerRun, unit: Unit) -> WeightedSum:
    """Return the arithmetic of a unit of a fully connected layer."""
    module = run.module
    assert isinstance(module, nn.Linear)
    inputs = run.inputs[:, unit.row, unit.column].double()  # (C,)
    weights = module.weight.detach()[unit.channel].double()  # (C,)
    products = inputs * weights  # (C,)
    bias = bias_of(module.bias, unit.channel)
    return WeightedSum(
        **layer_and_unit(run, unit),
        value=float(products.sum().item()) + bias,
        inputs=inputs.numpy(),
        weights=weights.numpy(),
        products=products.numpy(),
        bias=bias,
    )


def group(module: nn.Conv2d, channel: int) -> range:
    """Return the input channels in the group of a convolution's output channel."""
    size = module.in_channels // module.groups
    first = channel // (module.out_channels // module.groups) * size
    return range(first, first + size)


def bias_of(biases: Tensor | None, channel: int) -> float:
    """Return a channel's bias; 0 if the layer has none."""
    return 0.0 if biases is None else float(biases[channel].item())
