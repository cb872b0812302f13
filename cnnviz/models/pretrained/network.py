"""A network with pretrained weights: how it is built, and what it expects as input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnviz.data.photographs import Crop
from cnnviz.models.catalog.row import InspectedLayers, build_on_meta

if TYPE_CHECKING:
    from torch import Tensor, nn

    State = dict[str, Tensor]


@dataclass(frozen=True)
class Weights:
    """A file of weights.

    Attributes:
        file: name of the file.
        sha256: checksum of the file, or its first eight digits where no more are published.
        megabytes: size of the file, in units of 2**20 bytes.
        source: who publishes the weights, in words.
        terms: their license.
        url: address of the file; "" where it is installed with a package.
    """

    file: str
    sha256: str
    megabytes: float
    source: str
    terms: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Pretrained(InspectedLayers):
    """A network with pretrained weights for photographs.

    Attributes:
        key: short name, torchvision's or timm's.
        title: name to show.
        architecture: key of the catalog's row whose published network this is; "" if there is
            none.
        builder: `module:function` that returns the network.
        weights: the file of its weights.
        options: keyword arguments of the builder.
        crop: how a photograph is resized and cropped for the network.
        mean, std: per color channel, values in [0, 1]; the input is normalized by them.
        nhwc: whether the blocks' outputs are (N, H, W, C) in place of (N, C, H, W).
        adapt: takes the state in the file and the network, and returns the network's state dict.
    """

    key: str
    title: str
    architecture: str
    builder: str
    weights: Weights
    options: Mapping[str, Any] = field(default_factory=dict)
    crop: Crop = Crop()  # noqa: RUF009 - frozen
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    nhwc: bool = False
    adapt: "Callable[[State, nn.Module], State]" = lambda state, _: state

    def build(self) -> "nn.Module":
        """Return the network on the meta device: shapes without values."""
        return build_on_meta(self.builder, **self.options)
