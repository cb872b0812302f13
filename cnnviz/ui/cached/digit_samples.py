"""Samples of the test digits, and the embedding of their pixels."""

from typing import TYPE_CHECKING

from cnnviz.data.digit_sample import DigitSample, mixed_sample
from cnnviz.data.mnist import Digits
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.inspection.embedding.layer_embedding import Embedding


@cached
def sample_digits(digits: Digits, count: int) -> DigitSample:
    """Return test digits of all classes, `count` of them or as many as there are."""
    return mixed_sample(digits, count)


@cached
def pixel_embedding(sample: DigitSample) -> "Embedding":
    """Return the embedding of the digits' pixels, the same for all networks."""
    from cnnviz.inspection.embedding.layer_embedding import embed
    from cnnviz.inspection.embedding.layer_vectors import input_vectors

    return embed(input_vectors(sample.images), sample.labels)
