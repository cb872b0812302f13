"""The architectures: one row each, which carries all that a page needs to use it.

Importing the catalogue does not import PyTorch: a row names its builder and `build` fetches it.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Paper:
    """Where an architecture was published."""

    title: str
    url: str


@dataclass(frozen=True)
class Architecture:
    """One network of the catalogue.

    Attributes:
        key: short name for command lines, files and URLs.
        title: name to show.
        family: lineage, for grouping.
        year: of publication; None where the lecture itself is the source.
        paper: the publication; None where the lecture itself is the source.
        builder: `module:function` that returns the network with 10 outputs.
        input_size: side of the square, one-channel input in pixels.
        early, middle, late: dotted names of the three layers to look into.
        learning_rate: default for AdamW.
        has_dropout: whether `build` takes a `dropout` probability.
        fast: changes to the preset "Fast to 99%" that suit this network.
        note: what was adapted, after which convention; one sentence, shown on the page.
    """

    key: str
    title: str
    family: str
    year: int | None
    paper: Paper | None
    builder: str
    input_size: int
    early: str
    middle: str
    late: str
    note: str
    learning_rate: float = 1e-3
    has_dropout: bool = False
    fast: Mapping[str, Any] = field(default_factory=dict)

    def build(self, **options: Any) -> "nn.Module":
        """Return the network, freshly initialized from PyTorch's global random state."""
        network: nn.Module = pkgutil.resolve_name(self.builder)(**options)
        return network


_ROWS = (
    Architecture(
        key="mnist_cnn",
        title="MnistCNN, fully connected head",
        family="MnistCNN",
        year=None,
        paper=None,
        builder="cnnviz.models.mnist_cnn:fully_connected",
        input_size=28,
        early="relu1",
        middle="relu2",
        late="pool2",
        has_dropout=True,
        note="The lecture's network as it stands; dropout is off unless you turn it on.",
    ),
    Architecture(
        key="mnist_fcn",
        title="MnistCNN, fully convolutional head",
        family="MnistCNN",
        year=None,
        paper=None,
        builder="cnnviz.models.mnist_cnn:fully_convolutional",
        input_size=28,
        early="relu1",
        middle="relu2",
        late="relu3",
        has_dropout=True,
        fast={"learning_rate": 6e-3},
        note="The lecture's network as it stands; dropout is off unless you turn it on.",
    ),
    Architecture(
        key="sprint_cnn",
        title="SprintCNN",
        family="MnistCNN",
        year=None,
        paper=None,
        builder="cnnviz.models.sprint:sprint_cnn",
        input_size=28,
        early="relu1",
        middle="relu2",
        late="relu3",
        fast={"batch_size": 256, "learning_rate": 8e-3},
        note=(
            "Not from the lecture: a strided first layer and few channels, made to reach 99% on "
            "two processor cores within seconds."
        ),
    ),
    Architecture(
        key="lenet5",
        title="LeNet-5",
        family="LeNet",
        year=1998,
        paper=Paper(
            "Gradient-Based Learning Applied to Document Recognition",
            "https://doi.org/10.1109/5.726791",
        ),
        builder="cnnviz.models.lenet:lenet5",
        input_size=32,
        early="tanh1",
        middle="tanh3",
        late="tanh5",
        learning_rate=2e-3,
        fast={"epochs": 8, "learning_rate": 6e-3},
        note=(
            "C3 sees every map of S2, pooling has no weights, and ten logits replace the 1998 "
            "network's sparse table, trainable subsampling and RBF output."
        ),
    ),
)

CATALOGUE: Mapping[str, Architecture] = MappingProxyType({row.key: row for row in _ROWS})


def architecture(key: str) -> Architecture:
    """Return the row of that key.

    Raises:
        ValueError: if there is none, naming those there are.
    """
    try:
        return CATALOGUE[key]
    except KeyError:
        raise ValueError(f"unknown architecture {key!r}: choose {', '.join(CATALOGUE)}") from None
