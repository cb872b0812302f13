"""The filters of a network's first convolution."""

import torch
from torch import Tensor, nn


def first_filters(model: nn.Module) -> Tensor:
    """Return the first kernel of each filter of the first convolution, float32, (C, h, w).

    That is the whole filter where the input has one channel. A network without a convolution has
    no filters: (0, 1, 1).
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            return module.weight.detach()[:, 0].float().cpu()  # (C, h, w) of (C, 1, h, w)
    return torch.empty(0, 1, 1)  # no filters
