"""A row of the catalog: how to build and describe one architecture."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnviz.system.random_lock import random_lock

if TYPE_CHECKING:
    from torch import nn

ROLES = ("early", "middle", "late")  # of the three layers to inspect


@dataclass(frozen=True)
class Paper:
    """A publication."""

    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class InspectedLayers:
    """The three layers of a network to inspect.

    Attributes:
        early, middle, late: their dotted names.
    """

    early: str
    middle: str
    late: str

    @property
    def layers_by_role(self) -> dict[str, str]:
        """Dotted names of the three layers, by role."""
        return dict(zip(ROLES, (self.early, self.middle, self.late), strict=True))


@dataclass(frozen=True, kw_only=True)
class Published(InspectedLayers):
    """An architecture as published, for photographs.

    Attributes:
        name: as in the literature and the libraries, "ResNet-50".
        builder: `module:function` that returns the network.
        input_size: (C, H, W) of one example.
        top1: top-1 accuracy on ImageNet's 50,000 validation images, 0 to 1; None where it has not
            been published.
        source: of `top1`, in words.
    """

    name: str
    builder: str
    input_size: tuple[int, int, int] = (3, 224, 224)
    top1: float | None = None
    source: str = ""

    def build(self) -> "nn.Module":
        """Return the network on the meta device: shapes without values."""
        return build_on_meta(self.builder)


@dataclass(frozen=True, kw_only=True)
class Architecture(InspectedLayers):
    """An architecture, at a size that learns MNIST within minutes.

    Attributes:
        key: short name for command lines, files and URLs.
        title: name to show.
        family: lineage, for grouping.
        year: of publication; None where the lecture is the source.
        paper: the publication; None where the lecture is the source.
        builder: `module:function` that returns the network with 10 outputs.
        input_size: side of the square, one-channel input in pixels.
        note: how the network differs from the published one, in one sentence, shown on the page.
        idea: the key idea in two sentences.
        pros, cons: advantages and disadvantages of the family, a phrase each.
        lecture: what the lecture says about it.
        published: the same architecture as published; None where there is no other.
        task: "classify" one digit, or "detect" several on a canvas.
        nhwc: whether the blocks' outputs are (N, H, W, C) in place of (N, C, H, W).
        learning_rate: default for AdamW.
        has_dropout: whether `build` takes a `dropout` probability.
        fast: changes to the preset "Fast to 99%" for this network.
    """

    key: str
    title: str
    family: str
    year: int | None = None
    paper: Paper | None = None
    builder: str
    input_size: int = 28
    note: str
    idea: str = ""
    pros: tuple[str, ...] = ()
    cons: tuple[str, ...] = ()
    lecture: str = ""
    published: Published | None = None
    task: str = "classify"
    nhwc: bool = False
    learning_rate: float = 1e-3
    has_dropout: bool = False
    fast: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        """The measure of test results: "accuracy", or "F1" for detectors."""
        return "F1" if self.task == "detect" else "accuracy"

    def published_network(self) -> Published:
        """Return the architecture as published.

        Raises:
            ValueError: if there is none.
        """
        if self.published is None:
            raise ValueError(f"network must have a published version, got {self.title}")
        return self.published

    def build(self, **options: Any) -> "nn.Module":
        """Return the network, freshly initialized from PyTorch's global random state."""
        with random_lock:  # not between the draws of a seeded network
            network: nn.Module = pkgutil.resolve_name(self.builder)(**options)
        return network

    def build_on_meta(self) -> "nn.Module":
        """Return the network on the meta device: shapes without values, and no random numbers."""
        return build_on_meta(self.builder)


def build_on_meta(builder: str, **options: Any) -> "nn.Module":
    """Return a network on the meta device, in evaluation mode, gradients off.

    Args:
        builder: `module:function` that returns the network.
        options: keyword arguments of the builder.
    """
    import torch

    with torch.device("meta"):
        network: nn.Module = pkgutil.resolve_name(builder)(**options)
    return network.eval().requires_grad_(False)  # weights have shapes and no values


def from_torchvision(
    name: str, function: str, top1: float, layers: tuple[str, str, str], *, more: str = ""
) -> Published:
    """Return the published network that torchvision has, with the accuracy of its weights.

    Args:
        name: as in the literature.
        function: of `torchvision.models` that builds it.
        top1: of the weights IMAGENET1K_V1, 0 to 1.
        layers: dotted names of the early, the middle and the late layer.
        more: appended to the source of the weights.
    """
    early, middle, late = layers
    return Published(
        name=name,
        builder=f"torchvision.models:{function}",
        early=early,
        middle=middle,
        late=late,
        top1=top1,
        source=f"torchvision's weights IMAGENET1K_V1{more}",
    )
