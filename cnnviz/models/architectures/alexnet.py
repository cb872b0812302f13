"""AlexNet, the network that won ImageNet 2012."""

from collections import OrderedDict

from torch import nn


def alexnet(*, dropout: float = 0.0) -> nn.Sequential:
    """Return AlexNet for (N, 1, 28, 28) inputs at a quarter of torchvision's width.

    Five convolutions, overlapping pools and three linear layers as published. The first
    convolution is 5x5 with stride 1 in place of 11x11 with stride 4 for ImageNet's 224 pixels,
    hidden linear layers have 256 units in place of 4,096, and there is neither local response
    normalization nor a split between two GPUs, as in torchvision.

    Args:
        dropout: probability of dropping a unit after each hidden linear layer; 0.5 in the paper.

    Reference:
        Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural Networks",
        https://papers.nips.cc/paper/4824
    """

    def drop(name: str) -> list[tuple[str, nn.Module]]:
        return [(name, nn.Dropout(dropout))] if dropout else []

    return nn.Sequential(
        OrderedDict(
            [
                ("conv1", nn.Conv2d(1, 16, 5, padding=2)),  # (N, 16, 28, 28)
                ("relu1", nn.ReLU()),
                ("pool1", nn.MaxPool2d(3, stride=2)),  # (N, 16, 13, 13)
                ("conv2", nn.Conv2d(16, 48, 5, padding=2)),  # (N, 48, 13, 13)
                ("relu2", nn.ReLU()),
                ("pool2", nn.MaxPool2d(3, stride=2)),  # (N, 48, 6, 6)
                ("conv3", nn.Conv2d(48, 96, 3, padding=1)),  # (N, 96, 6, 6)
                ("relu3", nn.ReLU()),
                ("conv4", nn.Conv2d(96, 64, 3, padding=1)),  # (N, 64, 6, 6)
                ("relu4", nn.ReLU()),
                ("conv5", nn.Conv2d(64, 64, 3, padding=1)),
                ("relu5", nn.ReLU()),
                ("pool5", nn.MaxPool2d(3, stride=2)),  # (N, 64, 2, 2)
                ("flatten", nn.Flatten()),  # (N, 256)
                ("fc6", nn.Linear(64 * 2 * 2, 256)),
                ("relu6", nn.ReLU()),
                *drop("dropout6"),
                ("fc7", nn.Linear(256, 256)),
                ("relu7", nn.ReLU()),
                *drop("dropout7"),
                ("fc8", nn.Linear(256, 10)),  # (N, 10)
            ]
        )
    )
