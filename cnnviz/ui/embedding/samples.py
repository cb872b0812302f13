"""The test digits that maps show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.mnist import Digits, Pixels, mixed_indices
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.inspection.embedding.layer_embedding import Embedding

COUNT = 1000  # digits on the maps of the page Embedding


@dataclass(frozen=True, eq=False)
class Sample:
    """The test digits on a map.

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


@cached
def sample_digits(digits: Digits, count: int) -> Sample:
    """Return test digits of all classes, `count` of them or as many as there are."""
    index = mixed_indices(digits, min(count, len(digits.test_labels)))
    return Sample(digits.source, index, digits.test_images[index], digits.test_labels[index])


@cached
def pixel_embedding(sample: Sample) -> "Embedding":
    """Return the embedding of the digits' pixels, the same for all networks."""
    from cnnviz.inspection.embedding.layer_embedding import embed
    from cnnviz.inspection.embedding.layer_vectors import input_vectors

    return embed(input_vectors(sample.images), sample.labels)
