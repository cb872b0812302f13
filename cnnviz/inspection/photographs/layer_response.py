"""What a network with ImageNet's weights makes of a photograph."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import images
from cnnviz.data.photographs import Photograph, crop
from cnnviz.inspection.activations.forward_pass import FeatureMaps, ForwardPass, record
from cnnviz.inspection.photographs.image_features import Quality, nearest
from cnnviz.inspection.photographs.transformations import CHANGES, Maps, agreement
from cnnviz.models.catalogue.architecture import ROLES
from cnnviz.models.pretrained import Pretrained, categories

BEST = 5  # classes that a network's answer is judged by, since ImageNet's first challenge
FINE = 20  # units a side; on a coarser grid any object is as good as its color


@dataclass(frozen=True)
class Answer:
    """One of ImageNet's classes.

    Attributes:
        index: 0 to 999.
        name: in words.
        probability: 0 to 1.
    """

    index: int
    name: str
    probability: float


@dataclass(frozen=True, eq=False)
class LayerSight:
    """What one layer makes of a photograph.

    Attributes:
        maps: the layer's output.
        strongest: the channels, that with the value farthest from zero first.
        nearest: for each channel the simple quality of the photograph that it is most like; empty
            where the grid is too coarse to tell.
        agreement: by key of `CHANGES`, (C,): the correlation of each map with that of the changed
            photograph, laid over it.
    """

    maps: FeatureMaps
    strongest: tuple[int, ...]
    nearest: tuple[Quality, ...]
    agreement: Mapping[str, Maps]


@dataclass(frozen=True, eq=False)
class Sight:
    """What a network makes of a photograph.

    Attributes:
        pixels: uint8, (H, W, 3), what it receives.
        layers: those that were asked for, in that order.
        probabilities: float32, (1000,).
        best: the five most probable classes, the first one first.
    """

    pixels: Pixels
    layers: tuple[LayerSight, ...]
    probabilities: NDArray[np.float32]
    best: tuple[Answer, ...]


def look(
    model: nn.Module,
    row: Pretrained,
    photograph: Photograph,
    layers: Mapping[str, str] | None = None,
) -> Sight:
    """Send a photograph through a network, and changed copies of it to compare with.

    Args:
        model: the network of that row with its weights; it is not touched.
        row: how the network wants its input, and which layers to look into.
        photograph: of any size; its middle is what the network receives.
        layers: dotted names by role, for others than the row's early, middle and late.

    Raises:
        ValueError: if the network has no layer of a name, or its output has no maps.
    """
    names = layers or dict(zip(ROLES, (row.early, row.middle, row.late), strict=True))
    pixels = crop(photograph.pixels, row.crop)
    found = _pass(model, row, names, pixels)
    changed = {
        key: _pass(model, row, names, change.apply(pixels)).maps for key, change in CHANGES.items()
    }
    image = colors(pixels)[0]
    layers_seen = [
        _layer_sight(maps, {key: others[i] for key, others in changed.items()}, image)
        for i, maps in enumerate(found.maps)
    ]
    return Sight(pixels, tuple(layers_seen), found.probabilities, best(found.probabilities))


def colors(pixels: Pixels) -> Tensor:
    """Return pixels (H, W, 3) as one image (1, 3, H, W) in [0, 1]."""
    return images(torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None])


def received(pixels: Pixels, row: Pretrained) -> Tensor:
    """Return what the network receives for a crop: x, (1, 3, H, W), each color normalized."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (row.mean, row.std))
    return (colors(pixels) - mean) / std


def best(probabilities: NDArray[np.float32], count: int = BEST) -> tuple[Answer, ...]:
    """Return the most probable classes, the first one first."""
    names = categories()
    order = probabilities.argsort()[::-1][:count].tolist()
    return tuple(Answer(i, names[i], float(probabilities[i])) for i in order)


def filters(model: nn.Module) -> NDArray[np.float32] | None:
    """Return the filters of a network's first layer, (C, 3, H, W).

    None where no convolution comes first that sees the three colors together.
    """
    first = next((m for m in model.modules() if isinstance(m, nn.Conv2d)), None)
    if first is None or first.weight.shape[1] != 3:
        return None
    weight: NDArray[np.float32] = first.weight.detach().float().numpy()
    return weight


def filter_pictures(weights: NDArray[np.float32]) -> Pixels:
    """Return filters (C, 3, h, w) as pictures, (C, h, w, 3): zero is gray, each has its own scale.

    A color channel that is lighter than gray adds to the filter's answer, a darker one takes away.
    """
    limit = np.abs(weights).max(axis=(1, 2, 3), keepdims=True).clip(min=1e-12)
    shades: Pixels = np.rint((weights / limit + 1) * 127.5).astype(np.uint8)
    return shades.transpose(0, 2, 3, 1)


def _pass(
    model: nn.Module, row: Pretrained, names: Mapping[str, str], pixels: Pixels
) -> ForwardPass:
    return record(model, names, received(pixels, row), channels_last=row.channels_last)


def _layer_sight(
    maps: FeatureMaps, changed: Mapping[str, FeatureMaps], image: Tensor
) -> LayerSight:
    values = maps.values
    is_fine = min(values.shape[1:]) >= FINE
    return LayerSight(
        maps,
        strongest=tuple((-np.abs(values).max(axis=(1, 2))).argsort(kind="stable").tolist()),
        nearest=tuple(nearest(torch.from_numpy(values), image)) if is_fine else (),
        agreement={
            key: agreement(values, CHANGES[key].undo(others.values))
            for key, others in changed.items()
        },
    )
