"""The digits, and the positions on them, that activate each channel of a layer most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cnnviz.data.ink import padded
from cnnviz.data.mnist import Pixels
from cnnviz.inspection.activations.map_layers import MapLayer, feature_maps_by_batch
from cnnviz.models.loaded_network import LoadedNetwork

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class TopActivating:
    """The k digits that activate each channel of a layer most, in descending order.

    Attributes:
        layer: dotted name.
        digits: int64, (C, k), indices among the digits examined.
        values: float32, (C, k), the channel's maximum on that digit.
        rows, columns: int64, (C, k), position of the maximum; the first of several.
        constant: bool, (C,), whether the channel is constant over all digits and positions, so that
            its order means nothing.
        means: float32, (C,), the largest mean of the channel over its units for one digit.
        looked_at: number of digits examined.
    """

    layer: str
    digits: NDArray[np.int64]
    values: NDArray[np.float32]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    constant: NDArray[np.bool_]
    means: NDArray[np.float32]
    looked_at: int


def top_activating(
    network: LoadedNetwork, layer: MapLayer, pixels: Pixels, *, k: int = 8
) -> TopActivating:
    """Return the digits that activate each channel of a layer most, in one pass over them.

    Args:
        network: any network.
        layer: one of its `map_layers`.
        pixels: uint8, (N, 1, 28, 28).
        k: number of digits per channel, 1 to N.

    Raises:
        ValueError: if k is not 1 to N.
    """
    if not 1 <= k <= len(pixels):
        raise ValueError(f"k must be 1 to the {len(pixels)} digits, got {k}")
    peaks, units, means, minima = [], [], [], []  # (n, C), (n, C), (C,) and (C,) each
    for maps in feature_maps_by_batch(network, layer, pixels):
        values, positions = maps.flatten(2).max(dim=2)  # (n, C, h, w) to (n, C)
        peaks.append(values)
        units.append(positions)
        means.append(maps.mean(dim=(2, 3)).amax(dim=0))  # (C,)
        minima.append(maps.amin(dim=(0, 2, 3)))  # (C,)
    peak, unit = torch.cat(peaks), torch.cat(units)  # (N, C)
    order = peak.argsort(dim=0, descending=True, stable=True)[:k]  # (k, C)
    position = unit.gather(0, order).T.numpy()  # (C, k)
    constant = torch.stack(minima).amin(dim=0) == peak.amax(dim=0)  # (C,)
    return TopActivating(
        layer=layer.name,
        digits=order.T.numpy(),
        values=peak.gather(0, order).T.numpy(),  # (C, k)
        rows=position // layer.grid[1],
        columns=position % layer.grid[1],
        constant=constant.numpy(),
        means=torch.stack(means).amax(dim=0).numpy(),
        looked_at=len(pixels),
    )


def patch(image: Pixels, box: Box, *, size: int) -> Pixels:
    """Return the part of a digit in a unit's receptive field, uint8, (rows, columns) of the box.

    Args:
        image: uint8, (28, 28).
        box: first row, first column, last row and last column on the network's input, inclusive.
        size: side of that input, which pads the digit with black.
    """
    top, left, bottom, right = box
    return padded(image, size)[top : bottom + 1, left : right + 1]


def framed_patches(
    images: Sequence[Pixels], boxes: Sequence[Box], *, size: int
) -> NDArray[np.float32]:
    """Return the patches of digits in their boxes, from 0 to 1, on frames of one size.

    A box at the top or left border is smaller because the image ends there: its patch lies at the
    bottom or right of the frame.

    Args:
        images: uint8, (28, 28) each.
        boxes: of each image, as for `patch`.
        size: side of the network's input.

    Returns:
        float32, (N, rows, columns) of the largest box; NaN where a frame extends beyond its patch.
    """
    height = max(bottom - top for top, _, bottom, _ in boxes) + 1
    width = max(right - left for _, left, _, right in boxes) + 1
    frames = np.full((len(boxes), height, width), np.nan, np.float32)  # (N, rows, columns)
    for frame, image, box in zip(frames, images, boxes, strict=True):
        pixels = patch(image, box, size=size)  # (rows, columns) of this box
        first_row = height - pixels.shape[0] if box[0] == 0 else 0
        first_column = width - pixels.shape[1] if box[1] == 0 else 0
        rows, columns = pixels.shape
        frame[first_row : first_row + rows, first_column : first_column + columns] = pixels / 255
    return frames
