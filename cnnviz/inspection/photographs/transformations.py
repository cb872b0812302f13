"""Changes to a photograph, to measure what feature maps are invariant or equivariant to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from cnnviz.data.mnist import Pixels

Maps = NDArray[np.float32]

BLUR = 3.0  # pixels, standard deviation of the Gaussian: removes edges, keeps areas


@dataclass(frozen=True)
class Change:
    """One change to a photograph.

    Attributes:
        words: what was done to the photograph.
        apply: maps pixels (H, W, 3) to changed pixels.
        undo: aligns maps (C, H, W) of the changed photograph with those of the original.
    """

    words: str
    apply: Callable[[Pixels], Pixels]
    undo: Callable[[Maps], Maps] = lambda maps: maps


def agreement(maps: Maps, others: Maps) -> Maps:
    """Return Pearson's correlation of each pair of maps, (C,), -1 to 1; 0 if a map is constant.

    Args:
        maps, others: (C, H, W).
    """
    first, second = _centered(maps), _centered(others)  # (C, H * W) each
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)  # (C,)
    products: Maps = (first * second).sum(axis=1)  # (C,)
    correlations: Maps = np.divide(products, norms, out=np.zeros_like(products), where=norms > 1e-6)
    return correlations


def _centered(maps: Maps) -> Maps:
    rows = maps.reshape(len(maps), -1)  # (C, H * W)
    centered: Maps = rows - rows.mean(axis=1, keepdims=True)  # (C, H * W)
    return centered


def _gray(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).convert("L").convert("RGB"))


def _blur(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(BLUR)))


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "mirror": Change(
            "mirrored", lambda pixels: pixels[:, ::-1].copy(), lambda maps: maps[:, :, ::-1]
        ),
        "gray": Change("without color", _gray),
        "blur": Change("blurred", _blur),
    }
)
