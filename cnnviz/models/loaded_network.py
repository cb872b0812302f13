"""Networks in memory, most of them together with their row of a catalog."""

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.models.catalog.row import Architecture
from cnnviz.models.copies import shared_copy
from cnnviz.models.feature_maps import Layout, as_maps, channel_dimension, layout_of
from cnnviz.models.pretrained.network import Pretrained
from cnnviz.models.seeding import seeded


@dataclass(frozen=True, eq=False)
class InspectedNetwork:
    """Any PyTorch model, with what is known of its layout.

    Several threads use the same model at once, one per browser session. A function that takes a
    network therefore does not change its model, and hooks or edits a `copy`.

    Attributes:
        model: the network with its weights.
    """

    model: nn.Module

    @property
    def nhwc_blocks(self) -> bool:
        """Whether the blocks' outputs are (N, H, W, C) in place of (N, C, H, W)."""
        return False

    def nhwc(self, layer: str) -> bool:
        """Tell whether a layer's four-dimensional output is (N, H, W, C)."""
        module = self.model.get_submodule(layer)
        return channel_dimension(module, 4, nhwc=self.nhwc_blocks) == 3

    def maps(self, layer: str, output: Tensor) -> Tensor:
        """Return an output of a layer as feature maps (N, C, h, w).

        Args:
            layer: dotted name.
            output: maps or tokens of N images, or a gradient with respect to them.

        Raises:
            ValueError: if the output has another number of dimensions.
        """
        return as_maps(output, nhwc=self.nhwc(layer))

    def layout(self, layer: str, shape: tuple[int, ...]) -> Layout | None:
        """Return the layout of the maps in a layer's output; None if it has no maps of one image.

        Args:
            layer: dotted name.
            shape: of its output for one image.
        """
        return layout_of(self.model.get_submodule(layer), shape, nhwc=self.nhwc_blocks)

    def copy(self) -> Self:
        """Return the network with modules of its own, in evaluation mode, sharing the weights."""
        return replace(self, model=shared_copy(self.model).eval())


@dataclass(frozen=True, eq=False)
class LoadedNetwork(InspectedNetwork):
    """A network for digits.

    Attributes:
        architecture: its row of the catalog.
    """

    architecture: Architecture

    @property
    def nhwc_blocks(self) -> bool:
        """Whether the blocks' outputs are (N, H, W, C), from the row."""
        return self.architecture.nhwc

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
        batch = torch.as_tensor(pixels)  # (1, H, W) or (N, 1, H, W)
        if batch.dim() == 3:
            batch = batch[None]  # (1, 1, H, W)
        return normalize(to_unit_range(batch), size=self.architecture.input_size)


@dataclass(frozen=True, eq=False)
class PretrainedNetwork(InspectedNetwork):
    """A network for photographs, with pretrained weights.

    Attributes:
        architecture: its row of the pretrained networks.
    """

    architecture: Pretrained

    @property
    def nhwc_blocks(self) -> bool:
        """Whether the blocks' outputs are (N, H, W, C), from the row."""
        return self.architecture.nhwc


def untrained_network(row: Architecture, *, seed: int = 0) -> LoadedNetwork:
    """Return a network with the initial weights of a seed; the global random state stays."""
    with seeded(seed):
        return LoadedNetwork(row.build().eval().requires_grad_(False), row)
