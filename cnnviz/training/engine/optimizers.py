"""Optimizers and learning-rate schedules, by name."""

import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import torch
from torch import nn
from torch.optim import Optimizer

from cnnviz.training.engine.settings import Settings

_WARM_UP = 0.3  # share of a one-cycle training in which the learning rate rises


def constant_schedule(progress: float) -> float:
    """Return 1, the learning rate's factor at any progress, 0 to 1, of the training."""
    del progress
    return 1.0


def cosine_schedule(progress: float) -> float:
    """Return a factor that falls from 1 to 0 along half a cosine, by progress from 0 to 1.

    Reference:
        Loshchilov & Hutter 2017, "SGDR", https://arxiv.org/abs/1608.03983
    """
    return 0.5 * (1 + math.cos(math.pi * progress))


def one_cycle_schedule(progress: float) -> float:
    """Return a factor that rises from 1/25 to 1 in the first 30 %, then falls to 0, by progress.

    Both parts are half a cosine.

    Reference:
        Smith & Topin 2018, "Super-Convergence", https://arxiv.org/abs/1708.07120
    """
    if progress < _WARM_UP:
        return 1 - (1 - 1 / 25) * cosine_schedule(progress / _WARM_UP)
    return cosine_schedule((progress - _WARM_UP) / (1 - _WARM_UP))


SCHEDULES: Mapping[str, Callable[[float], float]] = MappingProxyType(
    {"constant": constant_schedule, "cosine": cosine_schedule, "one-cycle": one_cycle_schedule}
)


def build_optimizer(settings: Settings, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """Return the optimizer named by the settings, in its fused implementation."""
    rate, decay = settings.learning_rate, settings.weight_decay
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=0.9, weight_decay=decay, fused=True)
    kind = torch.optim.AdamW if settings.optimizer == "adamw" else torch.optim.Adam
    return kind(parameters, rate, weight_decay=decay, fused=True)
