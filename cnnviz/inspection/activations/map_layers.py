"""The layers of a network whose output has channels that can be looked at one by one."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.models.catalogue import Architecture
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording, recording_runs
from cnnviz.models.inference import evaluating
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork

_CHANNELS_FIRST = (
    *(nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d),
    *(nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d),
)
_CHANNELS_LAST = (nn.Linear, nn.LayerNorm)
_NO_MAPS = (nn.Dropout, nn.Flatten, nn.Unfold)  # nothing of their own, or columns of patches


@dataclass(frozen=True)
class MapLayer:
    """One layer that puts out maps.

    Attributes:
        name: dotted name.
        kind: class of the module.
        role: "early", "middle" or "late" where the row of the catalogue names it; else "".
        channels: how many maps.
        grid: rows and columns of a map.
        dimension: of the output in which the channels lie: 1 for maps (N, C, H, W), 3 for maps
            (N, H, W, C), 2 for tokens (N, T, C).
        kernel: rows and columns of a kernel; None where the layer is no convolution.
        sources: input channels that each of its filters has a kernel for; 0 without kernels.
    """

    name: str
    kind: str
    role: str
    channels: int
    grid: tuple[int, int]
    dimension: int
    kernel: tuple[int, int] | None = None
    sources: int = 0


def map_layers(network: LoadedNetwork) -> tuple[MapLayer, ...]:
    """Return the layers of a network that put out maps, in the order of execution.

    They are the innermost layers and the three that the row names. Tokens count as maps where
    they lie on one of the grids of these three.

    Args:
        network: any network.
    """
    row, model = network.architecture, network.copy().model
    roles = {name: role for role, name in row.layers_by_role.items()}
    watched = innermost_layers(model) | {name: model.get_submodule(name) for name in roles}
    x = torch.zeros(2, 1, row.input_size, row.input_size)
    with evaluating(model), recording_runs(model, watched) as runs:
        model(x)
    outputs = dict(runs)
    tokens = {outputs[name].shape[1] for name in roles if outputs[name].dim() == 3}
    found = []
    for name, output in outputs.items():
        dimension = _dimension(watched[name], output, row, tokens)
        if dimension is not None:
            found.append(_describe(name, watched[name], output, dimension, roles.get(name, "")))
    return tuple(found)


def maps_of(layer: MapLayer, output: Tensor) -> Tensor:
    """Return what that layer puts out as maps (N, C, H, W)."""
    return as_maps(output, channels_last=layer.dimension == 3)


def maps_for(network: LoadedNetwork, layer: MapLayer, pixels: Pixels) -> NDArray[np.float32]:
    """Return what that layer makes of one digit, (C, h, w).

    Args:
        network: any network.
        layer: from `map_layers`.
        pixels: uint8, (1, 28, 28).
    """
    model = network.copy().model
    with evaluating(model), recording(model, [layer.name]) as outputs:
        model(network.input(pixels))
    found: NDArray[np.float32] = maps_of(layer, outputs[layer.name])[0].contiguous().numpy()
    return found


def _dimension(
    module: nn.Module, output: Tensor, row: Architecture, tokens: set[int]
) -> int | None:
    """Return where the channels lie; None where they are no maps of the two examples."""
    if isinstance(module, _NO_MAPS) or len(output) != 2:
        return None
    if output.dim() == 3:
        return 2 if output.shape[1] in tokens else None
    if output.dim() != 4:
        return None
    if isinstance(module, _CHANNELS_FIRST):
        return 1
    if row.channels_last:
        return 3
    return None if isinstance(module, _CHANNELS_LAST) else 1


def _describe(name: str, module: nn.Module, output: Tensor, dimension: int, role: str) -> MapLayer:
    maps = as_maps(output, channels_last=dimension == 3)
    layer = MapLayer(
        name=name,
        kind=type(module).__name__,
        role=role,
        channels=maps.shape[1],
        grid=(maps.shape[2], maps.shape[3]),
        dimension=dimension,
    )
    if not isinstance(module, nn.Conv2d):
        return layer
    _, sources, height, width = module.weight.shape
    kernels = {"kernel": (height, width), "sources": sources}
    return MapLayer(**{**vars(layer), **kernels})
