"""Data augmentation: random affine transformations of a whole batch at once."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

ROTATION = math.radians(12)  # maximum at strength 1, as for the others
SHIFT = 2 / 14  # 2 of 28 pixels, in the coordinates of `affine_grid`, -1 to 1
SCALE = 0.12
SHEAR = 0.2


def random_affine(images: Tensor, strength: float) -> Tensor:
    """Return each image rotated, shifted, scaled and sheared by random amounts of its own.

    Args:
        images: (N, 1, H, W) in [0, 1], white ink on black.
        strength: 1 draws uniformly from ±12 degrees, ±2 pixels, ±12% and a shear of ±0.2;
            other values scale these ranges.

    Returns:
        Images of the same shape and range, interpolated bilinearly; pixels from outside are black.
    """
    count = len(images)
    draws = torch.empty(count, 6, device=images.device).uniform_(-strength, strength)  # (N, 6)
    angle, shear = draws[:, 0] * ROTATION, draws[:, 1] * SHEAR
    width, height = 1 + draws[:, 2] * SCALE, 1 + draws[:, 3] * SCALE
    cosine, sine = torch.cos(angle), torch.sin(angle)
    theta = torch.stack(
        [
            torch.stack([width * cosine, shear - sine, draws[:, 4] * SHIFT], dim=1),
            torch.stack([sine, height * cosine, draws[:, 5] * SHIFT], dim=1),
        ],
        dim=1,
    )  # (N, 2, 3)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)  # (N, H, W, 2)
    return F.grid_sample(images, grid, align_corners=False)
