"""Measurements for the ideas, made once for each choice on the digits of this machine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.data.mnist import load_digits
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from torch import Tensor

_DIGITS = 32


def batch(count: int = _DIGITS) -> "tuple[Tensor, Tensor]":
    """Return embedded test digits of all classes, uint8 (count, 1, 28, 28), and their labels."""
    import torch

    digits = load_digits("embedded")
    step = len(digits.test_labels) // count
    chosen = slice(0, step * count, step)
    return (
        torch.from_numpy(digits.test_images[chosen]),
        torch.from_numpy(digits.test_labels[chosen]),
    )


@cached(spinner="Measuring…")
def reach(block: str, depths: Sequence[int], initialization: str, seed: int) -> list[float]:
    """Return the gradient's norm at the first layer of untrained stacks."""
    from cnnviz.inspection.interventions import gradient_flow

    return gradient_flow.reach(block, depths, *batch(), initialization=initialization, seed=seed)
