"""LeNet-5, the network that read bank checks."""

from collections import OrderedDict

from torch import nn


def lenet5() -> nn.Sequential:
    """Return LeNet-5 for (N, 1, 32, 32) inputs.

    Departures from the paper, all usual today: C3 is connected to every map of S2 and not by a
    sparse table, subsampling has no trainable weights, and logits replace the RBF output.

    Reference:
        LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition",
        https://doi.org/10.1109/5.726791
    """
    return nn.Sequential(
        OrderedDict(
            [
                ("c1", nn.Conv2d(1, 6, 5)),  # (N, 6, 28, 28)
                ("tanh1", nn.Tanh()),
                ("s2", nn.AvgPool2d(2)),  # (N, 6, 14, 14)
                ("c3", nn.Conv2d(6, 16, 5)),  # (N, 16, 10, 10)
                ("tanh3", nn.Tanh()),
                ("s4", nn.AvgPool2d(2)),  # (N, 16, 5, 5)
                ("c5", nn.Conv2d(16, 120, 5)),  # (N, 120, 1, 1)
                ("tanh5", nn.Tanh()),
                ("flatten", nn.Flatten()),  # (N, 120)
                ("f6", nn.Linear(120, 84)),
                ("tanh6", nn.Tanh()),
                ("output", nn.Linear(84, 10)),  # (N, 10)
            ]
        )
    )
