"""Canvases with several digits and a bounding box around each, to train and test detectors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE as DIGIT
from cnnviz.data.mnist import Digits, Labels, Pixels, first_indices

CANVAS_SIDE = 64  # of a canvas, in pixels
MAX_DIGITS = 3  # on a canvas
INK_LEVEL = 32  # of 255, from which a pixel is ink; boxes are tight around these pixels
MIN_SCALE = 0.8  # of a digit; 1 is its size in MNIST
MAX_SCALES = (2.2, 1.6, 1.3)  # for one, two and three digits on a canvas
NO_DIGIT = -1  # label that stands for no digit
_FIELD = int(np.ceil(DIGIT * max(MAX_SCALES)))  # side of the image of a scaled digit, 62
MAX_TEST_CANVASES = 1_000
_TRIES = 16  # positions tried for a digit before it is left out

Boxes = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Canvases:
    """Canvases, and the class and bounding box of each digit on them.

    Attributes:
        images: uint8, (N, 1, 64, 64), white ink on black.
        labels: int64, (N, 3), 0 to 9; -1 for no digit.
        boxes: float32, (N, 3, 4): column and row of the center, width and height of the ink, as
            fractions of the canvas.
    """

    images: Pixels
    labels: Labels
    boxes: Boxes

    @property
    def first_full(self) -> int:
        """Index of the first canvas with three digits; 0 if there is none."""
        return int((self.labels != NO_DIGIT).all(axis=1).argmax())

    def digits(self, index: int) -> list[int]:
        """Return the digits on a canvas from left to right."""
        order = self.boxes[index, :, 0].argsort(kind="stable")  # by column of the center
        return [int(label) for label in self.labels[index][order] if label != NO_DIGIT]


def canvases(
    images: Pixels,
    labels: Labels,
    first: NDArray[np.integer],
    random: np.random.Generator,
    *,
    distort: Callable[[Pixels], Pixels] | None = None,
) -> Canvases:
    """Return canvases of one to three digits each, whose boxes do not overlap.

    The number of digits, their sizes, their positions and all digits but the first are drawn at
    random; a digit that finds no free position is left out.

    Args:
        images: uint8, (D, 1, 28, 28), the digits to choose from.
        labels: int64, (D,), their classes.
        first: (N,), index of the digit that each canvas certainly contains.
        random: source of all random numbers.
        distort: takes and returns the chosen digits, (M, 1, 28, 28), before they are scaled.
    """
    count = len(first)
    chosen = random.integers(len(labels), size=(count, MAX_DIGITS))  # (N, 3)
    chosen[:, 0] = first
    wanted = random.integers(1, MAX_DIGITS + 1, size=count)  # (N,)
    max_scales = np.repeat(np.take(MAX_SCALES, wanted - 1), MAX_DIGITS)  # (N * 3,)
    scales = random.uniform(MIN_SCALE, max_scales)  # (N * 3,)
    candidates = random.random((_TRIES, count, MAX_DIGITS, 2))  # positions as fractions
    digits = images[chosen.ravel()]  # (N * 3, 1, 28, 28)
    scaled = _scaled((distort(digits) if distort else digits)[:, 0], scales)  # (N * 3, 62, 62)
    ink = _ink_boxes(scaled).reshape(count, MAX_DIGITS, 4)  # (N, 3, 4)
    corners = _free_corners(ink[..., 2:], wanted, candidates)  # (N, 3, 2)
    placed = corners[..., 0] >= 0  # (N, 3)
    boxes = np.concatenate([corners + ink[..., 2:] / 2, ink[..., 2:]], axis=-1)  # (N, 3, 4)
    boxes = boxes[..., [1, 0, 3, 2]]  # columns before rows
    scaled = scaled.reshape(count, MAX_DIGITS, _FIELD, _FIELD)  # (N, 3, 62, 62)
    return Canvases(
        _drawn(scaled, corners - ink[..., :2], placed),
        np.where(placed, labels[chosen], NO_DIGIT),
        np.where(placed[..., None], boxes / CANVAS_SIDE, 0).astype(np.float32),
    )


def held_out_canvases(digits: Digits) -> Canvases:
    """Return the canvases to test on, the same in every call: each with another test digit."""
    count = len(digits.test_labels)
    first = np.arange(0, count, -(-count // MAX_TEST_CANVASES))  # evenly spaced
    return canvases(digits.test_images, digits.test_labels, first, np.random.default_rng(0))


def preview_canvases(digits: Digits) -> Canvases:
    """Return the ten canvases of test digits that a run previews: one with each class."""
    first = first_indices(digits, 1)
    return canvases(digits.test_images, digits.test_labels, first, np.random.default_rng(0))


def _scaled(digits: Pixels, scales: NDArray[np.float64]) -> Pixels:
    """Return digits (M, 28, 28) scaled by linear interpolation into (M, 62, 62)."""
    positions = (np.arange(_FIELD) + 0.5) / scales[:, None] - 0.5  # (M, 62), in the old image
    weights = 1 - np.abs(positions[:, :, None] - np.arange(DIGIT))  # (M, 62, 28)
    weights = weights.clip(0).astype(np.float32)  # (M, 62, 28)
    scaled: Pixels = np.rint(weights @ digits @ weights.transpose(0, 2, 1)).astype(np.uint8)
    return scaled


def _ink_boxes(digits: Pixels) -> NDArray[np.int64]:
    """Return top, left, height and width of each digit's ink, (M, 4)."""
    ink = digits >= INK_LEVEL  # (M, 62, 62)
    (top, bottom), (left, right) = _span(ink.max(axis=2)), _span(ink.max(axis=1))  # (M,) each
    return np.stack([top, left, bottom - top, right - left], axis=1)  # (M, 4)


def _span(lines: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first true index of each line (M, L), and the one after the last, (M,) each."""
    return lines.argmax(axis=1), lines.shape[1] - lines[:, ::-1].argmax(axis=1)


def _free_corners(
    sizes: NDArray[np.int64], wanted: NDArray[np.int64], candidates: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the row and column of each box's corner, (N, 3, 2); -1 where none is free.

    Args:
        sizes: height and width of each box in pixels, (N, 3, 2).
        wanted: number of digits of each canvas, (N,).
        candidates: positions to try, as fractions of the room there is, (tries, N, 3, 2).
    """
    # (tries, N, 3, 2)
    positions = np.floor(candidates * (CANVAS_SIDE - sizes + 1)).astype(np.int64)
    corners = np.full(sizes.shape, -1)  # (N, 3, 2)
    for digit in range(MAX_DIGITS):
        for position in positions[:, :, digit]:  # (N, 2)
            free = (corners[:, digit, 0] < 0) & (digit < wanted)  # (N,)
            for other in range(digit):
                apart = (position >= corners[:, other] + sizes[:, other]) | (
                    corners[:, other] >= position + sizes[:, digit]
                )
                # (N,); two boxes apart in rows or in columns do not overlap
                free &= apart.any(axis=1) | (corners[:, other, 0] < 0)
            corners[free, digit] = position[free]
    return corners


def _drawn(digits: Pixels, corners: NDArray[np.int64], placed: NDArray[np.bool_]) -> Pixels:
    """Return canvases, (N, 1, 64, 64), with the placed ones of the digits, (N, 3, 62, 62)."""
    width = CANVAS_SIDE + 2 * _FIELD  # a digit's image may cross the edge, its ink does not
    canvas = np.zeros((len(digits), width, width), np.uint8)
    pixels = np.arange(_FIELD)
    for digit in range(MAX_DIGITS):
        indices = np.flatnonzero(placed[:, digit])  # (n,), canvases with this digit
        top, left = corners[indices, digit].T + _FIELD  # (n,) each
        target = (
            indices[:, None, None],
            (top[:, None] + pixels)[:, :, None],
            (left[:, None] + pixels)[:, None, :],
        )
        canvas[target] = np.maximum(canvas[target], digits[indices, digit])
    return canvas[:, None, _FIELD:-_FIELD, _FIELD:-_FIELD]  # (N, 1, 64, 64)
