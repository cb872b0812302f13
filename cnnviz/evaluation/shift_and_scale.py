"""What becomes of a digit that is moved, enlarged or on a larger canvas, under different heads."""

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.data import ink
from cnnviz.data.mnist import Pixels
from cnnviz.models.hooks import twin


def sized(pixels: Pixels, box: int, *, side: int) -> Tensor:
    """Return digits with their ink's longer side of another length, each in the middle.

    Args:
        pixels: uint8, (N, 1, H, W).
        box: length in pixels; each new pixel is the mean of the area it covers.
        side: of the square canvas in pixels.

    Returns:
        uint8, (N, 1, side, side).
    """
    return torch.from_numpy(
        np.stack([ink.center(image, box=box, side=side)[None] for (image,) in pixels])
    )


def moved(pixels: Tensor, right: int, down: int) -> Tensor:
    """Return images moved by whole pixels; what leaves the frame is lost, black comes in.

    Args:
        pixels: (N, 1, H, W).
        right, down: pixels; negative ones go left and up.
    """
    height, width = pixels.shape[-2:]
    result = torch.zeros_like(pixels)
    if abs(down) < height and abs(right) < width:
        (to_y, from_y), (to_x, from_x) = _overlap(down, height), _overlap(right, width)
        result[..., to_y, to_x] = pixels[..., from_y, from_x]
    return result


def _overlap(by: int, size: int) -> tuple[slice, slice]:
    """Return which part of a row is filled, and from which part it comes."""
    return slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))


def with_average_pooling(model: nn.Module) -> nn.Module:
    """Return a copy whose global max pooling is average pooling, the weights being the same.

    Raises:
        ValueError: if the network has no global max pooling.
    """
    copy = twin(model)
    pools = [n for n, m in copy.named_modules() if isinstance(m, nn.AdaptiveMaxPool2d)]
    if not pools:
        raise ValueError("this network has no global max pooling")
    for name in pools:
        copy.set_submodule(name, nn.AdaptiveAvgPool2d(1))
    return copy
