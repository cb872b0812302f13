"""Ink of any size, scaled and centered as an MNIST digit or placed on a canvas of several."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE, Pixels

BOX = 20  # longest side of the ink of an MNIST digit, in pixels


def crop_to_ink(ink: Pixels) -> Pixels:
    """Return the smallest rectangle that contains all ink; its shape is (0, 0) without ink.

    Raises:
        ValueError: if `ink` is not a two-dimensional uint8 array.
    """
    if ink.ndim != 2 or ink.dtype != np.uint8:
        raise ValueError(f"ink must be uint8 of shape (H, W), got {ink.dtype} of {ink.shape}")
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return ink[:0, :0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def center(ink: Pixels, *, box: int = BOX, side: int = SIDE) -> Pixels:
    """Return ink scaled and centered as in MNIST.

    The ink is cropped, scaled by area averaging until its longer side has `box` pixels, and shifted
    by whole pixels until its center of mass is in the middle: in MNIST it is on average at row
    13.99 and column 14.00. Ink that would cross an edge of the image stops there. The brightest
    pixel becomes 255, as in every MNIST digit to within one level, so that ink of a thin pen is as
    bright as that of a thick one.

    Args:
        ink: uint8, (H, W) of any size, white on black.
        box: longer side of the scaled ink in pixels.
        side: of the image in pixels.

    Returns:
        uint8, (side, side); all zero if there is no ink. With the defaults, an MNIST digit is
        returned unchanged to within one level.

    Raises:
        ValueError: if `ink` is not a two-dimensional uint8 array, or `box` is not 1 to `side`.

    Reference:
        LeCun, Cortes, Burges, "The MNIST database of handwritten digits",
        http://yann.lecun.com/exdb/mnist/
    """
    if not 1 <= box <= side:
        raise ValueError(f"box must be 1 to {side} pixels, got {box}")
    image = np.zeros((side, side), np.uint8)
    cropped = crop_to_ink(ink)  # (h, w)
    if not cropped.size:
        return image
    scale = box / max(cropped.shape)
    height, width = (max(1, round(side * scale)) for side in cropped.shape)
    scaled = _resample(cropped.shape[0], height) @ cropped @ _resample(cropped.shape[1], width).T
    scaled *= 255 / scaled.max()  # averaging dims thin strokes
    top, left = (_offset(scaled.sum(axis=axis), side) for axis in (1, 0))
    image[top : top + height, left : left + width] = np.rint(scaled)
    return image


def padded(digit: Pixels, side: int) -> Pixels:
    """Return a digit in the middle of a larger black square, as `normalize` pads it.

    Args:
        digit: uint8, (H, H).
        side: of the square in pixels.

    Returns:
        uint8, (side, side).
    """
    before = (side - len(digit)) // 2
    return np.pad(digit, (before, side - len(digit) - before))


def place_on_canvas(ink: Pixels, place: Sequence[float], *, side: int) -> Pixels:
    """Return a canvas with ink at a position, scaled by area averaging.

    Args:
        ink: uint8, (H, W) of any size, white on black.
        place: its left, top, width and height as fractions of the canvas.
        side: of the canvas in pixels.

    Returns:
        uint8, (side, side); ink outside the canvas is cut off.
    """
    canvas = np.zeros((side, side), np.uint8)
    if not ink.size:
        return canvas
    left, top, width, height = (fraction * side for fraction in place)  # in pixels
    rows = _resample(ink.shape[0], max(1, round(height)))  # (h, H)
    columns = _resample(ink.shape[1], max(1, round(width)))  # (w, W)
    y, x = max(0, round(top)), max(0, round(left))
    target = canvas[y : y + len(rows), x : x + len(columns)]
    target[:] = np.rint(rows @ ink @ columns.T)[: target.shape[0], : target.shape[1]]
    return canvas


def _resample(old: int, new: int) -> NDArray[np.float64]:
    """Return weights (new, old) that average the old pixels covered by each new pixel."""
    edges = np.linspace(0, old, new + 1)[:, None]  # (new + 1, 1)
    pixels = np.arange(old)  # (old,)
    overlap = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)  # (new, old)
    return overlap.clip(0) * new / old  # (new, old), rows sum to 1


def _offset(mass: NDArray[np.float64], side: int) -> int:
    """Return the first row (or column) of the scaled ink in the image, from the ink in each."""
    mean = (mass * np.arange(mass.size)).sum() / mass.sum()  # pixels
    return int(np.clip(np.floor(side // 2 - mean + 0.5), 0, side - mass.size))
