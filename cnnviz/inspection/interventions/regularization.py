"""Regularization of feature visualization: parametrizations, random transforms and penalties.

Reference:
    Olah, Mordvintsev and Schubert 2017, "Feature Visualization",
    https://distill.pub/2017/feature-visualization/
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from cnnviz.data.mnist import SIDE

DARK = -2.0  # added before the sigmoid: digits are mostly black, and so is the first image

Transform = Callable[[Tensor, Generator], Tensor]
Penalty = Callable[[Tensor], Tensor]
Parametrization = Callable[[Generator], tuple[list[Tensor], Callable[[], Tensor]]]


def pixel_parametrization(deviation: float = 0.1) -> Parametrization:
    """Return the image as one parameter per pixel; a sigmoid keeps it in [0, 1].

    Args:
        deviation: standard deviation of the initial parameters.
    """

    def begin(random: Generator) -> tuple[list[Tensor], Callable[[], Tensor]]:
        raw = (deviation * torch.randn(1, 1, SIDE, SIDE, generator=random)).requires_grad_()
        return [raw], lambda: torch.sigmoid(raw + DARK)  # (1, 1, 28, 28)

    return begin


def fourier_parametrization(deviation: float = 0.01) -> Parametrization:
    """Return the image as one parameter per spatial frequency, so that a step moves whole strokes.

    Each frequency is scaled by its wavelength, which gives all of them the same energy.

    Args:
        deviation: standard deviation of the initial parameters.
    """
    down = torch.fft.fftfreq(SIDE)[:, None]  # (28, 1)
    across = torch.fft.rfftfreq(SIDE)[None]  # (1, 15)
    wavelength = 1 / torch.clamp(torch.hypot(down, across), min=1 / SIDE)  # (28, 15)

    def begin(random: Generator) -> tuple[list[Tensor], Callable[[], Tensor]]:
        # (1, 1, 28, 15, 2): real and imaginary part of half of the frequencies
        raw = deviation * torch.randn(1, 1, *wavelength.shape, 2, generator=random)
        raw.requires_grad_()

        def image() -> Tensor:
            spectrum = torch.view_as_complex(raw) * wavelength  # (1, 1, 28, 15)
            raised = torch.fft.irfft2(spectrum, s=(SIDE, SIDE), norm="ortho") + DARK
            return torch.sigmoid(raised)  # (1, 1, 28, 28)

        return [raw], image

    return begin


def random_shift(most: int = 2) -> Transform:
    """Return a transform that shifts by up to `most` pixels each way; black fills the border."""

    def transform(image: Tensor, random: Generator) -> Tensor:
        top, left = torch.randint(0, 2 * most + 1, (2,), generator=random).tolist()
        height, width = image.shape[-2:]
        padded = F.pad(image, (most,) * 4)  # (N, C, H + 2 most, W + 2 most)
        return padded[..., top : top + height, left : left + width]  # (N, C, H, W)

    return transform


def random_rotation(degrees: float = 8) -> Transform:
    """Return a transform that rotates by up to `degrees` in either direction."""

    def transform(image: Tensor, random: Generator) -> Tensor:
        angle = math.radians(degrees * _uniform(random))  # radians
        cosine, sine = math.cos(angle), math.sin(angle)
        return _warp(image, [[cosine, -sine, 0], [sine, cosine, 0]])

    return transform


def random_scale(share: float = 0.08) -> Transform:
    """Return a transform that enlarges or shrinks by up to `share` of the side."""

    def transform(image: Tensor, random: Generator) -> Tensor:
        factor = 1 / (1 + share * _uniform(random))  # of the coordinates read: below 1 enlarges
        return _warp(image, [[factor, 0, 0], [0, factor, 0]])

    return transform


def total_variation(weight: float = 0.1) -> Penalty:
    """Return a penalty on differences between neighboring pixels, which prefers strokes to noise.

    Reference:
        Mahendran and Vedaldi 2015, "Understanding Deep Image Representations by Inverting Them",
        https://arxiv.org/abs/1412.0035
    """

    def penalty(image: Tensor) -> Tensor:
        down = (image[..., 1:, :] - image[..., :-1, :]).abs().mean()  # (N, C, H - 1, W) to a scalar
        across = (image[..., 1:] - image[..., :-1]).abs().mean()  # (N, C, H, W - 1) to a scalar
        return weight * (down + across)

    return penalty


def ink(weight: float = 0.1) -> Penalty:
    """Return a penalty on the image's mean, which turns pixels without effect black."""
    return lambda image: weight * image.mean()


TRANSFORMS: tuple[Transform, ...] = (random_shift(), random_rotation(), random_scale())
PENALTIES: tuple[Penalty, ...] = (total_variation(), ink())


def _uniform(random: Generator) -> float:
    """Return a random number from -1 to 1."""
    return float(2 * torch.rand((), generator=random) - 1)


def _warp(image: Tensor, affine: list[list[float]]) -> Tensor:
    # (1, H, W, 2), where each pixel of the result reads
    grid = F.affine_grid(torch.tensor([affine]), list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, align_corners=False)  # (1, C, H, W)
