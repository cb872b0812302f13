"""Conversion of pixels to the normalized input of a network."""

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.data.mnist import MEAN, STD


def to_unit_range(pixels: Tensor) -> Tensor:
    """Return uint8 pixels (N, C, H, W) as float32 images in [0, 1]."""
    return pixels.to(torch.float32).div_(255)  # uint8 to float32, a new tensor


def normalize(images: Tensor, *, size: int) -> Tensor:
    """Return the input of a network: images padded to its input size and normalized.

    Args:
        images: (N, 1, H, W) in [0, 1], white ink on black.
        size: side of the network's input in pixels; smaller images are padded with black.

    Returns:
        x: (N, 1, size, size), after subtraction of MNIST's mean and division by its standard
        deviation.

    Raises:
        ValueError: if the images are larger than the input.
    """
    margin = size - images.shape[-1]
    if margin < 0:
        raise ValueError(f"images must have at most {size} pixels a side, got {images.shape[-1]}")
    if margin:
        before = margin // 2
        images = F.pad(images, (before, margin - before) * 2)  # (N, 1, size, size)
    return (images - MEAN) / STD
