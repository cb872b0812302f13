"""SprintCNN, a small network that learns all of MNIST within seconds on a laptop's CPU."""

from collections import OrderedDict

from torch import nn


def sprint_cnn() -> nn.Sequential:
    """Return three convolutions and one linear layer for (N, 1, 28, 28) inputs.

    Most time goes into the layers with the most pixels: the stride of the first convolution leaves
    a quarter of them to the rest, and the other two have no padding, which leaves smaller maps.
    """
    return nn.Sequential(
        OrderedDict(
            [
                ("conv1", nn.Conv2d(1, 16, 5, stride=2, padding=2)),  # (N, 16, 14, 14)
                ("relu1", nn.ReLU()),
                ("conv2", nn.Conv2d(16, 32, 3)),  # (N, 32, 12, 12)
                ("relu2", nn.ReLU()),
                ("pool2", nn.MaxPool2d(2)),  # (N, 32, 6, 6)
                ("conv3", nn.Conv2d(32, 64, 3)),  # (N, 64, 4, 4)
                ("relu3", nn.ReLU()),
                ("flatten", nn.Flatten()),  # (N, 1024)
                ("fc", nn.Linear(64 * 4 * 4, 10)),  # (N, 10)
            ]
        )
    )
