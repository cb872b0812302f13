"""One forward pass of one image: feature maps of some layers, and class probabilities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.models.copies import shared_copy
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork, PretrainedNetwork


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """The feature maps of one layer for one image.

    Attributes:
        role: "early", "middle" or "late".
        layer: dotted name.
        kind: class of the module.
        values: float32, (C, H, W).
        likeness: float32, (C,), correlation of each map with the image's brightness on the same
            grid, -1 to 1, where a digit's ink is bright; 0 for a constant map.
    """

    role: str
    layer: str
    kind: str
    values: NDArray[np.float32]
    likeness: NDArray[np.float32]

    @property
    def silent(self) -> frozenset[int]:
        """Indices of the channels that are zero everywhere."""
        return frozenset(np.flatnonzero(~self.values.any(axis=(1, 2))).tolist())

    @property
    def peak(self) -> tuple[int, int, int]:
        """Channel, row and column of the largest absolute value."""
        index = np.unravel_index(int(np.abs(self.values).argmax()), self.values.shape)
        channel, row, column = map(int, index)
        return channel, row, column

    @property
    def most_alike(self) -> int:
        """Index of the channel with the largest absolute correlation with the image."""
        return int(np.abs(self.likeness).argmax())


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """Feature maps and class probabilities of one image.

    Attributes:
        maps: of the early, the middle and the late layer.
        probabilities: float32, (K,), the softmax of the logits.
    """

    maps: tuple[FeatureMaps, ...]
    probabilities: NDArray[np.float32]

    @property
    def ranking(self) -> list[int]:
        """All K classes, the most probable first; of equal ones the smaller number first."""
        return ranking(self.probabilities)


def ranking(probabilities: NDArray[np.float32]) -> list[int]:
    """Return all K classes, the most probable first; of equal ones the smaller number first."""
    return [int(digit) for digit in np.argsort(-probabilities, kind="stable")]


def forward_pass(network: LoadedNetwork, pixels: Pixels) -> ForwardPass:
    """Return the maps of a network's three layers and its probabilities for one digit.

    Args:
        network: any network.
        pixels: uint8, (1, 28, 28).
    """
    return record_forward_pass(network, network.input(pixels))


def record_forward_pass(
    network: LoadedNetwork | PretrainedNetwork,
    x: Tensor,
    names: Mapping[str, str] | None = None,
) -> ForwardPass:
    """Return the maps of some layers and the probabilities for one network input.

    Args:
        network: a classifier; a copy of it runs.
        x: one normalized image, (1, C, H, W).
        names: dotted names of the layers by role; None for the row's early, middle and late layer.

    Raises:
        ValueError: if the network has no layer of a name, or a layer's output is not spatial.
    """
    names = names or network.architecture.layers_by_role
    model = shared_copy(network.model)
    with evaluating(model), recording(model, names.values()) as outputs:
        logits = model(x)  # (1, K)
    maps = {
        name: network.maps(name, output)[0] for name, output in outputs.items()
    }  # (C, h, w) each
    brightness = x[0].mean(dim=0, keepdim=True)  # (1, H, W)
    layers = [
        FeatureMaps(
            role=role,
            layer=name,
            kind=type(model.get_submodule(name)).__name__,
            values=maps[name].contiguous().numpy(),
            likeness=likeness(maps[name], brightness).numpy(),
        )
        for role, name in names.items()
    ]
    return ForwardPass(tuple(layers), logits[0].softmax(dim=0).numpy())  # (K,)


def likeness(maps: Tensor, image: Tensor) -> Tensor:
    """Return the correlation of each map with an image averaged over the same grid, (C,).

    Args:
        maps: (C, H, W).
        image: (1, h, w).
    """
    ink = F.adaptive_avg_pool2d(image, (maps.shape[1], maps.shape[2])).flatten(1)  # (1, H * W)
    rows = torch.cat([ink, maps.flatten(1)])  # (1 + C, H * W)
    centered = F.normalize(rows - rows.mean(dim=1, keepdim=True), dim=1, eps=1e-6)  # (1 + C, H * W)
    return centered[1:] @ centered[0]  # (C,)
