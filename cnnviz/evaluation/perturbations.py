"""Perturbations of digits: noise, rotation, shift, blur and stroke thickness.

Each perturbation is one function and one row of a table. At strength zero a function returns the
digits exactly, so that every curve includes the accuracy on the unperturbed digits.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.evaluation.shift_and_scale import translated_digits

_SEED = 0  # of the noise, which is the same for every network
_SUBPIXELS = 4  # per side of a pixel, for growing and shrinking strokes
_REACH = 4.0  # standard deviations at which the Gaussian is cut off


@dataclass(frozen=True)
class Perturbation:
    """One way to perturb digits.

    Attributes:
        key: short name.
        title: name to show.
        unit: of the strength, in words.
        strengths: strengths to measure in ascending order, among them 0.
        function: takes and returns uint8 pixels (N, 1, H, W); its second argument is the strength.
        note: how it works, in a sentence.
    """

    key: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    function: Callable[[Pixels, float], Pixels]
    note: str


def add_noise(pixels: Pixels, deviation: float) -> Pixels:
    """Return digits with Gaussian noise, the same at every call, clipped to 0 to 255.

    Args:
        pixels: uint8, (N, 1, H, W).
        deviation: standard deviation of the noise, where white minus black is 1.
    """
    noise = np.random.default_rng(_SEED).standard_normal(pixels.shape, np.float32)  # (N, 1, H, W)
    return _pixels(torch.from_numpy(pixels + 255 * np.float32(deviation) * noise))


def rotate_digits(pixels: Pixels, degrees: float) -> Pixels:
    """Return digits rotated counterclockwise around the center, bilinear, with black outside."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    theta = torch.tensor([[cosine, -sine, 0.0], [sine, cosine, 0.0]])  # (2, 3)
    values = _floats(pixels)  # (N, 1, H, W)
    theta = theta.expand(len(values), 2, 3)  # (N, 2, 3)
    grid = F.affine_grid(theta, list(values.shape), align_corners=False)  # (N, H, W, 2)
    return _pixels(F.grid_sample(values, grid, align_corners=False))


def shift_digits(pixels: Pixels, distance: float) -> Pixels:
    """Return digits shifted by whole pixels, in turn to the right, down, left and up."""
    by = round(distance)
    result = torch.from_numpy(pixels).clone()  # (N, 1, H, W); a clone, since it is written to
    for start, (right, down) in enumerate(((by, 0), (0, by), (-by, 0), (0, -by))):
        result[start::4] = translated_digits(result[start::4], right, down)
    return _array(result)


def blur_digits(pixels: Pixels, deviation: float) -> Pixels:
    """Return digits smoothed with a Gaussian of that standard deviation in pixels."""
    if deviation == 0:
        return pixels
    reach = math.ceil(_REACH * deviation)
    steps = torch.arange(-reach, reach + 1, dtype=torch.float32)  # (2 reach + 1,)
    weights = torch.exp(-(steps**2) / (2 * deviation**2))  # (2 reach + 1,)
    weights /= weights.sum()
    vertical = F.conv2d(_floats(pixels), weights.reshape(1, 1, -1, 1), padding=(reach, 0))
    return _pixels(F.conv2d(vertical, weights.reshape(1, 1, 1, -1), padding=(0, reach)))


def change_thickness(pixels: Pixels, radius: float) -> Pixels:
    """Return digits with strokes thicker by that many pixels on each side; thinner if negative.

    This is gray-scale dilation or erosion with a disk on a grid four times as fine; each pixel is
    then the mean of its subpixels.

    Reference:
        Castro et al. 2019, "Morpho-MNIST", https://arxiv.org/abs/1807.01333
    """
    reach = round(abs(radius) * _SUBPIXELS)  # in subpixels
    if reach == 0:
        return pixels
    grow = radius > 0
    values = (
        F.interpolate(_floats(pixels), scale_factor=_SUBPIXELS, mode="bilinear").round_().byte()
    )
    ink = _dilated(values if grow else 255 - values, reach, outside=0 if grow else 255)
    return _pixels(F.avg_pool2d((ink if grow else 255 - ink).float(), _SUBPIXELS))


def _dilated(values: Tensor, reach: int, *, outside: int) -> Tensor:
    """Return the largest value within a disk around each position, uint8, (N, 1, H, W)."""
    padded = F.pad(values, (reach,) * 4, value=outside)  # (N, 1, H + 2 reach, W + 2 reach)
    height, width = values.shape[-2:]
    result = values.clone()
    for down in range(-reach, reach + 1):
        half = math.isqrt(reach**2 - down**2)  # half the chord of the disk in this row
        for right in range(-half, half + 1):
            top, left = reach + down, reach + right
            torch.maximum(result, padded[..., top : top + height, left : left + width], out=result)
    return result


def _floats(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels).float()


def _pixels(values: Tensor) -> Pixels:
    return _array(values.round().clamp(0, 255).byte())


def _array(values: Tensor) -> Pixels:
    pixels: NDArray[np.uint8] = values.numpy()
    return pixels


PERTURBATIONS: Mapping[str, Perturbation] = MappingProxyType(
    {
        row.key: row
        for row in (
            Perturbation(
                "noise",
                "Noise",
                "standard deviation of the noise, white = 1",
                (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
                add_noise,
                "Gaussian noise on every pixel, the same for all networks.",
            ),
            Perturbation(
                "rotation",
                "Rotation",
                "degrees counterclockwise",
                (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60),
                rotate_digits,
                "Rotated around the center with bilinear interpolation.",
            ),
            Perturbation(
                "shift",
                "Shift",
                "pixels",
                (0, 1, 2, 3, 4, 5, 6, 8),
                shift_digits,
                "Digits are shifted in turn to the right, down, left and up; beyond about four "
                "pixels, the black margin of a digit, ink is lost.",
            ),
            Perturbation(
                "blur",
                "Blur",
                "standard deviation of the Gaussian, pixels",
                (0, 0.5, 1, 1.5, 2, 2.5, 3),
                blur_digits,
                "Smoothed with a Gaussian.",
            ),
            Perturbation(
                "thickness",
                "Thickness",
                "stroke growth on each side, pixels",
                (-1, -0.75, -0.5, -0.25, 0, 0.5, 1, 1.5, 2),
                change_thickness,
                "Strokes grow or shrink: dilation or erosion with a disk on a grid four times as "
                "fine (after Morpho-MNIST).",
            ),
        )
    }
)
