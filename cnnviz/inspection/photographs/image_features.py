"""Simple image features, such as brightness and edges, to correlate feature maps with."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.inspection.activations.forward_pass import likeness

_LUMA = (0.299, 0.587, 0.114)  # how much red, green and blue add to brightness, ITU-R BT.601

# what a channel responds to whose maps correlate with the feature, positively and negatively
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
class FeatureMatch:
    """The image feature that a feature map correlates with most.

    Attributes:
        name: key of `WORDS`.
        correlation: of the map with the feature, averaged to the map's grid, -1 to 1.
    """

    name: str
    correlation: float

    @property
    def words(self) -> str:
        """What a channel with such a map responds to."""
        return WORDS[self.name][self.correlation < 0]


def simple_features(image: Tensor) -> dict[str, Tensor]:
    """Return each simple feature of a photograph at each pixel.

    Brightness is the luma of ITU-R BT.601; "right", "below" and "edges" are its Sobel gradients.

    Args:
        image: (3, H, W) in [0, 1].

    Returns:
        Features of shape (1, H, W), in units of the image, by the names in `WORDS`.
    """
    red, green, blue = image.split(1)  # (1, H, W) each
    bright = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue  # (1, H, W)
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    kernels = torch.stack([sobel, sobel.T])[:, None]  # (2, 1, 3, 3)
    padded = F.pad(bright, (1, 1, 1, 1), mode="replicate")[None]  # (1, 1, H + 2, W + 2)
    right, below = F.conv2d(padded, kernels)[0].split(1)  # (1, H, W) each
    return {
        "brightness": bright,
        "red": red - green,
        "blue": blue - (red + green) / 2,
        "right": right,
        "below": below,
        "edges": (right**2 + below**2).sqrt(),
    }


def best_matches(maps: Tensor, image: Tensor) -> list[FeatureMatch]:
    """Return the feature with the largest absolute correlation, for each map.

    Args:
        maps: (C, H, W).
        image: (3, h, w) in [0, 1].
    """
    features = simple_features(image)  # (1, H, W) each
    names = list(features)
    correlations = torch.stack([likeness(maps, features[name]) for name in names])  # (6, C)
    best = correlations.abs().argmax(dim=0).tolist()
    return [FeatureMatch(names[i], float(correlations[i, c])) for c, i in enumerate(best)]
