"""Reject images that do not look like digits, which a classifier of ten classes cannot do."""

import functools

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE, Pixels, load_digits

ORIENTATIONS = 8
CELL = 4  # side in pixels of the cells over which edges are summed
SIMILAR = 0.83  # exceeded by 99.2% of the embedded test digits
SOLID_SIDE = 9  # pixels, of the 20 of a digit; no pen stroke fills a square of that side
SOLID = 0.97
_BATCH = 200  # images whose edges are in memory at a time: 5 MB for each of several arrays
PIECES = 3  # 0.4% of MNIST's digits have that many or more

Descriptors = NDArray[np.float32]


def rejection_reason(image: Pixels) -> str | None:
    """Return why a 28x28 image is not a digit, in a few words; None if it may be one.

    It must be drawn with strokes, have few separate parts, and have edges similar to those of a
    training digit (cosine similarity of descriptors, over the 4,000 embedded digits).

    Measured together with the networks' own confidence (`image_predictions.LEAST_CONFIDENCE`): it
    rejects 1.0% of the embedded test digits, and 4% of these after slanting, rotation and with
    pens of 0.5 to 2 times the width. It accepts 16% of 1,140 other drawings: no dot, cross,
    straight line or noise, 14% of letters, 13% of random lines, 18% of faces, 22% of scribbles,
    and every round house with a door, which all three networks classify as 0.

    Args:
        image: uint8, (28, 28), centered as by `cnnviz.data.ink.center`.
    """
    if not image.any():
        return "the pad is empty"
    if _most_solid(image) > SOLID:
        return "this is a solid area, not a line"
    if _pieces(image) >= PIECES:
        return "this has too many separate parts"
    # not `@`, whose BLAS threads keep spinning for a while and slow down others on the same cores
    similarity = np.einsum("nd,d->n", _training_descriptors(), descriptors(image[None])[0])  # (N,)
    if similarity.max() < SIMILAR:
        return "this is unlike any handwritten digit"
    return None


def descriptors(images: Pixels) -> Descriptors:
    """Return histograms of oriented gradients.

    Gradients of the slightly blurred image are binned into 8 directions (opposite ones are the
    same), blurred and summed over cells of 4x4 pixels; square roots reduce the effect of the pen's
    width.

    Args:
        images: uint8, (N, 28, 28).

    Returns:
        Unit vectors, (N, 392); zero for an empty image.

    Reference:
        Dalal and Triggs 2005, "Histograms of Oriented Gradients for Human Detection",
        https://doi.org/10.1109/CVPR.2005.177
    """
    padded = np.pad(_blur(images.astype(np.float32)), [(0, 0), (1, 1), (1, 1)])  # (N, 30, 30)
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]  # (N, 28, 28)
    right = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    strength = np.hypot(right, down)
    position = np.arctan2(down, right) % np.pi * (ORIENTATIONS / np.pi)
    away = np.abs(position - np.arange(ORIENTATIONS, dtype=np.float32)[:, None, None, None])
    share = (1 - np.minimum(away, ORIENTATIONS - away)).clip(0)  # (8, N, 28, 28)
    edges = _blur(_blur((strength * share).reshape(-1, SIDE, SIDE)))  # (8 N, 28, 28)
    cells = SIDE // CELL
    blocks = edges.reshape(ORIENTATIONS, len(images), cells, CELL, cells, CELL)
    sums = blocks.sum(axis=(3, 5))  # (8, N, 7, 7)
    rooted = np.sqrt(sums.transpose(1, 0, 2, 3).reshape(len(images), -1))  # (N, 392)
    length = np.linalg.norm(rooted, axis=1, keepdims=True)
    unit: Descriptors = (rooted / np.maximum(length, 1e-9)).astype(np.float32)
    return unit


@functools.cache  # 6.3 MB: float32, (4000, 392)
def _training_descriptors() -> Descriptors:
    images = load_digits("embedded").train_images[:, 0]
    batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
    return np.concatenate([descriptors(batch) for batch in batches])


def _blur(images: Descriptors) -> Descriptors:
    """Return images (N, 28, 28) smoothed with the kernel 1-2-1 in both directions."""
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1)])
    tall = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    smooth: Descriptors = (tall[:, :, :-2] + 2 * tall[:, :, 1:-1] + tall[:, :, 2:]) / 16
    return smooth


def _most_solid(image: Pixels) -> float:
    """Return the mean ink of the fullest square, 0 to 1."""
    # (20, 20, 9, 9)
    windows = np.lib.stride_tricks.sliding_window_view(image, (SOLID_SIDE, SOLID_SIDE))
    return float(windows.mean(axis=(2, 3)).max() / 255)


def _pieces(image: Pixels) -> int:
    """Return the number of connected parts of the ink, where corners connect too."""
    ink = {(int(row), int(column)) for row, column in np.argwhere(image > 64)}
    pieces = 0
    while ink:
        pieces += 1
        edge = [ink.pop()]
        while edge:
            row, column = edge.pop()
            near = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & ink
            ink -= near
            edge.extend(near)
    return pieces
