"""GoogLeNet: convolutions of several kernel sizes in parallel, after 1x1 reductions."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

_DIVISOR = 8  # of the published widths
_MIN_WIDTH = 4  # channels of any branch

# output of the 1x1 branch; reduction and output of 3x3; of 5x5; output after the pool
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
    """Inception module: four branches over the same input, concatenated along the channels.

    Args:
        channels: of the input.
        ones: output of the 1x1 branch.
        reduced_threes, threes: reduction and output of the 3x3 branch.
        reduced_fives, fives: reduction and output of the 5x5 branch.
        pooled: output of the 1x1 convolution after the 3x3 pool.
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
        outputs = [branch(x) for branch in branches]  # (N, ones, H, W), (N, threes, H, W), ...
        return torch.cat(outputs, dim=1)


def googlenet(*, dropout: float = 0.0) -> nn.Sequential:
    """Return GoogLeNet's nine modules for (N, 1, 28, 28) inputs at an eighth of its width.

    The stem halves the input once where ImageNet's halves it three times, each convolution is
    followed by batch normalization, and the two auxiliary classifiers are left out. The third
    branch is a true 5x5 convolution, where torchvision's is 3x3.

    Args:
        dropout: probability of dropping a channel before the last layer; 0.4 in the paper.

    Reference:
        Szegedy et al. 2014, "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = _convolution(1, 64 // _DIVISOR, 3)  # (N, 8, 28, 28)
    layers["pool1"] = nn.MaxPool2d(3, stride=2, padding=1)  # (N, 8, 14, 14)
    layers["conv2"] = _convolution(64 // _DIVISOR, 192 // _DIVISOR, 3)  # (N, 24, 14, 14)
    channels = 192 // _DIVISOR
    for name, widths in _MODULES.items():
        ones, reduced_threes, threes, reduced_fives, fives, pooled = (
            max(width // _DIVISOR, _MIN_WIDTH) for width in widths
        )
        layers[f"inception{name}"] = Inception(
            channels, ones, reduced_threes, threes, reduced_fives, fives, pooled
        )
        channels = ones + threes + fives + pooled
        if name in _POOL_AFTER:
            layers[f"pool{name[0]}"] = nn.MaxPool2d(3, stride=2, padding=1)  # 7, 4 pixels a side
    layers["avgpool"] = nn.AdaptiveAvgPool2d(1)  # (N, 128, 1, 1)
    layers["flatten"] = nn.Flatten()
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    layers["fc"] = nn.Linear(channels, 10)
    return nn.Sequential(layers)


def googlenet_imagenet() -> nn.Module:
    """Return torchvision's GoogLeNet for (N, 3, 224, 224) inputs, without auxiliary heads."""
    import torchvision

    network: nn.Module = torchvision.models.googlenet(aux_logits=False, init_weights=False)
    return network


def _convolution(channels: int, width: int, kernel: int) -> nn.Sequential:
    """Return a convolution of stride 1 that keeps the size, batch normalization and ReLU."""
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(channels, width, kernel, padding=kernel // 2, bias=False),
            bn=nn.BatchNorm2d(width),
            relu=nn.ReLU(),
        )
    )
