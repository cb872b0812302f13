"""The filters of a first layer as one image."""

import math

import numpy as np

from cnnviz.data.mnist import Pixels

_SIDE, _GAP = 42, 4  # pixels: of an enlarged filter at least half, and between two filters


def filter_mosaic(filters: Pixels) -> Pixels:
    """Return filters side by side, enlarged, in about twice as many columns as rows.

    Args:
        filters: uint8, (C, h, w, 3).

    Returns:
        uint8, (H, W, 4); transparent between the filters.
    """
    count, height, width = filters.shape[:3]
    columns = math.ceil(math.sqrt(2 * count))
    scale = max(1, _SIDE // height)
    tall, wide = scale * height + _GAP, scale * width + _GAP  # of a cell
    mosaic = np.zeros((math.ceil(count / columns) * tall, columns * wide, 4), np.uint8)
    for i, picture in enumerate(filters):
        top, left = i // columns * tall, i % columns * wide
        cell = mosaic[top : top + scale * height, left : left + scale * width]  # a view to write to
        cell[..., :3] = picture.repeat(scale, axis=0).repeat(scale, axis=1)
        cell[..., 3] = 255
    return mosaic
