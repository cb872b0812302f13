"""Some of the test digits, such as those on a map of a layer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Digits, Pixels, mixed_indices


@dataclass(frozen=True, eq=False)
class DigitSample:
    """Test digits of all classes.

    Attributes:
        source: of the digits.
        index: int, (N,), positions in the test set.
        images: uint8, (N, 1, 28, 28).
        labels: int, (N,).
    """

    source: str
    index: NDArray[np.int64]
    images: Pixels
    labels: NDArray[np.integer[Any]]

    @property
    def key(self) -> tuple[str, int]:
        """What identifies the sample: source and size."""
        return self.source, len(self.labels)

    def position(self, image: Pixels) -> int | None:
        """Return the position of an image (28, 28) in the sample; None if it is not in it."""
        equal = np.flatnonzero((self.images[:, 0] == image).all(axis=(1, 2)))
        return int(equal[0]) if len(equal) else None


def mixed_sample(digits: Digits, count: int) -> DigitSample:
    """Return test digits of all classes, `count` of them or as many as there are."""
    index = mixed_indices(digits, min(count, len(digits.test_labels)))
    return DigitSample(digits.source, index, digits.test_images[index], digits.test_labels[index])
