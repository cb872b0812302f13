"""An untrained network whose early layers reach the logits."""

import torch
from torch import nn

from cnnviz.models.catalog import Architecture


def random_network(row: Architecture) -> nn.Module:
    """A network in which what comes early reaches the logits, though nobody has trained it."""
    torch.manual_seed(5)
    model = row.build()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            module.momentum = None
        if isinstance(module, nn.Linear) and not module.weight.any():
            nn.init.normal_(module.weight)
    model(torch.rand(20, 1, row.input_size, row.input_size))
    return model.eval()
