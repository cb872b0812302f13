"""DenseNet: each layer receives the concatenated outputs of all layers before it."""

from collections import OrderedDict

import torchvision
from torch import nn

from cnnviz.models.architectures.adapted import out_of_place

_GROWTH = 12  # channels that each layer adds


def densenet() -> nn.Sequential:
    """Return a DenseNet-BC with three blocks of three layers for (N, 1, 28, 28) inputs.

    The blocks are torchvision's, with the paper's CIFAR growth rate of 12 and stem of 24 channels
    without a pool. The stem has stride 2, and a block has three layers where the paper's has 16.
    A block adds 3 * 12 channels, and a transition halves channels and sides: (N, 24, 14, 14),
    (N, 30, 7, 7) and (N, 33, 3, 3) enter the three blocks, and (N, 69, 3, 3) leaves the last.

    Reference:
        Huang et al. 2017, "Densely Connected Convolutional Networks",
        https://arxiv.org/abs/1608.06993
    """
    stem = 2 * _GROWTH
    whole = torchvision.models.DenseNet(_GROWTH, (3, 3, 3), stem, num_classes=10)
    features = whole.features
    features.conv0 = nn.Conv2d(1, stem, 3, stride=2, padding=1, bias=False)  # (N, 24, 14, 14)
    nn.init.kaiming_normal_(features.conv0.weight)
    del features.pool0
    return out_of_place(
        nn.Sequential(  # as torchvision's `forward`, whose ReLU works in place
            OrderedDict(
                features=features,
                relu=nn.ReLU(),
                avgpool=nn.AdaptiveAvgPool2d(1),  # (N, 69, 1, 1)
                flatten=nn.Flatten(),
                classifier=whole.classifier,
            )
        )
    )
