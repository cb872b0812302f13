"""Gradient checkpointing: activations inside a block are computed again, not kept."""

import copy
import math
from collections.abc import Iterator
from functools import partial

from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

_LONG = 4  # layers of a sequence from which on checkpointing it pays


def checkpoint_blocks(model: nn.Module) -> int:
    """Make a network compute its blocks again in the backward pass instead of keeping activations.

    A long sequence of layers is divided into about the square root of its length, as in the paper.

    Args:
        model: is changed.

    Returns:
        Number of blocks and sequences; if 0, the network is unchanged.

    Reference:
        Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost",
        https://arxiv.org/abs/1604.06174
    """
    blocks = list(checkpointable_blocks(model))
    for block in blocks:
        if _is_long_sequence(block):
            segments = round(math.sqrt(len(block)))  # type: ignore[arg-type]
            again = partial(checkpoint_sequential, copy.copy(block), segments, use_reentrant=False)
        else:
            again = partial(checkpoint, block.forward, use_reentrant=False)
        block.forward = again
    return len(blocks)


def checkpointable_blocks(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the long sequences of layers and the blocks of a network, none inside another."""
    for child in [module] if _is_long_sequence(module) else module.children():
        if _is_long_sequence(child):
            yield child
        elif isinstance(child, nn.Sequential | nn.ModuleList) or _holds_blocks(child):
            yield from checkpointable_blocks(child)
        elif list(child.children()):
            yield child


def _is_long_sequence(module: nn.Module) -> bool:
    if type(module) is not nn.Sequential or len(module) < _LONG:
        return False
    return not any(list(layer.children()) for layer in module)


def _holds_blocks(module: nn.Module) -> bool:
    """Tell whether a module wraps one list of blocks and is no block itself."""
    lists = [m for m in module.children() if isinstance(m, nn.Sequential | nn.ModuleList)]
    # several such lists are the branches of a block
    return sum(sum(bool(list(m.children())) for m in blocks) > 1 for blocks in lists) == 1
