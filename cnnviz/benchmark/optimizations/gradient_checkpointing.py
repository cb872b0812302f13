"""Gradient checkpointing: the inside of a block is computed a second time, not kept."""

import copy
import math
from collections.abc import Iterator
from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

_CHAIN = 4  # layers in a row from which on a chain is worth cutting


def cut(model: nn.Module) -> int:
    """Have a network compute its blocks a second time in the backward pass, not keep their inside.

    A long chain of layers is cut into about the square root of its length, as in the paper.

    Returns:
        How many blocks and chains that are; 0 leaves the network as it was.

    Reference:
        Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost",
        https://arxiv.org/abs/1604.06174
    """
    found = list(pieces(model))
    for piece in found:
        if _is_chain(piece):
            segments = round(math.sqrt(len(piece)))  # type: ignore[arg-type]
            again = partial(checkpoint_sequential, copy.copy(piece), segments, use_reentrant=False)
        else:
            again = partial(checkpoint, piece.forward, use_reentrant=False)
        piece.forward = again
    return len(found)


def pieces(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the chains to cut and the blocks to compute twice, none inside another."""
    for child in [module] if _is_chain(module) else module.children():
        if _is_chain(child):
            yield child
        elif isinstance(child, nn.Sequential | nn.ModuleList) or _holds_blocks(child):
            yield from pieces(child)
        elif list(child.children()):
            yield child


def _is_chain(module: nn.Module) -> bool:
    if type(module) is not nn.Sequential or len(module) < _CHAIN:
        return False
    return not any(list(layer.children()) for layer in module)


def _holds_blocks(module: nn.Module) -> bool:
    """Tell whether a module is a frame around a list of blocks, and no block itself."""
    lists = [m for m in module.children() if isinstance(m, nn.Sequential | nn.ModuleList)]
    # more than one such list are the branches of a block
    return sum(sum(bool(list(m.children())) for m in found) > 1 for found in lists) == 1
