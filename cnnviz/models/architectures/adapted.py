"""Adaptations of networks from torchvision and timm to hooks and to small images."""

from typing import Any, TypeVar

from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def out_of_place(network: Network) -> Network:
    """Return the network with in-place operation turned off in every module.

    A layer that works in place overwrites the output of the layer before it: a hook on a
    convolution would record the output of the ReLU after it.
    """
    module: Any
    for module in network.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return network


def visit_every_pixel(network: Network, name: str) -> Network:
    """Return the network with stride 1 in one of its convolutions.

    Networks for photographs start with a stride of 2, which loses too much of a small digit.

    Args:
        network: changed in place.
        name: dotted name of the convolution.
    """
    convolution: Any = network.get_submodule(name)
    convolution.stride = (1, 1)
    return network
