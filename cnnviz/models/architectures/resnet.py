"""ResNet: residual blocks, which learn what to add to their input."""

from collections import OrderedDict

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Residual block relu(F(x) + x), where F is two 3x3 convolutions.

    Args:
        channels: of the input.
        width: of the convolutions and of the output.
        stride: of the first convolution.
    """

    expansion = 1

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        """Build the branch, and a shortcut where the shapes differ."""
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(channels, width, stride)
        self.relu2 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, width, H / stride, W / stride) for (N, channels, H, W)."""
        y = self.relu1(self.bn1(self.conv1(x)))  # (N, width, H / stride, W / stride)
        y = self.bn2(self.conv2(y))
        output: Tensor = self.relu2(y + self.downsample(x))
        return output


class Bottleneck(nn.Module):
    """Residual block relu(F(x) + x), where F is 1x1, 3x3 and 1x1 convolutions.

    The first convolution reduces the channels, the last one expands them. The stride is that of
    the 3x3 convolution, as in torchvision; in the paper it is that of the reduction. The last batch
    norm's scale starts at zero, so that the block starts as the identity (Goyal et al. 2017,
    "Accurate, Large Minibatch SGD", https://arxiv.org/abs/1706.02677): without it a hundred blocks
    hardly learn here.

    Args:
        channels: of the input.
        width: of the 3x3 convolution; the output has four times as many channels.
        stride: of the 3x3 convolution.
    """

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        """Build the branch, and a shortcut where the shapes differ."""
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(width, width * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.downsample = _shortcut(channels, width * self.expansion, stride)
        self.relu3 = nn.ReLU()
        nn.init.zeros_(self.bn3.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, 4 * width, H / stride, W / stride) for (N, channels, H, W)."""
        y = self.relu1(self.bn1(self.conv1(x)))  # (N, width, H, W)
        y = self.relu2(self.bn2(self.conv2(y)))  # (N, width, H / stride, W / stride)
        y = self.bn3(self.conv3(y))  # (N, 4 * width, H / stride, W / stride)
        output: Tensor = self.relu3(y + self.downsample(x))
        return output


def resnet8() -> nn.Sequential:
    """Return the paper's CIFAR network with one block per stage, for (N, 1, 28, 28) inputs."""
    return _resnet(BasicBlock, (1, 1, 1), width=16)


def resnet20() -> nn.Sequential:
    """Return the paper's CIFAR network with three blocks per stage (section 4.2, n = 3)."""
    return _resnet(BasicBlock, (3, 3, 3), width=16)


def resnet18() -> nn.Sequential:
    """Return ResNet-18's stages at an eighth of their width."""
    return _resnet(BasicBlock, (2, 2, 2, 2), width=8)


def resnet50() -> nn.Sequential:
    """Return ResNet-50's stages at an eighth of their width, with a stem of stride 2."""
    return _resnet(Bottleneck, (3, 4, 6, 3), width=8, stem_stride=2)


def resnet101() -> nn.Sequential:
    """Return ResNet-101's stages at an eighth of their width, with a stem of stride 2."""
    return _resnet(Bottleneck, (3, 4, 23, 3), width=8, stem_stride=2)


def resnet152() -> nn.Sequential:
    """Return ResNet-152's stages at an eighth of their width, with a stem of stride 2."""
    return _resnet(Bottleneck, (3, 8, 36, 3), width=8, stem_stride=2)


def _resnet(
    block: type[BasicBlock | Bottleneck],
    depths: tuple[int, ...],
    *,
    width: int,
    stem_stride: int = 1,
) -> nn.Sequential:
    """Return a residual network for (N, 1, 28, 28) inputs.

    The stem is the 3x3 convolution of the paper's CIFAR networks, without a pool. Each stage after
    the first halves the sides of the maps and doubles the channels.

    Args:
        block: class of the blocks.
        depths: number of blocks in each stage.
        width: channels of the first stage; a `Bottleneck` expands them by four.
        stem_stride: stride of the first convolution.

    Reference:
        He et al. 2015, "Deep Residual Learning for Image Recognition",
        https://arxiv.org/abs/1512.03385
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(1, width, 3, stem_stride, padding=1, bias=False),
        bn1=nn.BatchNorm2d(width),
        relu=nn.ReLU(),
    )
    channels = width
    for stage, depth in enumerate(depths):
        blocks = []
        for place in range(depth):
            stride = 2 if stage > 0 and place == 0 else 1
            blocks.append(block(channels, width * 2**stage, stride))
            channels = width * 2**stage * block.expansion
        layers[f"layer{stage + 1}"] = nn.Sequential(*blocks)  # (N, channels, h, w)
    layers["avgpool"] = nn.AdaptiveAvgPool2d(1)  # (N, channels, 1, 1)
    layers["flatten"] = nn.Flatten()
    layers["fc"] = nn.Linear(channels, 10)
    network = nn.Sequential(layers)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def _shortcut(channels: int, width: int, stride: int) -> nn.Module:
    """Return the identity, or a 1x1 projection where the shape changes (the paper's option B)."""
    if stride == 1 and channels == width:
        return nn.Identity()
    projection = nn.Conv2d(channels, width, 1, stride, bias=False)
    return nn.Sequential(projection, nn.BatchNorm2d(width))
