"""Convolutions of well-known blocks, to count: bottleneck, Inception, dense block, separable."""

from collections.abc import Iterable

from cnnviz.models.structure.convolution.arithmetic import Convolution

Branches = dict[str, tuple[Convolution, ...]]

# channels out of the branches of module 3a of GoogLeNet
_OUT_1X1, _OUT_3X3, _OUT_5X5, _OUT_POOL = 64, 128, 32, 32


def total_parameters(layers: Iterable[Convolution]) -> int:
    """Return the weights and biases of all layers."""
    return sum(layer.parameters for layer in layers)


def total_macs(layers: Iterable[Convolution], size: int) -> int:
    """Return the MACs of all layers for one example, each with an input of that side."""
    return sum(layer.macs(size) for layer in layers)


def bottleneck(channels: int, narrow: int) -> tuple[Convolution, Convolution, Convolution]:
    """Return 1x1 down to fewer channels, 3x3 among those, 1x1 back up, without biases.

    Reference:
        He et al. 2015, "Deep Residual Learning for Image Recognition",
        https://arxiv.org/abs/1512.03385
    """
    return (
        Convolution(channels, narrow, 1, bias=False),
        Convolution(narrow, narrow, 3, padding="same", bias=False),
        Convolution(narrow, channels, 1, bias=False),
    )


def inception_module(in_channels: int, before_3x3: int, before_5x5: int) -> Branches:
    """Return the branches of an Inception module as wide as GoogLeNet's module 3a.

    Args:
        in_channels: maps that come in.
        before_3x3, before_5x5: channels of the 1x1 convolutions before the larger kernels.

    Reference:
        Szegedy et al. 2014, "Going Deeper with Convolutions", https://arxiv.org/abs/1409.4842
    """
    return {
        "1×1": (Convolution(in_channels, _OUT_1X1, 1),),
        "3×3": (
            Convolution(in_channels, before_3x3, 1),
            Convolution(before_3x3, _OUT_3X3, 3, padding="same"),
        ),
        "5×5": (
            Convolution(in_channels, before_5x5, 1),
            Convolution(before_5x5, _OUT_5X5, 5, padding="same"),
        ),
        "pool": (Convolution(in_channels, _OUT_POOL, 1),),
    }


def naive_inception_module(in_channels: int) -> Branches:
    """Return the branches of the same module without any 1x1 reduction; pooling has no layer."""
    return {
        "1×1": (Convolution(in_channels, _OUT_1X1, 1),),
        "3×3": (Convolution(in_channels, _OUT_3X3, 3, padding="same"),),
        "5×5": (Convolution(in_channels, _OUT_5X5, 5, padding="same"),),
        "pool": (),
    }


def channels_out(branches: Branches, in_channels: int) -> int:
    """Return the channels of all branches' outputs together; one without layers keeps its input."""
    return sum(layers[-1].out_channels if layers else in_channels for layers in branches.values())


def dense_block(in_channels: int, growth: int, depth: int) -> tuple[Convolution, ...]:
    """Return 3x3 convolutions that each see the outputs of all before, without biases.

    Args:
        in_channels: maps that enter the first layer.
        growth: channels that each layer adds.
        depth: layers.

    Reference:
        Huang et al. 2016, "Densely Connected Convolutional Networks",
        https://arxiv.org/abs/1608.06993
    """
    return tuple(
        Convolution(in_channels + growth * i, growth, 3, padding="same", bias=False)
        for i in range(depth)
    )


def plain_stack(channels: int, depth: int) -> tuple[Convolution, ...]:
    """Return 3x3 convolutions that all keep the number of channels, without biases."""
    return (Convolution(channels, channels, 3, padding="same", bias=False),) * depth


def separable_layers(in_channels: int, out_channels: int, kernel: int) -> dict[str, Convolution]:
    """Return a full convolution and the depthwise and the 1x1 one in its place, without biases.

    Reference:
        Howard et al. 2017, "MobileNets", https://arxiv.org/abs/1704.04861
    """
    return {
        "full": Convolution(in_channels, out_channels, kernel, padding="same", bias=False),
        "depthwise": Convolution(
            in_channels, in_channels, kernel, padding="same", groups=in_channels, bias=False
        ),
        "1×1": Convolution(in_channels, out_channels, 1, bias=False),
    }
