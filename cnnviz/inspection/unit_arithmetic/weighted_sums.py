"""Sums of products: convolutions and fully connected layers."""

from typing import Any

from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic.layer_run import LayerRun, Unit
from cnnviz.inspection.unit_arithmetic.results import Convolved, Weighed
from cnnviz.inspection.unit_arithmetic.windows import convolution_windows, patches


def common(run: LayerRun, unit: Unit) -> dict[str, Any]:
    """Return what every result says of the layer and the unit."""
    index = run.index(unit)
    return {
        "layer": run.name,
        "kind": type(run.module).__name__,
        "unit": unit,
        "index": index,
        "tensor": float(run.output[index].item()),
    }


def convolution(run: LayerRun, unit: Unit) -> Convolved:
    """Work out a unit of a convolution."""
    module = run.module
    assert isinstance(module, nn.Conv2d)
    inputs = run.inputs.double()
    windows = convolution_windows(module, (inputs.shape[1], inputs.shape[2]))
    channels = group(module, unit.channel)
    patch = patches(inputs[channels.start : channels.stop], windows, unit.row, unit.column)
    kernel = module.weight.detach()[unit.channel].double()  # (C, kh, kw)
    products = patch * kernel
    sums = products.sum(dim=(1, 2))
    bias = bias_of(module.bias, unit.channel)
    return Convolved(
        **common(run, unit),
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


def linear(run: LayerRun, unit: Unit) -> Weighed:
    """Work out a unit of a fully connected layer."""
    module = run.module
    assert isinstance(module, nn.Linear)
    inputs = run.inputs[:, unit.row, unit.column].double()
    weights = module.weight.detach()[unit.channel].double()
    products = inputs * weights
    bias = bias_of(module.bias, unit.channel)
    return Weighed(
        **common(run, unit),
        value=float(products.sum().item()) + bias,
        inputs=inputs.numpy(),
        weights=weights.numpy(),
        products=products.numpy(),
        bias=bias,
    )


def group(module: nn.Conv2d, channel: int) -> range:
    """Return the input channels that an output channel of a convolution sees."""
    size = module.in_channels // module.groups
    first = channel // (module.out_channels // module.groups) * size
    return range(first, first + size)


def bias_of(biases: Tensor | None, channel: int) -> float:
    """Return a channel's bias, 0 where a layer has none."""
    return 0.0 if biases is None else float(biases[channel].item())
