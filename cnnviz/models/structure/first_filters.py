"""The filters that meet the ink first."""

import torch
from torch import Tensor, nn


def first_filters(model: nn.Module) -> Tensor:
    """Return what each filter of the first convolution makes of the ink, (C, H, W).

    A network without a convolution has none: (0, 1, 1).
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            return module.weight.detach()[:, 0].float().cpu()
    return torch.empty(0, 1, 1)
