"""Changing a trained network by hand: scale or mute a channel, replace a kernel.

A history is a tuple of edits. Each edit *sets* something, so of two that set the same thing the
later one holds, and undoing is dropping the last.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.models.hooks import change_output
from cnnviz.models.loaded_network import LoadedNetwork


@dataclass(frozen=True)
class Scale:
    """Multiply what a channel of a layer puts out; 0 mutes it, 1 leaves it as it was.

    Attributes:
        layer: dotted name.
        channel: of the output.
        factor: 0 or more; negative ones turn the channel's sign around.
    """

    layer: str
    channel: int
    factor: float

    @property
    def sets(self) -> tuple[object, ...]:
        """What it sets: a later edit of the same takes its place."""
        return (self.layer, self.channel)


@dataclass(frozen=True)
class Kernel:
    """Replace one kernel of a convolution.

    Attributes:
        layer: dotted name.
        channel: of the output.
        source: input channel; within the channel's group where there are groups.
        values: the kernel, row by row.
    """

    layer: str
    channel: int
    source: int
    values: tuple[tuple[float, ...], ...]

    @property
    def sets(self) -> tuple[object, ...]:
        """What it sets: a later edit of the same takes its place."""
        return (self.layer, self.channel, self.source)


Edit = Scale | Kernel


def current(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits that hold, without those that later ones replace."""
    return tuple({edit.sets: edit for edit in edits}.values())


def added(edits: tuple[Edit, ...], edit: Edit) -> tuple[Edit, ...]:
    """Return a history with one more edit; moving on with the last one's value replaces it."""
    kept = edits[:-1] if edits and edits[-1].sets == edit.sets else edits
    return (*kept, edit)


def edited(
    network: LoadedNetwork, edits: Iterable[Edit], layers: Iterable[MapLayer]
) -> LoadedNetwork:
    """Return a copy of a network with the edits applied.

    A scaled channel is the layer's *output*: what follows, a batch norm with its own shift for
    instance, receives the scaled values.

    Args:
        network: the network to edit.
        edits: what to change.
        layers: those that put out maps, as `cnnviz.inspection.activations.map_layers` finds them.

    Raises:
        ValueError: if there is no such layer, channel or kernel, or a kernel of another size.
    """
    known = {layer.name: layer for layer in layers}
    network = network.copy()
    for edit in current(edits):
        layer = known.get(edit.layer)
        if layer is None:
            raise ValueError(f"no layer {edit.layer!r} with channels: choose {', '.join(known)}")
        if not 0 <= edit.channel < layer.channels:
            raise ValueError(
                f"{edit.layer} has no channel {edit.channel}: choose 0 to {layer.channels - 1}"
            )
        module = network.model.get_submodule(edit.layer)
        if isinstance(edit, Scale):
            change_output(module, _scaling(layer.dimension, edit))
        else:
            _replace(module, layer, edit)
    return network


def _scaling(dimension: int, edit: Scale) -> Callable[[Tensor], Tensor]:
    def scale(output: Tensor) -> Tensor:
        scaled = output.clone()
        scaled.select(dimension, edit.channel).mul_(edit.factor)
        return scaled

    return scale


def _replace(module: nn.Module, layer: MapLayer, edit: Kernel) -> None:
    """Put a kernel into a convolution of a copy, which then shares its weights no more."""
    if not isinstance(module, nn.Conv2d):
        raise ValueError(f"{edit.layer} is no convolution: it has no kernels")
    if not 0 <= edit.source < layer.sources:
        raise ValueError(f"no kernel for input {edit.source}: choose 0 to {layer.sources - 1}")
    kernel = torch.tensor(edit.values, dtype=module.weight.dtype)
    if kernel.shape != module.weight.shape[2:]:
        raise ValueError(
            f"a kernel of {tuple(kernel.shape)} does not fit {tuple(module.weight.shape[2:])}"
        )
    weight = module.weight.detach().clone()
    weight[edit.channel, edit.source] = kernel
    module.weight = nn.Parameter(weight, requires_grad=module.weight.requires_grad)
