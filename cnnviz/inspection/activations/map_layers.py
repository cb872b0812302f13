"""The layers of a network whose output is feature maps, and their maps for digits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.partial_forward import BATCH, channels_last, only_until
from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording, recording_runs
from cnnviz.models.inference import evaluating
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork

_NO_MAPS = (nn.Dropout, nn.Flatten, nn.Unfold)  # no output of their own, or columns of patches


@dataclass(frozen=True)
class MapLayer:
    """One layer whose output is feature maps.

    Attributes:
        name: dotted name.
        kind: class of the module.
        role: "early", "middle" or "late" if the row of the catalog names it; otherwise "".
        channels: number of maps.
        grid: rows and columns of a map.
        dimension: of the output's channels: 1 for maps (N, C, H, W), 3 for maps (N, H, W, C), 2
            for tokens (N, T, C).
        kernel: rows and columns of a kernel; None unless the layer is a convolution.
        sources: number of input channels of each filter; 0 without kernels.
    """

    name: str
    kind: str
    role: str
    channels: int
    grid: tuple[int, int]
    dimension: int
    kernel: tuple[int, int] | None = None
    sources: int = 0

    def maps(self, output: Tensor) -> Tensor:
        """Return an output of this layer as maps (N, C, h, w)."""
        return as_maps(output, nhwc=self.dimension == 3)


def map_layers(network: LoadedNetwork) -> tuple[MapLayer, ...]:
    """Return the layers of a network whose output is maps, in the order of execution.

    These are innermost layers and the three that the row names. Tokens count as maps if they are
    as many as those of one of these three.

    Args:
        network: any network.
    """
    network = network.copy()
    row, model = network.architecture, network.model
    roles = {name: role for role, name in row.layers_by_role.items()}
    watched = innermost_layers(model) | {name: model.get_submodule(name) for name in roles}
    x = torch.zeros(2, 1, row.input_size, row.input_size)  # two, to tell maps from windows
    with evaluating(model), recording_runs(model, watched) as runs:
        model(x)
    outputs = dict(runs)
    tokens = {outputs[name].shape[1] for name in roles if outputs[name].dim() == 3}
    layers = []
    for name, output in outputs.items():
        dimension = _dimension(network, name, output, tokens)
        if dimension is not None:
            layers.append(_describe(name, watched[name], output, dimension, roles.get(name, "")))
    return tuple(layers)


def feature_maps(network: LoadedNetwork, layer: MapLayer, image: Pixels) -> NDArray[np.float32]:
    """Return the maps of a layer for one image, float32, (C, h, w).

    Args:
        network: any network.
        layer: one of its `map_layers`.
        image: uint8, (1, 28, 28).
    """
    (maps,) = feature_maps_by_batch(network, layer, image[None])
    return np.asarray(maps[0].contiguous().numpy())  # (1, C, h, w) to (C, h, w)


def feature_maps_by_batch(
    network: LoadedNetwork, layer: MapLayer, pixels: Pixels
) -> Iterator[Tensor]:
    """Yield the maps of a layer, (n, C, h, w), without running the layers after it.

    Args:
        network: any network.
        layer: one of its `map_layers`.
        pixels: uint8, (N, 1, 28, 28).
    """
    many = len(pixels) > BATCH  # for one image a copy of the weights takes longer than it saves
    model = channels_last(network.model) if many else network.copy().model
    for batch in torch.split(torch.from_numpy(pixels), BATCH):
        with (
            evaluating(model),
            recording(model, [layer.name]) as outputs,
            only_until(model, layer.name),
        ):
            model(network.input(batch))
        yield layer.maps(outputs[layer.name])  # (n, C, h, w)


def _dimension(network: LoadedNetwork, layer: str, output: Tensor, tokens: set[int]) -> int | None:
    """Return the dimension of the channels; None if the output is not maps of both examples."""
    if isinstance(network.model.get_submodule(layer), _NO_MAPS) or len(output) != 2:
        return None
    if output.dim() == 3:
        return 2 if output.shape[1] in tokens else None
    if output.dim() != 4:
        return None
    if not network.nhwc(layer):
        return 1
    # otherwise pairs of tokens, as ConViT's positions have them
    return 3 if network.architecture.nhwc else None


def _describe(name: str, module: nn.Module, output: Tensor, dimension: int, role: str) -> MapLayer:
    maps = as_maps(output, nhwc=dimension == 3)  # (2, C, h, w)
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
    _, sources, height, width = module.weight.shape  # (F, C / groups, h, w)
    kernels = {"kernel": (height, width), "sources": sources}
    return MapLayer(**{**vars(layer), **kernels})
