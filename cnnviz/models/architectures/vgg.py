"""VGG: stacks of 3x3 convolutions."""

from collections import OrderedDict

from torch import nn

_WIDTHS = (8, 16, 32, 64, 64)  # channels of the five stages, an eighth of the published ones


def vgg11() -> nn.Sequential:
    """Return configuration A for (N, 1, 32, 32) inputs: eight convolutions, one linear layer."""
    return _vgg((1, 1, 2, 2, 2))


def vgg16() -> nn.Sequential:
    """Return configuration D for (N, 1, 32, 32) inputs: 13 convolutions, one linear layer."""
    return _vgg((2, 2, 3, 3, 3))


def _vgg(depths: tuple[int, ...]) -> nn.Sequential:
    """Return five stages of 3x3 convolutions, each followed by a 2x2 pool.

    The fifth pool leaves one of the 32 pixels a side, so that a single linear layer replaces the
    published three, as is usual for CIFAR; each convolution is followed by batch normalization.

    Args:
        depths: number of convolutions in each stage.

    Reference:
        Simonyan & Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image
        Recognition", https://arxiv.org/abs/1409.1556
        Ioffe & Szegedy 2015, "Batch Normalization", https://arxiv.org/abs/1502.03167
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    channels = 1
    for stage, (width, depth) in enumerate(zip(_WIDTHS, depths, strict=True), start=1):
        for place in range(1, depth + 1):
            layers[f"conv{stage}_{place}"] = nn.Conv2d(channels, width, 3, padding=1)
            layers[f"bn{stage}_{place}"] = nn.BatchNorm2d(width)
            layers[f"relu{stage}_{place}"] = nn.ReLU()
            channels = width
        layers[f"pool{stage}"] = nn.MaxPool2d(2)  # (N, width, s, s), s = 16, 8, 4, 2, 1
    layers["flatten"] = nn.Flatten()  # (N, 64)
    layers["fc"] = nn.Linear(channels, 10)
    return nn.Sequential(layers)
