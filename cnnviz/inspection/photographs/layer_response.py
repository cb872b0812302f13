"""Feature maps and predictions of an ImageNet network for one photograph."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import to_unit_range
from cnnviz.data.photographs import Photograph, resize_and_crop
from cnnviz.inspection.activations.forward_pass import FeatureMaps, ForwardPass, record_forward_pass
from cnnviz.inspection.photographs.image_features import FeatureMatch, best_matches
from cnnviz.inspection.photographs.transformations import CHANGES, Maps, agreement
from cnnviz.models.loaded_network import PretrainedNetwork
from cnnviz.models.pretrained import Pretrained, categories

BEST = 5  # predicted classes shown: ImageNet's top-5
FINE = 20  # units a side; on a coarser grid an object cannot be told from its color


@dataclass(frozen=True)
class ClassProbability:
    """One of ImageNet's classes, with its predicted probability.

    Attributes:
        index: 0 to 999.
        name: of the class, in English.
        probability: 0 to 1.
    """

    index: int
    name: str
    probability: float


@dataclass(frozen=True, eq=False)
class LayerResponse:
    """One layer's response to a photograph.

    Attributes:
        maps: the layer's output.
        strongest: the channels by their largest absolute value, descending.
        nearest: the image feature that each channel correlates with most; empty on a grid of less
            than `FINE` units a side.
        agreement: by key of `CHANGES`, (C,): correlation of each map with the map of the changed
            photograph, after the change is undone on the map.
    """

    maps: FeatureMaps
    strongest: tuple[int, ...]
    nearest: tuple[FeatureMatch, ...]
    agreement: Mapping[str, Maps]

    def median_agreement(self, change: str) -> float:
        """Return the median over the channels of the agreement with a changed photograph."""
        return float(np.median(self.agreement[change]))


@dataclass(frozen=True, eq=False)
class PhotographResponse:
    """A network's response to a photograph.

    Attributes:
        pixels: uint8, (H, W, 3), the crop that the network receives.
        layers: the requested layers' responses, in the requested order.
        probabilities: float32, (1000,).
        best: the five most probable classes, in descending order.
    """

    pixels: Pixels
    layers: tuple[LayerResponse, ...]
    probabilities: NDArray[np.float32]
    best: tuple[ClassProbability, ...]


def photograph_response(
    network: PretrainedNetwork,
    photograph: Photograph,
    layers: Mapping[str, str] | None = None,
) -> PhotographResponse:
    """Return a network's response to a photograph, and how it depends on simple changes to it.

    Args:
        network: a network with its weights; a copy of it runs.
        photograph: of any size; its center crop is what the network receives.
        layers: dotted names by role; None for the row's early, middle and late layer.

    Raises:
        ValueError: if the network has no layer of a name, or a layer's output is not spatial.
    """
    pixels = resize_and_crop(photograph.pixels, network.architecture.crop)  # (side, side, 3)
    original = _forward_pass(network, layers, pixels)
    changed = {
        key: _forward_pass(network, layers, change.apply(pixels)).maps
        for key, change in CHANGES.items()
    }
    image = color_image(pixels)[0]  # (3, H, W)
    responses = [
        _layer_response(maps, {key: others[i] for key, others in changed.items()}, image)
        for i, maps in enumerate(original.maps)
    ]
    probabilities = original.probabilities  # (K,)
    return PhotographResponse(pixels, tuple(responses), probabilities, most_probable(probabilities))


def color_image(pixels: Pixels) -> Tensor:
    """Return uint8 pixels (H, W, 3) as one image (1, 3, H, W) in [0, 1]."""
    return to_unit_range(torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None])


def normalized_crop(pixels: Pixels, row: Pretrained) -> Tensor:
    """Return a crop (H, W, 3) as network input (1, 3, H, W), each color normalized."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (row.mean, row.std))  # (3, 1, 1)
    return (color_image(pixels) - mean) / std  # (1, 3, H, W)


def most_probable(
    probabilities: NDArray[np.float32], count: int = BEST
) -> tuple[ClassProbability, ...]:
    """Return the `count` most probable classes in descending order, from probabilities (1000,)."""
    names = categories()
    order = probabilities.argsort()[::-1][:count].tolist()
    return tuple(ClassProbability(i, names[i], float(probabilities[i])) for i in order)


def color_filters(model: nn.Module) -> NDArray[np.float32] | None:
    """Return the filters of a network's first convolution, float32, (C, 3, h, w).

    None if there is no convolution, or the first does not read all three color channels.
    """
    first = next((m for m in model.modules() if isinstance(m, nn.Conv2d)), None)
    if first is None or first.weight.shape[1] != 3:
        return None
    weight: NDArray[np.float32] = first.weight.detach().float().numpy()  # (F, 3, kh, kw)
    return weight


def filter_pictures(weights: NDArray[np.float32]) -> Pixels:
    """Return filters (C, 3, h, w) as uint8 pictures (C, h, w, 3), each on its own scale.

    Zero is gray. A color lighter than gray has a positive weight, a darker one a negative weight.
    """
    limit = np.abs(weights).max(axis=(1, 2, 3), keepdims=True).clip(min=1e-12)  # (C, 1, 1, 1)
    shades: Pixels = np.rint((weights / limit + 1) * 127.5).astype(np.uint8)
    return shades.transpose(0, 2, 3, 1)  # (C, h, w, 3)


def _forward_pass(
    network: PretrainedNetwork, layers: Mapping[str, str] | None, pixels: Pixels
) -> ForwardPass:
    return record_forward_pass(network, normalized_crop(pixels, network.architecture), layers)


def _layer_response(
    maps: FeatureMaps, changed: Mapping[str, FeatureMaps], image: Tensor
) -> LayerResponse:
    values = maps.values  # (C, h, w)
    is_fine = min(values.shape[1:]) >= FINE
    return LayerResponse(
        maps,
        strongest=tuple((-np.abs(values).max(axis=(1, 2))).argsort(kind="stable").tolist()),
        nearest=tuple(best_matches(torch.from_numpy(values), image)) if is_fine else (),
        agreement={
            key: agreement(values, CHANGES[key].undo(others.values))
            for key, others in changed.items()
        },
    )
