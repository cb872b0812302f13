"""How much of its accuracy a network keeps on digits that are spoiled more and more.

One row and one function for each way to spoil them. What a function leaves as it is has strength
zero, exactly, so that every curve begins with the plain test.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from cnnviz.data.mnist import Labels, Pixels
from cnnviz.evaluation.agreement import answers, split_right
from cnnviz.evaluation.shift_and_scale import moved
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.stats.intervals import SIGNIFICANCE_LEVEL, Interval, holm, wilson

_SEED = 0  # of the noise: every network sees one and the same
_FINE = 4  # subpixels along a pixel's side, on which a pen grows or shrinks
_WIDE = 4.0  # deviations of a Gaussian that are summed


@dataclass(frozen=True)
class Perturbation:
    """One way to spoil digits.

    Attributes:
        key: short name.
        title: name to show.
        unit: of the strength, in words.
        strengths: those to measure, in order; one of them is 0.
        function: takes uint8 pixels (N, 1, H, W) and a strength, returns as many.
        note: how it is done, one sentence.
    """

    key: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    function: Callable[[Pixels, float], Pixels]
    note: str


def noisy(pixels: Pixels, deviation: float) -> Pixels:
    """Add Gaussian noise, the same at every call; what leaves 0 to 255 is clipped.

    Args:
        pixels: uint8, (N, 1, H, W).
        deviation: of the noise, 1 being the step from black to white.
    """
    noise = np.random.default_rng(_SEED).standard_normal(pixels.shape, np.float32)
    return _pixels(torch.from_numpy(pixels + 255 * np.float32(deviation) * noise))


def turned(pixels: Pixels, degrees: float) -> Pixels:
    """Turn around the middle, counter-clockwise, between pixels bilinear; black comes in."""
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    theta = torch.tensor([[cosine, -sine, 0.0], [sine, cosine, 0.0]])
    values = _floats(pixels)
    grid = F.affine_grid(theta.expand(len(values), 2, 3), list(values.shape), align_corners=False)
    return _pixels(F.grid_sample(values, grid, align_corners=False))


def shifted(pixels: Pixels, distance: float) -> Pixels:
    """Move by whole pixels, one digit right, the next down, left, up, and so on in turn."""
    by = round(distance)
    result = torch.from_numpy(pixels).clone()
    for turn, (right, down) in enumerate(((by, 0), (0, by), (-by, 0), (0, -by))):
        result[turn::4] = moved(result[turn::4], right, down)
    return _array(result)


def blurred(pixels: Pixels, deviation: float) -> Pixels:
    """Smooth with a Gaussian of that deviation in pixels; there is black beyond the border."""
    if deviation == 0:
        return pixels
    reach = math.ceil(_WIDE * deviation)
    steps = torch.arange(-reach, reach + 1, dtype=torch.float32)
    weights = torch.exp(-(steps**2) / (2 * deviation**2))
    weights /= weights.sum()
    tall = F.conv2d(_floats(pixels), weights.reshape(1, 1, -1, 1), padding=(reach, 0))
    return _pixels(F.conv2d(tall, weights.reshape(1, 1, 1, -1), padding=(0, reach)))


def thickened(pixels: Pixels, radius: float) -> Pixels:
    """Let the pen grow by so many pixels on each side, or shrink where the radius is negative.

    Gray dilation, or erosion, with a disc, on a grid that is four times as fine; each pixel is
    then the mean of its part of it.

    Reference:
        Castro et al. 2019, "Morpho-MNIST", https://arxiv.org/abs/1807.01333
    """
    reach = round(abs(radius) * _FINE)
    if reach == 0:
        return pixels
    grow = radius > 0
    values = F.interpolate(_floats(pixels), scale_factor=_FINE, mode="bilinear").round_().byte()
    ink = _widest(values if grow else 255 - values, reach, outside=0 if grow else 255)
    return _pixels(F.avg_pool2d((ink if grow else 255 - ink).float(), _FINE))


def _widest(values: Tensor, reach: int, *, outside: int) -> Tensor:
    """Return the largest value within a disc around each place, uint8, (N, 1, H, W)."""
    padded = F.pad(values, (reach,) * 4, value=outside)
    height, width = values.shape[-2:]
    result = values.clone()
    for down in range(-reach, reach + 1):
        half = math.isqrt(reach**2 - down**2)
        for right in range(-half, half + 1):
            top, left = reach + down, reach + right
            torch.maximum(result, padded[..., top : top + height, left : left + width], out=result)
    return result


def _floats(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels).float()


def _pixels(values: Tensor) -> Pixels:
    return _array(values.round().clamp(0, 255).byte())


def _array(values: Tensor) -> Pixels:
    found: NDArray[np.uint8] = values.numpy()
    return found


PERTURBATIONS: Mapping[str, Perturbation] = MappingProxyType(
    {
        row.key: row
        for row in (
            Perturbation(
                "noise",
                "Noise",
                "deviation of the noise, black to white = 1",
                (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
                noisy,
                "Gaussian noise on every pixel, the same for all networks.",
            ),
            Perturbation(
                "rotation",
                "Rotation",
                "degrees counter-clockwise",
                (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60),
                turned,
                "Turned around the middle, between pixels bilinear.",
            ),
            Perturbation(
                "shift",
                "Shift",
                "pixels",
                (0, 1, 2, 3, 4, 5, 6, 8),
                shifted,
                "One digit moves right, the next down, left, up, in turn; a digit has about four "
                "pixels of black around it, so that farther on ink is lost.",
            ),
            Perturbation(
                "blur",
                "Blur",
                "deviation of the Gaussian, pixels",
                (0, 0.5, 1, 1.5, 2, 2.5, 3),
                blurred,
                "Smoothed with a Gaussian.",
            ),
            Perturbation(
                "thickness",
                "Thickness",
                "pixels that the pen gains on each side",
                (-1, -0.75, -0.5, -0.25, 0, 0.5, 1, 1.5, 2),
                thickened,
                "The pen grows or shrinks: dilation or erosion with a disc on a grid four times "
                "as fine (after Morpho-MNIST).",
            ),
        )
    }
)


@dataclass(frozen=True, eq=False)
class Curve:
    """What a network answers to the same digits at each strength of a perturbation.

    Attributes:
        digits: the answers, int64, (S, N).
        labels: the true digits, (N,).
    """

    digits: NDArray[np.int64]
    labels: Labels

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers are the label, (S, N)."""
        found: NDArray[np.bool_] = self.digits == self.labels
        return found

    @property
    def shares(self) -> tuple[Interval, ...]:
        """The accuracy at each strength, with its Wilson interval."""
        return tuple(wilson(int(line.sum()), len(line)) for line in self.right)


@dataclass(frozen=True)
class Lead:
    """Two networks, of which at least one is better than the other somewhere, beyond chance.

    Attributes:
        first, second: places of the networks.
        first_at, second_at: strengths at which that one is better.
    """

    first: int
    second: int
    first_at: tuple[float, ...]
    second_at: tuple[float, ...]

    @property
    def crosses(self) -> bool:
        """Whether each is better than the other somewhere."""
        return bool(self.first_at and self.second_at)


def curve(
    network: LoadedNetwork,
    perturbation: Perturbation,
    pixels: Pixels,
    labels: Labels,
) -> Curve:
    """Return what a network answers at each strength of a perturbation.

    Args:
        network: a classifier.
        perturbation: what to do to the digits.
        pixels: uint8, (N, 1, 28, 28).
        labels: (N,).

    Raises:
        ValueError: if the network answers with what is no number.
    """
    found = [
        answers(network, perturbation.function(pixels, strength)).digits
        for strength in perturbation.strengths
    ]
    return Curve(np.stack(found), labels)


def leads(curves: Sequence[Curve], strengths: Sequence[float]) -> list[Lead]:
    """Return which network is better than which along a perturbation, and not by chance.

    Every two networks are compared at every strength by McNemar's test on the same digits; the
    p-values are corrected for the number of these tests (Holm), and count below `RARE`. Those
    that differ at more strengths come first.

    Args:
        curves: of the networks, on the same digits.
        strengths: of the perturbation.
    """
    pairs = list(itertools.combinations(range(len(curves)), 2))
    rights = [one.right for one in curves]
    splits = [
        split_right(rights[a][s], rights[b][s]) for a, b in pairs for s in range(len(strengths))
    ]
    tested = iter(zip(splits, holm([one.chance for one in splits]), strict=True))
    found = []
    for a, b in pairs:
        clear = []
        for strength in strengths:
            one, chance = next(tested)
            if chance < SIGNIFICANCE_LEVEL:
                clear.append((strength, one))
        first = tuple(strength for strength, one in clear if one.first > one.second)
        second = tuple(strength for strength, one in clear if one.second > one.first)
        if clear:
            found.append(Lead(a, b, first, second))
    return sorted(found, key=lambda lead: -len(lead.first_at) - len(lead.second_at))
