"""From pixels to what a network receives: the one conversion there is."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.data.mnist import MEAN, STD


def to_unit_range(pixels: Tensor) -> Tensor:
    """Return uint8 pixels (N, 1, H, W) as float images in [0, 1]."""
    return pixels.to(torch.float32).div_(255)


def normalize(images: Tensor, *, size: int) -> Tensor:
    """Return what a network of that input size receives.

    Args:
        images: (N, 1, H, W) in [0, 1], white ink on black.
        size: side of the network's input in pixels; a larger one is padded with black.

    Returns:
        x: (N, 1, size, size), with MNIST's mean taken away and divided by its deviation.

    Raises:
        ValueError: if the images are larger than the input.
    """
    margin = size - images.shape[-1]
    if margin < 0:
        raise ValueError(f"images of {images.shape[-1]} pixels do not fit an input of {size}")
    if margin:
        before = margin // 2
        images = F.pad(images, (before, margin - before, before, margin - before))
    return (images - MEAN) / STD
