"""Published test errors on MNIST, for comparison."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedError:
    """A published test error on MNIST's 10,000 test digits.

    Attributes:
        system: name of the system.
        year: of the publication.
        error: proportion of the test digits misclassified.
        paper: title of the publication.
        url: of the publication.
    """

    system: str
    year: int
    error: float
    paper: str
    url: str


_LECUN = (
    "LeCun et al., Gradient-Based Learning Applied to Document Recognition",
    "https://doi.org/10.1109/5.726791",
)
PUBLISHED_ERRORS = (
    PublishedError("LeNet-5", 1998, 0.0095, *_LECUN),
    PublishedError("LeNet-5, also trained on distorted digits", 1998, 0.008, *_LECUN),
    PublishedError(
        "One deep convolutional network, elastic distortions",
        2011,
        0.0035,
        "Cireșan et al., High-Performance Neural Networks for Visual Object Classification",
        "https://arxiv.org/abs/1102.0183",
    ),
    PublishedError(
        "Committee of 35 convolutional networks, elastic distortions",
        2012,
        0.0023,
        "Cireșan et al., Multi-column Deep Neural Networks for Image Classification",
        "https://arxiv.org/abs/1202.2745",
    ),
)
