"""MobileNet v1, v2 and v3: depthwise convolutions and 1x1 convolutions."""

from collections import OrderedDict

import timm
import torchvision
from torch import nn

from cnnviz.models.architectures.adapted import out_of_place, visit_every_pixel

_STEM = 32  # channels at width 1
# channels at width 1 and stride of each separable block
_BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)


def mobilenet_v1() -> nn.Sequential:
    """Return the 13 separable blocks for (N, 1, 28, 28) inputs at width multiplier 0.25.

    The stem has stride 1 in place of 2.

    Reference:
        Howard et al. 2017, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
        Applications", https://arxiv.org/abs/1704.04861
    """
    channels = _STEM // 4
    stem = [nn.Conv2d(1, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
    blocks = []
    for full_width, stride in _BLOCKS:
        blocks.append(_separable(channels, full_width // 4, stride))
        channels = full_width // 4
    return nn.Sequential(
        OrderedDict(
            stem=nn.Sequential(OrderedDict(zip(("conv", "bn", "relu"), stem, strict=True))),
            blocks=nn.Sequential(*blocks),  # (N, 256, 2, 2) by way of 28, 14, 7 and 4 pixels
            avgpool=nn.AdaptiveAvgPool2d(1),
            flatten=nn.Flatten(),  # (N, 256)
            fc=nn.Linear(channels, 10),
        )
    )


def mobilenet_v2(*, dropout: float = 0.0) -> nn.Module:
    """Return torchvision's inverted residuals for (N, 1, 28, 28) inputs at width multiplier 0.35.

    The stem has stride 1 in place of 2. As in the paper, a multiplier below 1 leaves the 1,280
    channels of the last convolution as they are.

    Args:
        dropout: probability of dropping a channel before the last layer; 0.2 in torchvision.

    Reference:
        Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        https://arxiv.org/abs/1801.04381
    """
    network = torchvision.models.MobileNetV2(10, width_mult=0.35, dropout=dropout)
    stem = network.features[0]
    stem[0] = nn.Conv2d(1, stem[0].out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(stem[0].weight, mode="fan_out")
    adapted: nn.Module = out_of_place(network)
    return adapted


def mobilenet_v3() -> nn.Module:
    """Return timm's MobileNetV3-Small for (N, 1, 28, 28) inputs at width multiplier 0.5.

    The stem has stride 1 in place of 2. Batch normalization keeps timm's momentum of 0.1: with
    0.01, which suits hundreds of epochs, its running averages would lag in a short training.

    Reference:
        Howard et al. 2019, "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244
    """
    network = timm.create_model("mobilenetv3_small_050", in_chans=1, num_classes=10)
    return out_of_place(visit_every_pixel(network, "conv_stem"))


def _separable(channels: int, width: int, stride: int) -> nn.Sequential:
    """Return a depthwise 3x3 convolution and a pointwise 1x1 convolution: a separable block."""
    depthwise = nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels, bias=False)
    return nn.Sequential(
        OrderedDict(
            depthwise=depthwise,  # (N, channels, H / stride, W / stride)
            bn1=nn.BatchNorm2d(channels),
            relu1=nn.ReLU(),
            pointwise=nn.Conv2d(channels, width, 1, bias=False),  # (N, width, ...)
            bn2=nn.BatchNorm2d(width),
            relu2=nn.ReLU(),
        )
    )
