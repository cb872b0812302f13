"""Does an image look like a digit at all? Networks cannot say: they must choose one of ten."""

import functools

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import SIDE, Pixels, load_digits

ORIENTATIONS = 8
CELL = 4  # pixels on a side over which edges are summed
SIMILAR = 0.83  # exceeded by 99.2 % of the embedded test digits
SOLID_SIDE = 9  # no pen stroke fills a square of that many pixels, of the 20 of a digit
SOLID = 0.97
PIECES = 3  # 0.4 % of MNIST's digits fall into as many

Descriptors = NDArray[np.float32]


def doubt(image: Pixels) -> str | None:
    """Say in a few words why a 28x28 image is no digit, or return None if it may be one.

    Three questions: is it drawn with strokes, does it hang together, and do its edges run like
    those of some training digit (cosine of descriptors, over the 4,000 embedded ones)?

    Measured, together with the networks' own doubt (`classify.SURE`): refused are 1.0 % of the
    embedded test digits and 4 % of these slanted, turned and drawn with pens of 0.5 to 2 times
    the width. Taken for digits are 16 % of 1,140 other drawings: no dot, cross, flat line or
    noise, 14 % of letters, 13 % of random lines, 18 % of faces, 22 % of scribbles, and every
    round house with a door, which is a 0 to all three networks too.

    Args:
        image: uint8, (28, 28), centered as by `cnnviz.data.ink.center`.
    """
    if not image.any():
        return "the pad is empty"
    if _most_solid(image) > SOLID:
        return "this is a blot, not a line"
    if _pieces(image) >= PIECES:
        return "this falls into too many pieces"
    # not `@`: its BLAS threads go on spinning for a while and slow down whoever shares the cores
    similar = np.einsum("nd,d->n", _gallery(), descriptors(image[None])[0])
    if similar.max() < SIMILAR:
        return "no handwritten digit looks like this"
    return None


def descriptors(images: Pixels) -> Descriptors:
    """Return how strong edges of each direction are in each part of an image.

    Gradients of the slightly blurred image are sorted into 8 directions (a direction and its
    opposite are one), blurred and summed over cells of 4x4 pixels; square roots even out the
    pen's width.

    Args:
        images: uint8, (N, 28, 28).

    Returns:
        Unit vectors, (N, 392); zero where an image is.

    Reference:
        Dalal and Triggs 2005, "Histograms of Oriented Gradients for Human Detection",
        https://doi.org/10.1109/CVPR.2005.177
    """
    padded = np.pad(_blur(images.astype(np.float32)), [(0, 0), (1, 1), (1, 1)])
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    right = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    strength = np.hypot(right, down)
    position = np.arctan2(down, right) % np.pi * (ORIENTATIONS / np.pi)
    away = np.abs(position - np.arange(ORIENTATIONS, dtype=np.float32)[:, None, None, None])
    share = (1 - np.minimum(away, ORIENTATIONS - away)).clip(0)  # between two directions
    edges = _blur(_blur((strength * share).reshape(-1, SIDE, SIDE)))
    cells = SIDE // CELL
    sums = edges.reshape(ORIENTATIONS, len(images), cells, CELL, cells, CELL).sum(axis=(3, 5))
    rooted = np.sqrt(sums.transpose(1, 0, 2, 3).reshape(len(images), -1))
    length = np.linalg.norm(rooted, axis=1, keepdims=True)
    unit: Descriptors = (rooted / np.maximum(length, 1e-9)).astype(np.float32)
    return unit


@functools.cache
def _gallery() -> Descriptors:
    return descriptors(load_digits("embedded").train_images[:, 0])


def _blur(images: Descriptors) -> Descriptors:
    """Return images (N, 28, 28) smoothed by 1-2-1 in both directions."""
    padded = np.pad(images, [(0, 0), (1, 1), (1, 1)])
    tall = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    smooth: Descriptors = (tall[:, :, :-2] + 2 * tall[:, :, 1:-1] + tall[:, :, 2:]) / 16
    return smooth


def _most_solid(image: Pixels) -> float:
    """Return how full of ink the fullest square is, 0 to 1."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (SOLID_SIDE, SOLID_SIDE))
    return float(windows.mean(axis=(2, 3)).max() / 255)


def _pieces(image: Pixels) -> int:
    """Count the pieces of ink that do not touch, not even at a corner."""
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
