"""GoogLeNet: kernels of several sizes side by side, each behind a 1x1 reduction."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

_NARROWER = 8  # than published
_FEWEST = 4  # channels of any branch

# output of the 1x1 branch; reduction and output of 3x3; of 5x5; output behind the pool
_MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
_POOL_AFTER = ("3b", "4e")


class Inception(nn.Module):
    """Four branches over the same maps, concatenated along the channels.

    Args:
        channels: of the input.
        ones: output of the 1x1 branch.
        reduced_threes, threes: reduction and output of the 3x3 branch.
        reduced_fives, fives: reduction and output of the 5x5 branch.
        pooled: output of the 1x1 convolution behind the 3x3 pool.
    """

    def __init__(
        self,
        channels: int,
        ones: int,
        reduced_threes: int,
        threes: int,
        reduced_fives: int,
        fives: int,
        pooled: int,
    ) -> None:
        """Build the branches."""
        super().__init__()
        self.branch1x1 = _convolution(channels, ones, 1)
        self.branch3x3 = nn.Sequential(
            OrderedDict(
                reduce=_convolution(channels, reduced_threes, 1),
                conv=_convolution(reduced_threes, threes, 3),
            )
        )
        self.branch5x5 = nn.Sequential(
            OrderedDict(
                reduce=_convolution(channels, reduced_fives, 1),
                conv=_convolution(reduced_fives, fives, 5),
            )
        )
        self.branch_pool = nn.Sequential(
            OrderedDict(
                pool=nn.MaxPool2d(3, stride=1, padding=1),
                conv=_convolution(channels, pooled, 1),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, ones + threes + fives + pooled, H, W) for (N, channels, H, W)."""
        branches = (self.branch1x1, self.branch3x3, self.branch5x5, self.branch_pool)
        return torch.cat([branch(x) for branch in branches], dim=1)


def googlenet(*, dropout: float = 0.0) -> nn.Sequential:
    """Return GoogLeNet's nine modules for (N, 1, 28, 28) inputs at an eighth of its width.

    The stem halves the input once where ImageNet's halves it three times, batch normalization
    stands behind each convolution, and the two auxiliary classifiers are left out. The third
    branch is a true 5x5, where torchvision's has 3x3.

    Args:
        dropout: probability of dropping a channel before the last layer; the paper has 0.4.

    Reference:
        Szegedy et al. 2014, "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = _convolution(1, 64 // _NARROWER, 3)
    layers["pool1"] = nn.MaxPool2d(3, stride=2, padding=1)  # (N, 8, 14, 14)
    layers["conv2"] = _convolution(64 // _NARROWER, 192 // _NARROWER, 3)
    channels = 192 // _NARROWER
    for name, widths in _MODULES.items():
        ones, reduced_threes, threes, reduced_fives, fives, pooled = (
            max(width // _NARROWER, _FEWEST) for width in widths
        )
        layers[f"inception{name}"] = Inception(
            channels, ones, reduced_threes, threes, reduced_fives, fives, pooled
        )
        channels = ones + threes + fives + pooled
        if name in _POOL_AFTER:
            layers[f"pool{name[0]}"] = nn.MaxPool2d(3, stride=2, padding=1)  # 7, 4 a side
    layers["avgpool"] = nn.AdaptiveAvgPool2d(1)
    layers["flatten"] = nn.Flatten()
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    layers["fc"] = nn.Linear(channels, 10)
    return nn.Sequential(layers)


def published() -> nn.Module:
    """Return torchvision's GoogLeNet for (N, 3, 224, 224), 1,000 classes, no auxiliary heads."""
    import torchvision

    network: nn.Module = torchvision.models.googlenet(aux_logits=False, init_weights=False)
    return network


def _convolution(channels: int, width: int, kernel: int) -> nn.Sequential:
    """Return a convolution that keeps the size, batch normalization and ReLU."""
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(channels, width, kernel, padding=kernel // 2, bias=False),
            bn=nn.BatchNorm2d(width),
            relu=nn.ReLU(),
        )
    )
