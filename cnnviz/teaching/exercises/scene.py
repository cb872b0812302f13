"""What is on the screen when an exercise is posed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.digit_sample import DigitSample
from cnnviz.data.mnist import Pixels
from cnnviz.evaluation.predictions import Mask, predict
from cnnviz.inspection.activations.map_layers import MapLayer, map_layers
from cnnviz.inspection.receptive_field.fields import Field, architecture_fields
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating, logits
from cnnviz.models.loaded_network import LoadedNetwork, untrained_network
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_architecture

Operation = Literal["convolution", "attention", "perceptron"]


@dataclass(frozen=True)
class OutputShape:
    """The shape of a layer's output for one digit.

    Attributes:
        channels: number of maps, or of numbers in a token.
        grid: rows and columns of a map.
        class_tokens: number of tokens beside those on the grid.
    """

    channels: int
    grid: tuple[int, int]
    class_tokens: int = 0

    @property
    def values(self) -> int:
        """Number of values, class tokens included."""
        return self.channels * (self.grid[0] * self.grid[1] + self.class_tokens)

    def __str__(self) -> str:
        """Return the product that gives `values`, "64 × (7 × 7 + 1)"."""
        positions = f"{self.grid[0]} × {self.grid[1]}"
        if self.class_tokens:
            positions = f"({positions} + {self.class_tokens})"
        return f"{self.channels} × {positions}"


@dataclass(frozen=True, eq=False)
class Scene:
    """The network and the digit on the screen, and what an exercise may compute with.

    Attributes:
        network: the chosen network.
        image: uint8, (1, 28, 28), the chosen digit; (1, 64, 64), a canvas, for a detector.
        sample: test digits, to count over.
        rival: another network to compare with.
        seed: another one poses the exercise about another layer, channel or digit.

    Raises:
        ValueError: if the image has another number of dimensions.
    """

    network: LoadedNetwork
    image: Pixels
    sample: DigitSample
    rival: LoadedNetwork
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the shape: a row of an image would otherwise pass for an image."""
        if self.image.ndim != 3:
            raise ValueError(f"image must have shape (1, H, W), got {self.image.shape}")

    @property
    def title(self) -> str:
        """Title of the network's architecture."""
        return self.network.architecture.title

    @property
    def titles(self) -> tuple[str, str]:
        """Titles of the network and its rival, told apart where they are the same."""
        first, second = self.title, self.rival.architecture.title
        if first == second:
            return f"the first {first}", f"the second {second}"
        return first, second

    @property
    def random(self) -> random.Random:
        """A new generator of random numbers, the same for the same seed."""
        return random.Random(self.seed)

    @cached_property
    def count(self) -> Count:
        """Parameters and multiply-accumulates of the network, layer by layer."""
        return count(trace_architecture(self.network.architecture, published=False))

    @cached_property
    def operation(self) -> Operation:
        """What combines the positions of the image in this network."""
        if any(layer.kind == "matmul" for layer in self.count.layers):
            return "attention"
        modules = self.network.model.modules()
        windows = (module for module in modules if isinstance(module, nn.Conv2d))
        # patches do not overlap: cutting the image into them combines no neighbors
        overlap = any(window.kernel_size[0] > window.stride[0] for window in windows)
        return "convolution" if overlap else "perceptron"

    @cached_property
    def fields(self) -> dict[str, Field]:
        """Receptive fields of the network's early, middle and late layer, by name."""
        row = self.network.architecture
        return architecture_fields(row, layers=[*row.layers_by_role.values()])

    @cached_property
    def layers(self) -> tuple[MapLayer, ...]:
        """The network's layers with feature maps."""
        return map_layers(self.network)

    def maps(self, layer: str, pixels: Pixels | None = None) -> Tensor:
        """Return the feature maps of a layer, (N, C, h, w).

        Args:
            layer: dotted name.
            pixels: uint8, (N, 1, 28, 28); None for the image on the screen.
        """
        return self.network.maps(layer, self.outputs([layer], pixels)[layer])

    def outputs(self, layers: Sequence[str], pixels: Pixels | None = None) -> dict[str, Tensor]:
        """Return the outputs of several layers, class tokens included, by name; see `maps`."""
        network = self.network.copy()
        batch = self.image[None] if pixels is None else pixels  # (N, 1, H, W)
        with evaluating(network.model), recording(network.model, layers) as outputs:
            network.model(network.input(batch))
        return dict(outputs)

    def output_shape(self, layer: str) -> OutputShape:
        """Return the shape of a layer's output for one digit."""
        output = self.outputs([layer])[layer]
        _, channels, *grid = self.network.maps(layer, output).shape  # (1, C, h, w)
        tokens = output.numel() // channels - grid[0] * grid[1]
        return OutputShape(channels, (grid[0], grid[1]), tokens)

    def logits(self, pixels: Pixels) -> Tensor:
        """Return the logits (N, 10) of images (N, 1, 28, 28)."""
        size = self.network.architecture.input_size
        return logits(self.network.copy().model, torch.from_numpy(pixels), size=size)

    def probabilities(self, pixels: Pixels) -> NDArray[np.float32]:
        """Return the class probabilities (N, 10) of images (N, 1, 28, 28)."""
        return predict(self.network, pixels).probabilities

    def correct(self, network: LoadedNetwork) -> Mask:
        """Tell which digits of the sample a network classifies correctly, (N,)."""
        return predict(network, self.sample.images).correct(self.sample.labels.astype(np.int64))

    def accuracy(self, network: LoadedNetwork | None = None) -> float:
        """Return the share of the sample that a network, this one by default, gets right."""
        return float(self.correct(network or self.network).mean())

    def untrained(self) -> LoadedNetwork:
        """Return the network's architecture with the initial weights of the scene's seed."""
        return untrained_network(self.network.architecture, seed=self.seed)
