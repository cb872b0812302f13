"""Simple qualities of a photograph, to measure what the channels of a layer answer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.inspection.activations.forward_pass import likeness

_LUMA = (0.299, 0.587, 0.114)  # how much red, green and blue add to brightness, ITU-R BT.601

# what a map like the quality answers to, and what a map like its negative answers to
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "brightness": ("bright areas", "dark areas"),
        "red": ("red rather than green", "green rather than red"),
        "blue": ("blue rather than yellow", "yellow rather than blue"),
        "right": ("edges brighter on their right", "edges brighter on their left"),
        "below": ("edges brighter below", "edges brighter above"),
        "edges": ("edges of any direction", "areas without edges"),
    }
)


@dataclass(frozen=True)
class Quality:
    """The quality of a photograph that a map is most like.

    Attributes:
        name: key of `WORDS`.
        correlation: of the map with it on the map's own grid, -1 to 1.
    """

    name: str
    correlation: float

    @property
    def words(self) -> str:
        """What a channel with such a map answers to."""
        return WORDS[self.name][self.correlation < 0]


def qualities(image: Tensor) -> dict[str, Tensor]:
    """Return each quality of a photograph at each pixel.

    Brightness is a weighted sum of the colors; its slopes are Sobel's.

    Args:
        image: (3, H, W) in [0, 1].

    Returns:
        (1, H, W) each, in units of the image, by the names in `WORDS`.
    """
    red, green, blue = image.split(1)
    bright = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue  # (1, H, W)
    slope = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    kernels = torch.stack([slope, slope.T])[:, None]  # (2, 1, 3, 3)
    right, below = F.conv2d(F.pad(bright, (1, 1, 1, 1), mode="replicate")[None], kernels)[0].split(
        1
    )
    return {
        "brightness": bright,
        "red": red - green,
        "blue": blue - (red + green) / 2,
        "right": right,
        "below": below,
        "edges": (right**2 + below**2).sqrt(),
    }


def nearest(maps: Tensor, image: Tensor) -> list[Quality]:
    """Return the quality that each map is most like, or most unlike.

    Args:
        maps: (C, H, W).
        image: (3, h, w) in [0, 1].
    """
    found = qualities(image)
    names = list(found)
    table = torch.stack([likeness(maps, found[name]) for name in names])  # (6, C)
    best = table.abs().argmax(dim=0).tolist()
    return [Quality(names[i], float(table[i, c])) for c, i in enumerate(best)]
