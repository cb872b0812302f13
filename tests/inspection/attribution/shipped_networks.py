"""Networks of the catalog that classify, with weights that are not those of a start."""

import functools

import torch
from torch import nn

from cnnviz.models.catalog import architecture
from cnnviz.training.runs import networks


def jittered(key: str) -> nn.Module:
    """An untrained network whose heads and blocks of zeros are zero no more."""
    torch.manual_seed(3)
    model = architecture(key).build().eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.add_(0.05 * torch.randn_like(parameter))
    return model


@functools.cache
def available(key: str) -> nn.Module:
    shipped = {network.architecture_key: network for network in networks.shipped()}
    return networks.load_network(shipped[key]).model if key in shipped else jittered(key)
