"""Edits of a trained network: scale or mute a channel, replace a kernel.

A history is a tuple of edits. A later edit of the same channel or kernel replaces an earlier one;
undoing an edit drops the last of the history.
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
    """Multiply one output channel of a layer by a factor.

    Attributes:
        layer: dotted name.
        channel: index of the output channel.
        factor: 0 mutes the channel, 1 leaves it unchanged, a negative one flips its sign.
    """

    layer: str
    channel: int
    factor: float

    @property
    def sets(self) -> tuple[object, ...]:
        """Key of the value it sets; a later edit with the same key replaces it."""
        return (self.layer, self.channel)


@dataclass(frozen=True)
class Kernel:
    """Replace one kernel of a convolution.

    Attributes:
        layer: dotted name.
        channel: index of the output channel.
        source: index of the input channel, within the output channel's group.
        values: the kernel's rows.
    """

    layer: str
    channel: int
    source: int
    values: tuple[tuple[float, ...], ...]

    @property
    def sets(self) -> tuple[object, ...]:
        """Key of the value it sets; a later edit with the same key replaces it."""
        return (self.layer, self.channel, self.source)


Edit = Scale | Kernel


def effective_edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the edits of a history that no later edit replaces."""
    return tuple({edit.sets: edit for edit in edits}.values())


def append_edit(edits: tuple[Edit, ...], edit: Edit) -> tuple[Edit, ...]:
    """Return a history with one more edit, which replaces the last if it sets the same value."""
    earlier = edits[:-1] if edits and edits[-1].sets == edit.sets else edits
    return (*earlier, edit)


def apply_edits(
    network: LoadedNetwork, edits: Iterable[Edit], layers: Iterable[MapLayer]
) -> LoadedNetwork:
    """Return a copy of a network with the edits applied.

    A factor scales the layer's *output*: a batch norm that follows still adds its shift.

    Args:
        network: the network to edit.
        edits: a history of edits.
        layers: the network's `map_layers`.

    Raises:
        ValueError: if there is no such layer, channel or kernel, or a kernel has another size.
    """
    by_name = {layer.name: layer for layer in layers}
    network = network.copy()
    for edit in effective_edits(edits):
        layer = by_name.get(edit.layer)
        if layer is None:
            raise ValueError(
                f"layer must be one with feature maps, {', '.join(by_name)}, got {edit.layer!r}"
            )
        if not 0 <= edit.channel < layer.channels:
            raise ValueError(
                f"channel of {edit.layer} must be 0 to {layer.channels - 1}, got {edit.channel}"
            )
        module = network.model.get_submodule(edit.layer)
        if isinstance(edit, Scale):
            change_output(module, _scaling(layer.dimension, edit))
        else:
            _replace(module, layer, edit)
    return network


def _scaling(dimension: int, edit: Scale) -> Callable[[Tensor], Tensor]:
    def scale(output: Tensor) -> Tensor:
        scaled = output.clone()  # the same shape, channels at `dimension`
        scaled.select(dimension, edit.channel).mul_(edit.factor)
        return scaled

    return scale


def _replace(module: nn.Module, layer: MapLayer, edit: Kernel) -> None:
    """Replace a kernel in a convolution of a copy, which gets a weight tensor of its own."""
    if not isinstance(module, nn.Conv2d):
        raise ValueError(f"{edit.layer} must be a convolution, got {type(module).__name__}")
    if not 0 <= edit.source < layer.sources:
        raise ValueError(
            f"input channel of {edit.layer} must be 0 to {layer.sources - 1}, got {edit.source}"
        )
    kernel = torch.tensor(edit.values, dtype=module.weight.dtype)  # (h, w)
    if kernel.shape != module.weight.shape[2:]:
        raise ValueError(
            f"kernel must have shape {tuple(module.weight.shape[2:])}, got {tuple(kernel.shape)}"
        )
    weight = module.weight.detach().clone()  # (F, C / groups, h, w)
    weight[edit.channel, edit.source] = kernel
    module.weight = nn.Parameter(weight, requires_grad=module.weight.requires_grad)
