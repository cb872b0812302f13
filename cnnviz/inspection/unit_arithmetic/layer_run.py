"""One layer at work in one forward pass: what it receives and what it puts out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from cnnviz.models.copies import shared_copy
from cnnviz.models.feature_maps import as_maps, channel_dimension
from cnnviz.models.hooks import hooked
from cnnviz.models.layers import innermost_layers


@dataclass(frozen=True)
class Unit:
    """One number of a layer's output, by its place in the feature maps.

    Tokens lie row by row on a square grid, as `cnnviz.models.feature_maps.as_maps` has
    them; what a fully connected layer puts out for a whole image is one row and one column.
    """

    channel: int = 0
    row: int = 0
    column: int = 0


@dataclass(frozen=True, eq=False)
class LayerRun:
    """What one layer did in one forward pass.

    Attributes:
        name: dotted name.
        module: the layer itself, in evaluation mode.
        received: its first input, the batch of one included.
        output: what it put out.
        followers: what the layers that received this very output made of it, by their names.
        channels_last: whether four-dimensional tensors have their channels at the end.
    """

    name: str
    module: nn.Module
    received: Tensor
    output: Tensor
    followers: Mapping[str, Tensor] = field(default_factory=dict)
    channels_last: bool = False

    @property
    def inputs(self) -> Tensor:
        """What it received as maps, (C, H, W)."""
        return planes(self.received, channels_last=self.channels_last)

    @property
    def outputs(self) -> Tensor:
        """What it put out as maps, (C, H, W)."""
        return planes(self.output, channels_last=self.channels_last)

    def index(self, unit: Unit) -> tuple[int, ...]:
        """Return where a unit is in the output as it is, the batch included."""
        return place(self.output.shape, unit, channels_last=self.channels_last)


def run(model: nn.Module, x: Tensor, layer: str, *, channels_last: bool = False) -> LayerRun:
    """Return what a layer does in one forward pass; of several runs of it, the last.

    Args:
        model: any network.
        x: normalized, (1, C, H, W).
        layer: dotted name.
        channels_last: whether the network's blocks put out (N, H, W, C).

    Raises:
        ValueError: if there is no such layer, or it did not run.
    """
    model = shared_copy(model).eval()
    if not layer or layer not in (modules := dict(model.named_modules())):
        raise ValueError(f"no layer {layer!r}: choose {', '.join(innermost_layers(model))}")
    seen: dict[str, Tensor] = {}
    followers: dict[str, Tensor] = {}

    def keep(name: str, _: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if not isinstance(output, Tensor) or not inputs:
            return
        if inputs[0] is seen.get("live"):
            followers[name] = output.clone()
        if name == layer and isinstance(inputs[0], Tensor):
            followers.clear()
            seen.update(received=inputs[0].clone(), live=output, output=output.clone())

    with torch.no_grad(), hooked(model, [*innermost_layers(model), layer], after=keep):
        model(x)
    if not seen:
        raise ValueError(f"layer {layer!r} takes no part in the forward pass")
    module = modules[layer]
    last = channel_dimension(module, 4, channels_last=channels_last) == 3
    return LayerRun(layer, module, seen["received"], seen["output"], followers, last)


def planes(tensor: Tensor, *, channels_last: bool = False) -> Tensor:
    """Return the maps of one example, (C, H, W), whatever form they have.

    Args:
        tensor: maps (1, C, H, W) or (1, H, W, C), tokens (1, T, C) or (T, C), or one vector (1, C).
            Of more examples, or windows, the first.
        channels_last: whether a four-dimensional tensor has its channels at the end.
    """
    if tensor.dim() == 2:
        vector = len(tensor) == 1
        return tensor[0, :, None, None] if vector else as_maps(tensor[None])[0]
    return as_maps(tensor, channels_last=channels_last)[0]


def place(shape: torch.Size, unit: Unit, *, channels_last: bool = False) -> tuple[int, ...]:
    """Return the index of a unit in a tensor of a shape that `planes` takes."""
    channel, row, column = unit.channel, unit.row, unit.column
    if len(shape) == 4:
        return (0, row, column, channel) if channels_last else (0, channel, row, column)
    if shape[:-1].numel() == 1:
        return (0,) * (len(shape) - 1) + (channel,)
    tokens = shape[-2]
    side = math.isqrt(tokens)
    token = tokens - side * side + row * side + column
    return (0, token, channel) if len(shape) == 3 else (token, channel)
