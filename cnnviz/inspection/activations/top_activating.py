"""The real digits, and the places on them, that excite each channel of a layer most."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.map_layers import MapLayer, feature_maps_by_batch
from cnnviz.models.loaded_network import LoadedNetwork

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Exciting:
    """Which digits excite the channels of one layer most, strongest first.

    Attributes:
        layer: dotted name.
        digits: int64, (C, k), places in the digits that were looked at.
        values: float32, (C, k), the channel's largest value on that digit.
        rows, columns: int64, (C, k), the unit that has it; the first of several.
        constant: bool, (C,), channels that put out one and the same value everywhere: what is
            said of them means nothing.
        means: float32, (C,), the largest mean of each channel over its units for one digit.
        looked_at: how many digits.
    """

    layer: str
    digits: NDArray[np.int64]
    values: NDArray[np.float32]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    constant: NDArray[np.bool_]
    means: NDArray[np.float32]
    looked_at: int


def exciting(network: LoadedNetwork, layer: MapLayer, pixels: Pixels, *, k: int = 8) -> Exciting:
    """Return the digits that excite each channel of a layer most, in one pass over them.

    Args:
        network: any network.
        layer: which of its layers.
        pixels: uint8, (N, 1, 28, 28).
        k: how many digits per channel, at most N.

    Raises:
        ValueError: if there are fewer than k digits.
    """
    if not 1 <= k <= len(pixels):
        raise ValueError(f"{k} of {len(pixels)} digits cannot be chosen")
    peaks, places, means, least = [], [], [], []  # (n, C), (n, C), (C,) and (C,)
    for maps in feature_maps_by_batch(network, layer, pixels):
        values, units = maps.flatten(2).max(dim=2)
        peaks.append(values)
        places.append(units)
        means.append(maps.mean(dim=(2, 3)).amax(dim=0))
        least.append(maps.amin(dim=(0, 2, 3)))
    peak, place = torch.cat(peaks), torch.cat(places)
    order = peak.argsort(dim=0, descending=True, stable=True)[:k]  # (k, C)
    at = place.gather(0, order).T.numpy()
    constant = torch.stack(least).amin(dim=0) == peak.amax(dim=0)
    return Exciting(
        layer=layer.name,
        digits=order.T.numpy(),
        values=peak.gather(0, order).T.numpy(),
        rows=at // layer.grid[1],
        columns=at % layer.grid[1],
        constant=constant.numpy(),
        means=torch.stack(means).amax(dim=0).numpy(),
        looked_at=len(pixels),
    )


def patch(image: Pixels, box: Box, *, size: int) -> Pixels:
    """Cut what a unit sees out of a digit.

    Args:
        image: uint8, (28, 28).
        box: first row, first column, last row and last column on the network's input, inclusive.
        size: side of that input; what is more than the digit is padded with black.

    Returns:
        (rows, columns) of the box.
    """
    margin = size - len(image)
    before = margin // 2
    padded = np.pad(image, (before, margin - before))
    top, left, bottom, right = box
    return padded[top : bottom + 1, left : right + 1]
