"""Every layer's output for one digit in a few small maps."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.layer_activations import computing_layers
from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.trace import Size


@dataclass(frozen=True, eq=False)
class LayerThumbnails:
    """Some maps of one run of a layer.

    Attributes:
        layer: dotted name.
        run: number of earlier runs of the layer.
        kind: class of the module.
        shape: of the layer's output, without the batch.
        channels: indices of the maps shown, ascending; those with the largest magnitudes.
        maps: float32, (n, H, W), of these channels; of a vector all values, (1, 1, C).
        low, high: the smallest and the largest value of the whole output.
    """

    layer: str
    run: int
    kind: str
    shape: Size
    channels: tuple[int, ...]
    maps: NDArray[np.float32]
    low: float
    high: float


def layer_thumbnails(
    network: LoadedNetwork, image: Pixels, *, most: int = 12
) -> list[LayerThumbnails]:
    """Return small maps of every layer for one digit, in the order of execution.

    Outputs without maps of one image are left out, see `layer_activations`.

    Args:
        network: the network.
        image: uint8, (1, 28, 28).
        most: number of maps of one layer.
    """
    network = network.copy()
    model = network.model
    with torch.no_grad(), recording_runs(model, computing_layers(model)) as runs:
        model(network.input(image))
    thumbnails = []
    counts: Counter[str] = Counter()
    for name, output in runs:
        layout = network.layout(name, tuple(output.shape))
        if layout is not None:
            maps = layout.maps(output)[0].numpy()  # (C, h, w)
            kind = type(model.get_submodule(name)).__name__
            shape = tuple(output.shape[1:])
            thumbnails.append(_thumbnails(name, counts[name], kind, shape, maps, most))
        counts[name] += 1
    return thumbnails


def _thumbnails(
    layer: str, run: int, kind: str, shape: Size, maps: NDArray[np.float32], most: int
) -> LayerThumbnails:
    channels, height, width = maps.shape
    strongest = np.argsort(-np.abs(maps).max(axis=(1, 2)), kind="stable")[:most]
    chosen = np.sort(strongest)
    vector = height == width == 1
    return LayerThumbnails(
        layer=layer,
        run=run,
        kind=kind,
        shape=shape,
        channels=tuple(range(channels)) if vector else tuple(map(int, chosen)),
        maps=maps.reshape(1, 1, -1) if vector else np.ascontiguousarray(maps[chosen]),
        low=float(maps.min()),
        high=float(maps.max()),
    )
