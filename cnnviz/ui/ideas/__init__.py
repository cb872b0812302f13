"""Page Ideas: the lecture's ideas, their numbers on sliders; one row and one module each."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Idea:
    """One idea.

    Attributes:
        key: for the link.
        title: to choose it by.
        claim: what it says, in one or two sentences.
        module: in this package; its `show()` draws the idea on the page.
    """

    key: str
    title: str
    claim: str

    def show(self) -> None:
        """Draw the idea on the page."""
        draw: Callable[[], None] = pkgutil.resolve_name(f"cnnviz.ui.ideas.{self.key}:show")
        draw()


IDEAS = (
    Idea(
        "arithmetic",
        "Convolution arithmetic",
        "Kernel, stride, padding and dilation decide how large the output is and which pixels "
        "each of its units sees.",
    ),
    Idea(
        "one_by_one",
        "1×1 convolution",
        "A 1×1 convolution looks at one pixel and at no neighbor, and mixes its channels: a cheap "
        "way to have fewer of them.",
    ),
    Idea(
        "heads",
        "Two heads",
        "A fully connected head ties each weight to one place. A fully convolutional one keeps the "
        "map to the end, so it takes larger images and minds a shift less.",
    ),
    Idea(
        "inception",
        "Inception",
        "Kernels of several sizes look at the same maps side by side. 1×1 convolutions before the "
        "large ones make that affordable.",
    ),
    Idea(
        "residual",
        "Residual block",
        "relu(conv(x) + x): the shortcut carries the gradient past the layer, so that a deep stack "
        "can learn at all.",
    ),
    Idea(
        "dense",
        "Dense connectivity",
        "Each layer sees the outputs of all before it, and adds only a few maps of its own.",
    ),
    Idea(
        "depthwise",
        "Depthwise separable",
        "One kernel per channel, then a 1×1 convolution across channels: far fewer multiply-adds, "
        "though not that much less time.",
    ),
    Idea(
        "activations",
        "ReLU and dropout",
        "ReLU lets gradients pass where sigmoid and tanh squash them; dropout narrows the gap "
        "between training and test accuracy. AlexNet used both.",
    ),
    Idea(
        "scaling",
        "Compound scaling",
        "EfficientNet makes a network wider, deeper and sharper together, in a fixed proportion.",
    ),
    Idea(
        "attention",
        "Attention and convolution",
        "A convolution's unit sees a small patch and grows it layer by layer; with attention, one "
        "layer sees everything.",
    ),
)
