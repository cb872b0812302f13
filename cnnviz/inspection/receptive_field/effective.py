"""Effective receptive fields: the gradient of a unit with respect to each pixel."""

import copy
import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import STD, Pixels
from cnnviz.models.catalog import Architecture
from cnnviz.models.hooks import recording_runs
from cnnviz.models.layers import layers_and_blocks
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.seeding import seeded

THRESHOLD = 0.0455  # of the largest value, as in the paper; a Gaussian's at 2.49 deviations


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """The effective receptive field of one unit.

    Attributes:
        layer: dotted name.
        unit: row and column on the layer's map.
        channel: of the layer; None for the sum over all.
        values: float32, (H, W), mean of |d unit / d pixel| over images and input channels.
        side: square root of the number of pixels above `THRESHOLD` of the largest value.
        half, most: side of the smallest square around the center of mass that contains 50 % and
            95 % of the sum; clipped at the border.
        count: number of images averaged over.
        kind: of those images, in words.
    """

    layer: str
    unit: tuple[int, int]
    channel: int | None
    values: NDArray[np.float32]
    side: float
    half: int
    most: int
    count: int
    kind: str


def effective_field(
    network: LoadedNetwork,
    x: Tensor,
    layer: str,
    *,
    unit: tuple[int, int] | None = None,
    channel: int | None = None,
    kind: str = "",
) -> EffectiveField:
    """Return the effective receptive field of one unit, averaged over images.

    Args:
        network: any network, trained or not; a copy of it runs.
        x: network input, (N, C, H, W).
        layer: dotted name of a layer whose output is maps or tokens.
        unit: row and column on its map; None for the center, (h // 2, w // 2).
        channel: of the layer; None for the gradient of the sum over all channels.
        kind: of the images, in words, for the result.

    Raises:
        ValueError: if the network has no such layer, unit or channel, or the layer's output is
            neither maps nor tokens of the images.

    Reference:
        Luo et al. 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural
        Networks", https://arxiv.org/abs/1701.04128; the squares follow Ding et al. 2022, "Scaling
        Up Your Kernels to 31x31", https://arxiv.org/abs/2203.06717
    """
    maps, x = _maps(network, x, layer)  # (N, C, h, w)
    channels, height, width = maps.shape[1:]
    row, column = unit or (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"unit of {layer!r} must lie in {height} × {width}, got {(row, column)}")
    if channel is not None and not 0 <= channel < channels:
        raise ValueError(f"channel of {layer!r} must be 0 to {channels - 1}, got {channel}")
    activations = maps[:, :, row, column]  # (N, C)
    # (H, W)
    values = _gradient_size(activations if channel is None else activations[:, channel], x)
    return EffectiveField(
        layer=layer,
        unit=(row, column),
        channel=channel,
        values=values,
        side=float(np.sqrt((values > THRESHOLD * values.max()).sum())),
        half=smallest_square(values, 0.5),
        most=smallest_square(values, 0.95),
        count=len(x),
        kind=kind,
    )


def untrained_fields(row: Architecture) -> dict[str, NDArray[np.float32]]:
    """Return the effective fields of the center units of a row's three layers, by layer.

    The network is untrained and the images are noise, so that the nonzero pixels are those the
    unit depends on at all.

    Args:
        row: of the catalog.

    Returns:
        Absolute gradients of the unit's absolute activation summed over channels, mean over eight
        images: float32, (H, W).
    """
    with seeded(0):
        network = LoadedNetwork(row.build().eval().requires_grad_(False), row)
        x = torch.rand(8, 1, row.input_size, row.input_size, requires_grad=True)
    with torch.enable_grad(), recording_runs(network.model, row.layers_by_role.values()) as runs:
        network.model(x)
    fields = {}
    for name, output in dict(runs).items():
        maps = network.maps(name, output)  # (8, C, h, w)
        center = maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2]  # (8, C)
        fields[name] = _gradient_size(center.abs(), x)
    return fields


def _gradient_size(activations: Tensor, x: Tensor) -> NDArray[np.float32]:
    """Return the absolute gradient of summed activations, mean over images x and channels, (H, W).

    The graph stays, so that other layers of the same forward pass can be derived.
    """
    (gradient,) = torch.autograd.grad(activations.sum(), x, retain_graph=True)  # (N, C, H, W)
    values: NDArray[np.float32] = gradient.abs().mean(dim=(0, 1)).numpy()  # (H, W)
    return values


def visible_share(field: NDArray[np.float32]) -> float:
    """Return the share of an input's pixels (H, W) that change a unit at all, 0 to 1."""
    return float((field > 0).mean())


def smallest_square(values: NDArray[np.float32], share: float) -> int:
    """Return the side of the smallest square around the center of mass with a share of the sum.

    Args:
        values: (H, W), non-negative; if all are zero the side is 0.
        share: of the sum, 0 to 1.
    """
    total = float(values.sum(dtype=np.float64))
    if total == 0:
        return 0
    center = [
        float((values.sum(axis=1 - axis, dtype=np.float64) * np.arange(n)).sum()) / total
        for axis, n in enumerate(values.shape)
    ]
    longest = int(max(values.shape))
    for side in range(1, 2 * longest):
        first = [math.floor(m - (side - 1) / 2 + 0.5) for m in center]
        top, left = (max(f, 0) for f in first)
        inside = values[top : max(first[0] + side, 0), left : max(first[1] + side, 0)]
        if inside.sum(dtype=np.float64) >= share * total * (1 - 1e-9):
            return min(side, longest)
    return longest


def perturbation_spread(
    network: LoadedNetwork,
    image: Pixels,
    pixel: tuple[int, int],
    change: float,
) -> dict[str, NDArray[np.float64]]:
    """Return how far the change of one pixel spreads through the layers.

    Computed in float64, in which rounding errors of a convolution's algorithm do not spread
    farther than the pixel's effect.

    Args:
        network: any network.
        image: uint8, (1, 28, 28).
        pixel: row and column on the network's input, which may have a border around the image.
        change: added to the pixel's brightness; 1 turns black into white.

    Returns:
        Absolute differences of every layer's maps, (h, w), mean over channels, by layer in the
        order of execution, first "" for the input. Layers without maps or tokens are left out.

    Raises:
        ValueError: if the input has no such pixel.
    """
    row, x = network.architecture, network.input(image).double()  # (1, 1, size, size)
    if not all(0 <= index < row.input_size for index in pixel):
        side = row.input_size
        raise ValueError(f"pixel must lie in the input of {side} × {side}, got {pixel}")
    changed = x.clone()  # (1, 1, H, W)
    changed[0, 0, pixel[0], pixel[1]] += change / STD
    exact = replace(network, model=copy.deepcopy(network.model).double().eval())
    before, after = (_all_maps(exact, v) for v in (x, changed))
    return {name: (after[name] - before[name]).abs().mean(dim=0).numpy() for name in before}


def changed_units(change: NDArray[np.float64]) -> tuple[int, int]:
    """Return how many units of a layer change at all, and how many it has.

    Args:
        change: (h, w), one of the maps of `perturbation_spread`.
    """
    return int(np.count_nonzero(change)), change.size


def _maps(network: LoadedNetwork, x: Tensor, layer: str) -> tuple[Tensor, Tensor]:
    """Return a layer's maps (N, C, h, w), and the input that they have a gradient for."""
    model = network.copy().model
    x = x.detach().clone().requires_grad_(True)
    with torch.enable_grad(), recording_runs(model, [layer]) as runs:
        model(x)
        outputs = [output for _, output in runs if len(output) == len(x)]
        shape = (1, *outputs[-1].shape[1:]) if outputs else ()  # the last run counts
        if layout := network.layout(layer, shape):
            return layout.maps(outputs[-1]), x
    shapes = " and ".join(str(tuple(output.shape)) for _, output in runs)
    raise ValueError(
        f"output of {layer!r} must be maps or tokens of {len(x)} images, "
        f"got {f'shape {shapes}' if shapes else 'no tensor'}"
    )


def _all_maps(network: LoadedNetwork, x: Tensor) -> dict[str, Tensor]:
    """Return the maps (C, h, w) of all layers for one example, first those of the input, ""."""
    maps = {"": x[0]}  # (C, H, W)
    names = layers_and_blocks(network.model)
    with torch.inference_mode(), recording_runs(network.model, names) as runs:
        network.model(x)
    for name, output in runs:
        if layout := network.layout(name, tuple(output.shape)):
            maps.pop(name, None)  # so that the last run counts, in the order of last runs
            maps[name] = layout.maps(output)[0]
    return maps
