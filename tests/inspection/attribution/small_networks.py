"""Networks with weights set by hand, and questions to them."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from cnnviz.data.mnist import MEAN, STD
from cnnviz.inspection.attribution.question import Question, Target
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork

WEIGHTS = [[1.0, -2.0, 0.0, 4.0], [3.0, 0.0, 0.0, -1.0]]

PICTURE = torch.tensor([[[1.0, 0.5], [0.25, 0.0]]])


class Ink(nn.Module):
    """Takes the normalization back, so that what follows sees ink from 0 to 1."""

    def forward(self, x: Tensor) -> Tensor:
        return x * STD + MEAN


def linear(weights: list[list[float]], size: int, bias: float = 0.0) -> nn.Module:
    layer = nn.Linear(size * size, len(weights))
    layer.weight.data = torch.tensor(weights)
    layer.bias.data.fill_(bias)
    return nn.Sequential(Ink(), nn.Flatten(), layer)


def to(model: nn.Module, size: int, target: Target, layer: str = "") -> Question:
    row = replace(CATALOG["mnist_cnn"], input_size=size)
    return Question(LoadedNetwork(model.eval(), row), target, layer)
