"""Page Ideas: concepts of the lecture with sliders; one row here and one module for each."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Idea:
    """One idea.

    Attributes:
        key: in the address, and name of the module whose function `<key>_idea` draws it.
        title: to choose it by.
        claim: the idea in one or two sentences that may mark terms of the glossary.
    """

    key: str
    title: str
    claim: str

    def show(self) -> None:
        """Draw the idea on the page."""
        name = f"cnnviz.ui.ideas.{self.key}:{self.key}_idea"
        draw: Callable[[], None] = pkgutil.resolve_name(name)
        draw()


IDEAS = (
    Idea(
        "arithmetic",
        "Convolution arithmetic",
        "[[Kernel|kernel]] size, [[stride]], [[padding]] and dilation determine how large the "
        "output is and which input pixels each of its units sees.",
    ),
    Idea(
        "one_by_one",
        "1×1 convolution",
        "A 1×1 convolution mixes the [[channels|channel]] of one pixel and ignores its neighbors: "
        "a cheap way to reduce the number of channels.",
    ),
    Idea(
        "heads",
        "Two heads",
        "A fully connected head has separate weights for every position. A fully convolutional "
        "head keeps a feature map until a global pooling, so it accepts larger images and is less "
        "sensitive to shifts.",
    ),
    Idea(
        "inception",
        "Inception",
        "Kernels of several sizes process the same input in parallel branches. 1×1 convolutions "
        "before the large kernels keep the cost low.",
    ),
    Idea(
        "residual",
        "Residual block",
        "relu(conv(x) + x): the shortcut carries the [[gradient]] past the layer, so that very "
        "deep networks can be trained.",
    ),
    Idea(
        "dense",
        "Dense connectivity",
        "Each layer receives the outputs of all layers before it and adds only a few channels of "
        "its own.",
    ),
    Idea(
        "depthwise",
        "Depthwise separable",
        "One kernel per channel, then a 1×1 convolution across channels: far fewer [[MACs]]. How "
        "much time that saves depends on the machine, so it is measured.",
    ),
    Idea(
        "activations",
        "ReLU and dropout",
        "ReLU passes gradients that sigmoid and tanh shrink; [[dropout]] narrows the gap "
        "between training and test accuracy. AlexNet used both.",
    ),
    Idea(
        "scaling",
        "Compound scaling",
        "EfficientNet scales width, depth and resolution together, in fixed proportions.",
    ),
    Idea(
        "attention",
        "Attention and convolution",
        "A convolutional unit sees a small patch that grows from layer to layer; with attention, "
        "one layer sees the whole image.",
    ),
)
