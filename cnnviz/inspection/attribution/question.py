"""What an attribution explains: the score of a network, a class logit or a difference of two."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.loaded_network import LoadedNetwork

IMAGES_AT_A_TIME = 64  # which fit the processor's cache better than all at once


@dataclass(frozen=True)
class Target:
    """The score to explain: the logit of a class, or its difference from another logit.

    Attributes:
        digit: the class.
        against: the class whose logit is subtracted; None for none.

    Raises:
        ValueError: if both classes are the same.
    """

    digit: int
    against: int | None = None

    def __post_init__(self) -> None:
        """Check that the classes differ."""
        if self.digit == self.against:
            raise ValueError(f"classes to compare must differ, got {self.digit} twice")

    def __str__(self) -> str:
        """Return the score in words."""
        if self.against is None:
            return f"logit of {self.digit}"
        return f"logit of {self.digit} − logit of {self.against}"

    def score(self, logits: Tensor) -> Tensor:
        """Return the scores (N,) for logits (N, K)."""
        if self.against is None:
            return logits[:, self.digit]
        return logits[:, self.digit] - logits[:, self.against]

    def probability(self, logits: Tensor) -> Tensor:
        """Return the class's probabilities (N,): among all classes, or between the two."""
        if self.against is None:
            return logits.softmax(dim=1)[:, self.digit]
        return self.score(logits).sigmoid()


@dataclass(frozen=True, eq=False)
class Question:
    """Why a network gives a score: what every attribution method takes beside the image.

    Attributes:
        network: a classifier; methods register hooks on its model.
        target: the score.
        layer: dotted name of the layer for Grad-CAM.
    """

    network: LoadedNetwork
    target: Target
    layer: str

    @property
    def model(self) -> nn.Module:
        """The network's model, which returns logits of shape (N, K)."""
        return self.network.model

    @property
    def size(self) -> int:
        """Side of the network's input in pixels."""
        return self.network.architecture.input_size

    def logits(self, images: Tensor) -> Tensor:
        """Return the logits (N, K) of images (N, 1, H, W) in [0, 1]."""
        scores: Tensor = self.model(normalize(images, size=self.size))  # (N, K)
        return scores

    def score(self, images: Tensor) -> Tensor:
        """Return the scores (N,) of images (N, 1, H, W) in [0, 1]."""
        return self.target.score(self.logits(images))


def question_about(network: LoadedNetwork, target: Target, layer: str) -> Question:
    """Return a question about a copy of a network.

    Args:
        network: a classifier.
        target: the score to explain.
        layer: dotted name of the layer for Grad-CAM.

    Raises:
        ValueError: if the network has no layer of that name.
    """
    row = network.architecture
    if layer not in dict(network.model.named_modules()):
        raise ValueError(f"layer must be a module of {row.title}, got {layer!r}")
    return Question(network.copy(), target, layer)


def to_image(pixels: Pixels) -> Tensor:
    """Return uint8 pixels (1, H, W) as the image that methods take, (1, H, W) in [0, 1]."""
    return to_unit_range(torch.from_numpy(pixels))
