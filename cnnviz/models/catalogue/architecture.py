"""What a row of the catalogue holds."""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

ROLES = ("early", "middle", "late")  # of the layers to look into


@dataclass(frozen=True)
class Paper:
    """Where an architecture was published."""

    title: str
    url: str


@dataclass(frozen=True)
class Published:
    """The network as its authors built it, for photographs.

    Attributes:
        name: as the literature and the libraries call it, "ResNet-50".
        builder: `module:function` that returns the network; called on the meta device, where it
            takes no memory.
        input_size: (C, H, W) of one example.
        early, middle, late: dotted names of the three layers to look into.
        top1: share of ImageNet's 50,000 validation pictures whose first answer is right, 0 to 1;
            None where nobody has published one.
        source: of `top1`, in words.
    """

    name: str
    builder: str
    input_size: tuple[int, int, int]
    early: str
    middle: str
    late: str
    top1: float | None = None
    source: str = ""

    def build(self) -> "nn.Module":
        """Return the network on the meta device: shapes and counts, no numbers."""
        import torch

        with torch.device("meta"):
            network: nn.Module = pkgutil.resolve_name(self.builder)()
        return network.eval().requires_grad_(False)


@dataclass(frozen=True)
class Architecture:
    """One network of the catalogue, at the scale that learns MNIST live.

    Attributes:
        key: short name for command lines, files and URLs.
        title: name to show.
        family: lineage, for grouping.
        year: of publication; None where the lecture itself is the source.
        paper: the publication; None where the lecture itself is the source.
        builder: `module:function` that returns the network with 10 outputs.
        input_size: side of the square, one-channel input in pixels.
        early, middle, late: dotted names of the three layers to look into.
        note: what was adapted, after which convention; one sentence, shown on the page.
        idea: the key idea in two sentences.
        pros, cons: what speaks for the family and against it, a phrase each.
        lecture: what the lecture says of it.
        published: the same architecture as its authors built it; None where it is the same.
        task: "classify" one digit, or "detect" several on a canvas.
        channels_last: whether the blocks put out (N, H, W, C) in place of (N, C, H, W); tokens,
            (N, T, C), need no mark.
        learning_rate: default for AdamW.
        has_dropout: whether `build` takes a `dropout` probability.
        fast: changes to the preset "Fast to 99%" that suit this network.
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
    idea: str = ""
    pros: tuple[str, ...] = ()
    cons: tuple[str, ...] = ()
    lecture: str = ""
    published: Published | None = None
    task: str = "classify"
    channels_last: bool = False
    learning_rate: float = 1e-3
    has_dropout: bool = False
    fast: Mapping[str, Any] = field(default_factory=dict)

    @property
    def layers_by_role(self) -> dict[str, str]:
        """Dotted names of the three layers to look into, by role."""
        return dict(zip(ROLES, (self.early, self.middle, self.late), strict=True))

    @property
    def measure(self) -> str:
        """What tells how good the network is: "accuracy", or "F1" of what it detects."""
        return "F1" if self.task == "detect" else "accuracy"

    def build(self, **options: Any) -> "nn.Module":
        """Return the network, freshly initialized from PyTorch's global random state."""
        network: nn.Module = pkgutil.resolve_name(self.builder)(**options)
        return network
