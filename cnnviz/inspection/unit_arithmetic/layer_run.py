"""The input and output of one layer in one forward pass."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import hooked
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork


@dataclass(frozen=True)
class Unit:
    """The position of one number in a layer's feature maps.

    Tokens lie row by row on a square grid, as in `cnnviz.models.feature_maps.as_maps`; a vector
    for the whole image has one row and one column.
    """

    channel: int = 0
    row: int = 0
    column: int = 0


@dataclass(frozen=True, eq=False)
class LayerRun:
    """One layer with its input and output in one forward pass.

    Attributes:
        name: dotted name.
        module: the layer, in evaluation mode.
        received: its first input, batch of one included.
        output: its output, batch of one included.
        followers: outputs of the layers that received this output, by their names.
        nhwc: whether four-dimensional tensors are (N, H, W, C).
    """

    name: str
    module: nn.Module
    received: Tensor
    output: Tensor
    followers: Mapping[str, Tensor] = field(default_factory=dict)
    nhwc: bool = False

    @property
    def inputs(self) -> Tensor:
        """The input as maps, (C, H, W)."""
        return planes(self.received, nhwc=self.nhwc)

    @property
    def outputs(self) -> Tensor:
        """The output as maps, (C, H, W)."""
        return planes(self.output, nhwc=self.nhwc)

    def index(self, unit: Unit) -> tuple[int, ...]:
        """Return the index of a unit in the output tensor, batch dimension included."""
        return unit_index(self.output.shape, unit, nhwc=self.nhwc)

    def strongest(self, channel: int) -> Unit:
        """Return the unit of an output channel with the largest absolute value."""
        values = self.outputs[channel].abs()  # (H, W)
        return Unit(channel, *divmod(int(values.argmax().item()), values.shape[1]))


def run_layer(network: LoadedNetwork, x: Tensor, layer: str) -> LayerRun:
    """Return a layer's input and output in one forward pass; its last run if there are several.

    Args:
        network: any network.
        x: normalized, (1, C, H, W).
        layer: dotted name.

    Raises:
        ValueError: if there is no such layer, or it does not run.
    """
    model = network.copy().model
    if not layer or layer not in (modules := dict(model.named_modules())):
        choices = ", ".join(innermost_layers(model))
        raise ValueError(f"layer must be one of {choices}, got {layer!r}")
    last_run: dict[str, Tensor] = {}
    followers: dict[str, Tensor] = {}

    def record(name: str, _: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if not isinstance(output, Tensor) or not inputs:
            return
        if inputs[0] is last_run.get("live"):
            followers[name] = output.clone()
        if name == layer and isinstance(inputs[0], Tensor):
            followers.clear()  # of an earlier run
            last_run.update(received=inputs[0].clone(), live=output, output=output.clone())

    with torch.no_grad(), hooked(model, [*innermost_layers(model), layer], after=record):
        model(x)
    if not last_run:
        raise ValueError(f"layer {layer!r} must run in the forward pass, got 0 runs")
    module = modules[layer]
    last = network.nhwc(layer)
    return LayerRun(layer, module, last_run["received"], last_run["output"], followers, last)


def image_range(run: LayerRun, network: LoadedNetwork, image: Pixels) -> tuple[float, float] | None:
    """Return the values of black and white if a layer receives the image itself, else None.

    Args:
        run: of the layer, for the image.
        network: of the layer.
        image: uint8, (1, 28, 28).
    """
    if not torch.equal(run.inputs, network.input(image)[0]):
        return None
    side = network.architecture.input_size
    plain = [network.input(torch.full((1, side, side), ink, dtype=torch.uint8)) for ink in (0, 255)]
    black, white = (float(x[0, 0, 0, 0]) for x in plain)
    return black, white


def planes(tensor: Tensor, *, nhwc: bool = False) -> Tensor:
    """Return a tensor of any layout as the maps of one example, (C, H, W).

    Args:
        tensor: maps (1, C, H, W) or (1, H, W, C), tokens (1, T, C) or (T, C), or one vector (1, C);
            of several examples or windows, the first is returned.
        nhwc: whether a four-dimensional tensor is (1, H, W, C).
    """
    if tensor.dim() == 2:
        vector = len(tensor) == 1
        return tensor[0, :, None, None] if vector else as_maps(tensor[None])[0]  # (C, 1, 1)
    return as_maps(tensor, nhwc=nhwc)[0]  # (C, H, W)


def unit_index(shape: torch.Size, unit: Unit, *, nhwc: bool = False) -> tuple[int, ...]:
    """Return the index of a unit in a tensor of that shape; layouts as in `planes`."""
    channel, row, column = unit.channel, unit.row, unit.column
    if len(shape) == 4:
        return (0, row, column, channel) if nhwc else (0, channel, row, column)
    if shape[:-1].numel() == 1:
        return (0,) * (len(shape) - 1) + (channel,)
    tokens = shape[-2]  # class tokens first
    side = math.isqrt(tokens)
    token = tokens - side * side + row * side + column
    return (0, token, channel) if len(shape) == 3 else (token, channel)
