"""What networks built by a library need before this package can look into them."""

from typing import Any, TypeVar

from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def out_of_place(network: Network) -> Network:
    """Return the network with every module told to leave its input as it is.

    A layer that works in place rewrites the output of the layer before it, so that a hook on a
    convolution would show what the ReLU behind it made of its maps.
    """
    module: Any
    for module in network.modules():
        if hasattr(module, "inplace"):
            module.inplace = False
    return network


def visit_every_pixel(network: Network, name: str) -> Network:
    """Return the network with stride 1 in the convolution of that name.

    Networks for photographs halve them at once; digits have no pixels to spare.
    """
    convolution: Any = network.get_submodule(name)
    convolution.stride = (1, 1)
    return network
