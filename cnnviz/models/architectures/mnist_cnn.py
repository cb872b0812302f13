"""The lecture's two MNIST networks: the same two convolutions with two different heads."""

from collections import OrderedDict

from torch import nn


def _body(first: int, second: int) -> list[tuple[str, nn.Module]]:
    return [
        ("conv1", nn.Conv2d(1, first, 3, padding="same")),  # (N, first, 28, 28)
        ("relu1", nn.ReLU()),
        ("pool1", nn.MaxPool2d(2)),  # (N, first, 14, 14)
        ("conv2", nn.Conv2d(first, second, 3, padding="same")),  # (N, second, 14, 14)
        ("relu2", nn.ReLU()),
        ("pool2", nn.MaxPool2d(2)),  # (N, second, 7, 7)
    ]


def _dropout(p: float) -> list[tuple[str, nn.Module]]:
    return [("dropout", nn.Dropout(p))] if p else []


def fully_connected(*, dropout: float = 0.0) -> nn.Sequential:
    """Return the network with a two-layer perceptron on its flattened 7x7 feature maps.

    Args:
        dropout: probability of dropping a hidden unit before the last layer; the lecture uses 0.
    """
    return nn.Sequential(
        OrderedDict(
            [
                *_body(32, 64),
                ("flatten", nn.Flatten()),  # (N, 3136)
                ("fc1", nn.Linear(64 * 7 * 7, 128)),
                ("relu3", nn.ReLU()),
                *_dropout(dropout),
                ("fc2", nn.Linear(128, 10)),  # (N, 10)
            ]
        )
    )


def fully_convolutional(*, dropout: float = 0.0) -> nn.Sequential:
    """Return the network without linear layers: a 1x1 convolution is the classifier.

    Args:
        dropout: probability of dropping a channel before the last layer; the lecture uses 0.
    """
    return nn.Sequential(
        OrderedDict(
            [
                *_body(32, 64),
                ("conv3", nn.Conv2d(64, 128, 3)),  # (N, 128, 5, 5)
                ("relu3", nn.ReLU()),
                ("pool3", nn.AdaptiveMaxPool2d(1)),  # (N, 128, 1, 1)
                *_dropout(dropout),
                ("conv4", nn.Conv2d(128, 10, 1)),  # (N, 10, 1, 1)
                ("flatten", nn.Flatten()),  # (N, 10)
            ]
        )
    )
