"""Optimizers, by name."""

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer

from cnnviz.training.engine.settings import Settings


def build_optimizer(settings: Settings, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """Return the optimizer named by the settings, in its fused implementation."""
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=0.9, weight_decay=decay, fused=True)
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, rate, weight_decay=decay, fused=True)
