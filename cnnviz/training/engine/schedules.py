"""Learning-rate schedules, by name: the factor of the learning rate, by progress from 0 to 1.

Importing this module does not import PyTorch.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

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
