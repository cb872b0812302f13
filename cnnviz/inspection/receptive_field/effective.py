"""What a unit really listens to: how much each pixel changes it."""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import STD, Pixels
from cnnviz.models.catalogue import Architecture
from cnnviz.models.copies import shared_copy
from cnnviz.models.feature_maps import as_maps, layout_of
from cnnviz.models.hooks import recording_runs
from cnnviz.models.layers import layers_and_blocks
from cnnviz.models.loaded_network import LoadedNetwork

THRESHOLD = 1 - 0.9545  # of the largest value: what lies within two deviations of a Gaussian


@dataclass(frozen=True, eq=False)
class EffectiveField:
    """How much each pixel changes one unit.

    Attributes:
        layer: dotted name.
        unit: row and column on the layer's map.
        channel: of the layer; None for the sum over all.
        values: float32, (H, W), mean of |d unit / d pixel| over images and input channels.
        side: square root of the number of pixels above `THRESHOLD` of the largest value.
        half, most: side of the smallest square around the center of mass that holds 50 % and 95 %
            of all; clipped at the border.
        count: images that the mean is taken over.
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
    model: nn.Module,
    x: Tensor,
    layer: str,
    *,
    unit: tuple[int, int] | None = None,
    channel: int | None = None,
    channels_last: bool = False,
    kind: str = "",
) -> EffectiveField:
    """Return how much each pixel changes one unit, over several images at once.

    Args:
        model: any network, trained or not; other threads may use it meanwhile.
        x: what it receives, (N, C, H, W).
        layer: dotted name of a layer that puts out maps or tokens.
        unit: row and column on its map; None for the center, (h // 2, w // 2).
        channel: of the layer; None adds all of them up before the gradient is taken.
        channels_last: whether four-dimensional outputs have their channels at the end.
        kind: of the images, in words, to be kept with the result.

    Raises:
        ValueError: if the network has no such layer, unit or channel, or the layer puts out neither
            maps nor tokens of the images.

    Reference:
        Luo et al. 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural
        Networks", https://arxiv.org/abs/1701.04128; the squares follow Ding et al. 2022, "Scaling
        Up Your Kernels to 31x31", https://arxiv.org/abs/2203.06717
    """
    maps, gradient_of = _maps(model, x, layer, channels_last=channels_last)  # (N, C, h, w)
    channels, height, width = maps.shape[1:]
    row, column = unit or (height // 2, width // 2)
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"no unit {(row, column)}: {layer!r} has {height} × {width}")
    if channel is not None and not 0 <= channel < channels:
        raise ValueError(f"no channel {channel}: {layer!r} has {channels}")
    at = maps[:, :, row, column]
    answer = at.sum() if channel is None else at[:, channel].sum()
    (slope,) = torch.autograd.grad(answer, gradient_of)
    values = slope.abs().mean(dim=(0, 1)).numpy()
    return EffectiveField(
        layer=layer,
        unit=(row, column),
        channel=channel,
        values=values,
        side=float(np.sqrt((values > THRESHOLD * values.max()).sum())),
        half=square(values, 0.5),
        most=square(values, 0.95),
        count=len(x),
        kind=kind,
    )


def untrained_fields(row: Architecture) -> dict[str, NDArray[np.float32]]:
    """Return how much each pixel changes the center units of a row's three layers, by layer.

    The network is untrained and looks at noise, so that what is nonzero is what it can see.

    Returns:
        fields: float32, (H, W), gradient of the unit's absolute values, summed over its channels,
            in size, mean over eight images.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = row.build().eval().requires_grad_(False)
        x = torch.rand(8, 1, row.input_size, row.input_size, requires_grad=True)
    with torch.enable_grad(), recording_runs(model, row.layers_by_role.values()) as runs:
        model(x)
    fields = {}
    for name, output in dict(runs).items():
        maps = as_maps(output, channels_last=row.channels_last)  # (8, C, h, w)
        unit = maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2].abs().sum()
        (gradient,) = torch.autograd.grad(unit, x, retain_graph=True)
        fields[name] = gradient.abs().mean(dim=(0, 1)).numpy()  # (H, W)
    return fields


def visible_share(field: NDArray[np.float32]) -> float:
    """Return the share of an input's pixels (H, W) that change a unit at all, 0 to 1."""
    return float((field > 0).mean())


def square(values: NDArray[np.float32], share: float) -> int:
    """Return the side of the smallest square around the center of mass that holds a share of all.

    Args:
        values: (H, W), none negative; where all are zero the side is 0.
        share: 0 to 1.
    """
    total = float(values.sum(dtype=np.float64))
    if total == 0:
        return 0
    middle = [
        float((values.sum(axis=1 - axis, dtype=np.float64) * np.arange(n)).sum()) / total
        for axis, n in enumerate(values.shape)
    ]
    longest = int(max(values.shape))
    for side in range(1, 2 * longest):
        first = [math.floor(m - (side - 1) / 2 + 0.5) for m in middle]
        top, left = (max(f, 0) for f in first)
        held = values[top : max(first[0] + side, 0), left : max(first[1] + side, 0)]
        if held.sum(dtype=np.float64) >= share * total * (1 - 1e-9):
            return min(side, longest)
    return longest


def difference(
    network: LoadedNetwork,
    image: Pixels,
    pixel: tuple[int, int],
    change: float,
) -> dict[str, NDArray[np.float64]]:
    """Return how far one changed pixel spreads: |difference| of every layer's map.

    It is computed in float64, where a convolution's algorithm does not let rounding reach farther
    than the pixel does.

    Args:
        network: any network.
        image: uint8, (1, 28, 28).
        pixel: row and column on the network's input, which may have a border around the image.
        change: what is added to the pixel's brightness; 1 takes black to white.

    Returns:
        spread: by layer, in the order in which they run, "" for the input first: (h, w), mean over
            the channels. Layers that put out neither maps nor tokens are left out.

    Raises:
        ValueError: if the input has no such pixel.
    """
    row, x = network.architecture, network.input(image).double()
    if not all(0 <= place < row.input_size for place in pixel):
        raise ValueError(f"no pixel {pixel}: the input has {row.input_size} × {row.input_size}")
    changed = x.clone()
    changed[0, 0, pixel[0], pixel[1]] += change / STD
    own = copy.deepcopy(network.model).double().eval()
    before, after = (_all_maps(own, v, channels_last=row.channels_last) for v in (x, changed))
    return {name: (after[name] - before[name]).abs().mean(dim=0).numpy() for name in before}


def _maps(model: nn.Module, x: Tensor, layer: str, *, channels_last: bool) -> tuple[Tensor, Tensor]:
    """Return a layer's maps (N, C, h, w), and the input to derive them by."""
    model = shared_copy(model).eval()
    x = x.detach().clone().requires_grad_(True)
    with torch.enable_grad(), recording_runs(model, [layer]) as runs:
        model(x)
        outputs = [output for _, output in runs if len(output) == len(x)]
        if outputs:  # the last run counts
            module, shape = model.get_submodule(layer), (1, *outputs[-1].shape[1:])
            if layout := layout_of(module, shape, channels_last=channels_last):
                return layout.maps(outputs[-1]), x
    raise ValueError(f"layer {layer!r} puts out no maps and no tokens of the images")


def _all_maps(model: nn.Module, x: Tensor, *, channels_last: bool) -> dict[str, Tensor]:
    """Return the maps (C, h, w) of all layers for one example, the input's first."""
    found = {"": x[0]}
    with torch.inference_mode(), recording_runs(model, layers_and_blocks(model)) as runs:
        model(x)
    for name, output in runs:
        module, shape = model.get_submodule(name), tuple(output.shape)
        if layout := layout_of(module, shape, channels_last=channels_last):
            found.pop(name, None)  # so that the last run counts, in its place
            found[name] = layout.maps(output)[0]
    return found
