"""Accuracy on shifted and scaled digits and on larger canvases, with either kind of pooling."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.data import ink
from cnnviz.data.mnist import Labels, Pixels
from cnnviz.models.copies import shared_copy
from cnnviz.models.inference import evaluate


def scaled_digits(pixels: Pixels, box: int, *, side: int) -> Tensor:
    """Return digits scaled to a size of their ink and centered on a canvas.

    Args:
        pixels: uint8, (N, 1, H, W).
        box: longer side of the ink in pixels; each new pixel is the mean of the area it covers.
        side: side of the square canvas in pixels.

    Returns:
        uint8, (N, 1, side, side).
    """
    return torch.from_numpy(
        np.stack([ink.center(image, box=box, side=side)[None] for (image,) in pixels])
    )


def translated_digits(pixels: Tensor, right: int, down: int) -> Tensor:
    """Return images shifted by whole pixels; what leaves the frame is lost, and the rest is black.

    Args:
        pixels: (N, 1, H, W).
        right, down: pixels; negative values shift left and up.
    """
    height, width = pixels.shape[-2:]
    result = torch.zeros_like(pixels)  # (N, 1, H, W)
    if abs(down) < height and abs(right) < width:
        (to_y, from_y), (to_x, from_x) = _overlap(down, height), _overlap(right, width)
        result[..., to_y, to_x] = pixels[..., from_y, from_x]
    return result


def _overlap(by: int, size: int) -> tuple[slice, slice]:
    """Return the target and the source range along one axis."""
    return slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))


def with_average_pooling(model: nn.Module) -> nn.Module:
    """Return a copy with global average pooling instead of max pooling, sharing the weights.

    Raises:
        ValueError: if the network has no global max pooling.
    """
    copy = shared_copy(model)
    pools = [n for n, m in copy.named_modules() if isinstance(m, nn.AdaptiveMaxPool2d)]
    if not pools:
        raise ValueError("the network must have global max pooling, got none")
    for name in pools:
        copy.set_submodule(name, nn.AdaptiveAvgPool2d(1))
    return copy


def accuracy_by_shift(
    model: nn.Module, pixels: Pixels, labels: Labels, shifts: Sequence[int]
) -> list[float]:
    """Return the accuracy on digits (N, 1, 28, 28) shifted right by each number of pixels."""
    images, targets = torch.from_numpy(pixels), torch.from_numpy(labels)
    return [
        evaluate(model, translated_digits(images, right, 0), targets, size=28).accuracy
        for right in shifts
    ]


def accuracy_by_canvas(
    model: nn.Module, pixels: Pixels, labels: Labels, sides: Sequence[int]
) -> list[float]:
    """Return the accuracy on digits (N, 1, 28, 28) padded to canvases of each side."""
    images, targets = torch.from_numpy(pixels), torch.from_numpy(labels)
    return [evaluate(model, images, targets, size=side).accuracy for side in sides]


def accuracy_by_size(
    model: nn.Module, pixels: Pixels, labels: Labels, boxes: Sequence[int], *, side: int
) -> list[float]:
    """Return the accuracy on digits scaled to each size of their ink, on canvases of one side.

    Args:
        model: takes canvases of that side.
        pixels: uint8, (N, 1, 28, 28).
        labels: int64, (N,).
        boxes: longer sides of the ink in pixels.
        side: of the square canvas in pixels.
    """
    targets = torch.from_numpy(labels)  # (N,)
    return [
        evaluate(model, scaled_digits(pixels, box, side=side), targets, size=side).accuracy
        for box in boxes
    ]
