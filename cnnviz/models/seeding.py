"""Random numbers of a seed, whatever other threads draw at the same time."""

import contextlib
from collections.abc import Iterator

import torch

from cnnviz.system.random_lock import random_lock


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw PyTorch's random numbers on the CPU from a seed, and restore their state at the end."""
    with random_lock, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
