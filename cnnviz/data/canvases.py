"""Several digits on one canvas, with a box around each: what a detector learns from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE as DIGIT
from cnnviz.data.mnist import Digits, Labels, Pixels, preview_indices

SIDE = 64  # of a canvas, in pixels
MAX_DIGITS = 3  # digits on a canvas
INK_LEVEL = 32  # level, of 255, from which a pixel is ink: the boxes are tight around these
MIN_SCALE = 0.8  # size of a digit, MNIST's own being 1
MAX_SCALES = (2.2, 1.6, 1.3)  # of one, two and three digits on a canvas
NO_DIGIT = -1  # label of a place that no digit takes
_FIELD = int(np.ceil(DIGIT * max(MAX_SCALES)))  # side in which a digit is scaled
MAX_TEST_CANVASES = 1_000  # canvases, at most
_TRIES = 16  # places tried for a digit before it is left out

Boxes = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Canvases:
    """Canvases and the digits on them.

    Attributes:
        images: uint8, (N, 1, 64, 64), white ink on black.
        labels: int64, (N, 3), 0 to 9; -1 where there is no such digit.
        boxes: float32, (N, 3, 4): the center's column and row, width and height of the ink, as
            shares of the canvas.
    """

    images: Pixels
    labels: Labels
    boxes: Boxes


def canvases(
    images: Pixels,
    labels: Labels,
    first: NDArray[np.integer],
    random: np.random.Generator,
    *,
    distort: Callable[[Pixels], Pixels] | None = None,
) -> Canvases:
    """Put one to three digits onto each canvas, none of whose boxes overlap.

    The number of digits, their sizes, their places and all digits but the first are drawn; a
    digit for which there is no room is left out.

    Args:
        images: uint8, (D, 1, 28, 28), the digits to choose from.
        labels: int64, (D,).
        first: (N,), index of the digit that each canvas has for sure.
        random: decides the rest.
        distort: changes the chosen digits, (M, 1, 28, 28), before they are scaled.
    """
    count = len(first)
    chosen = random.integers(len(labels), size=(count, MAX_DIGITS))
    chosen[:, 0] = first
    wanted = random.integers(1, MAX_DIGITS + 1, size=count)
    largest = np.repeat(np.take(MAX_SCALES, wanted - 1), MAX_DIGITS)
    sizes = random.uniform(MIN_SCALE, largest)  # (N * 3,)
    corners = random.random((_TRIES, count, MAX_DIGITS, 2))
    picked = images[chosen.ravel()]
    digits = _scaled((distort(picked) if distort else picked)[:, 0], sizes)
    ink = _ink(digits).reshape(count, MAX_DIGITS, 4)
    places = _places(ink[..., 2:], wanted, corners)  # (N, 3, 2)
    there = places[..., 0] >= 0
    boxes = np.concatenate([places + ink[..., 2:] / 2, ink[..., 2:]], axis=-1)[..., [1, 0, 3, 2]]
    return Canvases(
        _drawn(digits.reshape(count, MAX_DIGITS, _FIELD, _FIELD), places - ink[..., :2], there),
        np.where(there, labels[chosen], NO_DIGIT),
        np.where(there[..., None], boxes / SIDE, 0).astype(np.float32),
    )


def held_out_canvases(digits: Digits) -> Canvases:
    """Return the canvases to test on, always the same: each begins with another test digit."""
    count = len(digits.test_labels)
    every = np.arange(0, count, -(-count // MAX_TEST_CANVASES))
    return canvases(digits.test_images, digits.test_labels, every, np.random.default_rng(0))


def preview_canvases(digits: Digits) -> Canvases:
    """Return ten canvases of test digits, which a run shows live: one begins with each class."""
    first = preview_indices(digits)[::2]
    return canvases(digits.test_images, digits.test_labels, first, np.random.default_rng(0))


def _scaled(digits: Pixels, sizes: NDArray[np.float64]) -> Pixels:
    """Return digits (M, 28, 28) scaled by linear interpolation into (M, 62, 62)."""
    place = (np.arange(_FIELD) + 0.5) / sizes[:, None] - 0.5  # of each new pixel among the old
    weights = 1 - np.abs(place[:, :, None] - np.arange(DIGIT))
    weights = weights.clip(0).astype(np.float32)  # (M, 62, 28)
    scaled: Pixels = np.rint(weights @ digits @ weights.transpose(0, 2, 1)).astype(np.uint8)
    return scaled


def _ink(digits: Pixels) -> NDArray[np.int64]:
    """Return top, left, height and width of each digit's ink, (M, 4)."""
    dark = digits >= INK_LEVEL
    (top, bottom), (left, right) = _span(dark.max(axis=2)), _span(dark.max(axis=1))
    return np.stack([top, left, bottom - top, right - left], axis=1)


def _span(line: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each line (M, L) begins to be true, and where it has ended."""
    return line.argmax(axis=1), line.shape[1] - line[:, ::-1].argmax(axis=1)


def _places(
    sizes: NDArray[np.int64], wanted: NDArray[np.int64], corners: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the row and column of each box's corner, (N, 3, 2); -1 where there is no room."""
    rooms = np.floor(corners * (SIDE - sizes + 1)).astype(np.int64)  # (tries, N, 3, 2)
    places = np.full(sizes.shape, NO_DIGIT)
    for digit in range(MAX_DIGITS):
        for tried in rooms[:, :, digit]:
            open_ = (places[:, digit, 0] < 0) & (digit < wanted)
            for other in range(digit):
                apart = (tried >= places[:, other] + sizes[:, other]) | (
                    places[:, other] >= tried + sizes[:, digit]
                )
                open_ &= apart.any(axis=1) | (places[:, other, 0] < 0)
            places[open_, digit] = tried[open_]
    return places


def _drawn(digits: Pixels, corners: NDArray[np.int64], there: NDArray[np.bool_]) -> Pixels:
    """Lay the fields (N, 3, 62, 62) of those digits that are there onto canvases."""
    wide = SIDE + 2 * _FIELD  # a field may hang over the edge, its ink does not
    board = np.zeros((len(digits), wide, wide), np.uint8)
    field = np.arange(_FIELD)
    for digit in range(MAX_DIGITS):
        which = np.flatnonzero(there[:, digit])
        top, left = corners[which, digit].T + _FIELD
        where = (
            which[:, None, None],
            (top[:, None] + field)[:, :, None],
            (left[:, None] + field)[:, None, :],
        )
        board[where] = np.maximum(board[where], digits[which, digit])
    return board[:, None, _FIELD:-_FIELD, _FIELD:-_FIELD]
