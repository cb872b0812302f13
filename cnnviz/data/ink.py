"""From ink of any size to the 28x28 pixels of an MNIST digit, or onto a canvas of several."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE, Pixels

BOX = 20  # longest side of the ink of an MNIST digit, in pixels


def crop_to_ink(ink: Pixels) -> Pixels:
    """Return the smallest rectangle that holds all ink: (0, 0) pixels if there is none.

    Raises:
        ValueError: if `ink` is not a two-dimensional uint8 array.
    """
    if ink.ndim != 2 or ink.dtype != np.uint8:
        raise ValueError(f"ink must be uint8 of shape (H, W), not {ink.dtype} of {ink.shape}")
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def center(ink: Pixels, *, box: int = BOX, side: int = SIDE) -> Pixels:
    """Return ink as MNIST would hold it, or larger, or on a larger field.

    The ink is cropped, scaled so that its longer side takes 20 pixels, each pixel being the mean
    of the area it covers, and moved by whole pixels until its center of mass lies in the middle:
    in MNIST it is on average at row 13.99 and column 14.00.
    The brightest pixel becomes 255, as it is, to a level, in each MNIST digit; so a thin pen
    counts as much as a thick one. Ink that would leave the field on one side stops at its edge.

    Args:
        ink: uint8, (H, W) of any size, white on black.
        box: pixels that the longer side of the ink takes.
        side: of the field in pixels.

    Returns:
        uint8, (side, side); all zero if there is no ink. An MNIST digit comes back as it is, to a
        level, from the usual box and side.

    Raises:
        ValueError: if `ink` is not a two-dimensional uint8 array, or the box has no room.

    Reference:
        LeCun, Cortes, Burges, "The MNIST database of handwritten digits",
        http://yann.lecun.com/exdb/mnist/
    """
    if not 1 <= box <= side:
        raise ValueError(f"ink of {box} pixels does not fit a field of {side}: choose 1 to {side}")
    field = np.zeros((side, side), np.uint8)
    cropped = crop_to_ink(ink)
    if not cropped.size:
        return field
    scale = box / max(cropped.shape)
    height, width = (max(1, round(side * scale)) for side in cropped.shape)
    scaled = _resample(cropped.shape[0], height) @ cropped @ _resample(cropped.shape[1], width).T
    scaled *= 255 / scaled.max()
    top, left = (_offset(scaled.sum(axis=axis), side) for axis in (1, 0))
    field[top : top + height, left : left + width] = np.rint(scaled)
    return field


def padded(digit: Pixels, side: int) -> Pixels:
    """Return a digit on a larger black square, where `normalization.normalize` puts it.

    Args:
        digit: uint8, (H, H).
        side: of the square in pixels.

    Returns:
        uint8, (side, side).
    """
    before = (side - len(digit)) // 2
    return np.pad(digit, (before, side - len(digit) - before))


def place_on_canvas(ink: Pixels, place: Sequence[float], *, side: int) -> Pixels:
    """Return ink at its place on a canvas, each pixel being the mean of the area it covers.

    Args:
        ink: uint8, (H, W) of any size, white on black.
        place: its left, top, width and height as shares of the canvas.
        side: of the canvas in pixels.

    Returns:
        uint8, (side, side); ink outside the canvas is cut off.
    """
    canvas = np.zeros((side, side), np.uint8)
    if not ink.size:
        return canvas
    left, top, width, height = (share * side for share in place)
    rows = _resample(ink.shape[0], max(1, round(height)))
    columns = _resample(ink.shape[1], max(1, round(width)))
    y, x = max(0, round(top)), max(0, round(left))
    room = canvas[y : y + len(rows), x : x + len(columns)]
    room[:] = np.rint(rows @ ink @ columns.T)[: room.shape[0], : room.shape[1]]
    return canvas


def _resample(old: int, new: int) -> NDArray[np.float64]:
    """Return weights (new, old) that average each new pixel over the area it covers."""
    edges = np.linspace(0, old, new + 1)[:, None]
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return overlap.clip(0) * new / old


def _offset(mass: NDArray[np.float64], side: int) -> int:
    """Return where the first row (or column) of a field goes, from the ink in each."""
    mean = (mass * np.arange(mass.size)).sum() / mass.sum()
    return int(np.clip(np.floor(side // 2 - mean + 0.5), 0, side - mass.size))
