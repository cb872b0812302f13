"""A network in memory together with its row of the catalogue."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.catalogue.architecture import Architecture
from cnnviz.models.copies import shared_copy


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A model and the row of the catalogue that it was built from.

    Several threads use the same model at once, one per browser session. A function that takes a
    `LoadedNetwork` therefore does not change its model, and hooks or edits a `copy`.

    Attributes:
        model: the network with its weights.
        architecture: its row of the catalogue.
    """

    model: nn.Module
    architecture: Architecture

    def input(self, pixels: Pixels | Tensor) -> Tensor:
        """Return the model's input for an image or a batch of images.

        Args:
            pixels: uint8, (1, H, W) or (N, 1, H, W), white ink on black.

        Returns:
            x: float32, normalized and padded with black, (N, 1, S, S), where S is the
            architecture's input size.

        Raises:
            ValueError: if the images are larger than the input.
        """
        batch = torch.as_tensor(pixels)
        if batch.dim() == 3:
            batch = batch[None]  # (1, 1, H, W)
        return normalize(to_unit_range(batch), size=self.architecture.input_size)

    def copy(self) -> "LoadedNetwork":
        """Return the network with modules of its own, in evaluation mode, sharing the weights."""
        return replace(self, model=shared_copy(self.model).eval())
