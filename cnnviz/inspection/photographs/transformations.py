"""Changes to a photograph, to measure which of its properties a layer's maps depend on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from cnnviz.data.mnist import Pixels

Maps = NDArray[np.float32]

BLUR = 3.0  # pixels, deviation of the Gaussian: edges go, areas stay


@dataclass(frozen=True)
class Change:
    """One change to a photograph.

    Attributes:
        words: what has been done to it.
        apply: from pixels (H, W, 3) to changed ones.
        undo: from the maps (C, H, W) of the changed photograph to where the original's lie.
    """

    words: str
    apply: Callable[[Pixels], Pixels]
    undo: Callable[[Maps], Maps] = lambda maps: maps


def agreement(maps: Maps, others: Maps) -> Maps:
    """Return the correlation of each map with its like, (C,), -1 to 1; 0 where either is flat.

    Args:
        maps, others: (C, H, W).
    """
    first, second = _centered(maps), _centered(others)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    products: Maps = (first * second).sum(axis=1)
    found: Maps = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-6)
    return found


def _centered(maps: Maps) -> Maps:
    rows = maps.reshape(len(maps), -1)
    centered: Maps = rows - rows.mean(axis=1, keepdims=True)
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
