"""Gradients of untrained stacks, measured on a few of the embedded digits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnviz.data.mnist import load_digits
from cnnviz.ui.pickers.options import choose_in_session
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.glossary import with_links

if TYPE_CHECKING:
    from torch import Tensor

GRADIENT_DIGITS = 32


def choose_initialization(names: Sequence[str], *, key: str) -> str:
    """Return the distribution of initial weights that the user chooses, at first the first one."""
    return choose_in_session(
        "Initial weights",
        {name: name for name in names},
        key=key,
        default=names[0],
        help=with_links(
            "He et al. draw weights of variance 2 / [[fan-in]], which keeps the signal's magnitude "
            "through ReLU layers; PyTorch's default is 1 / (3 · fan-in), a sixth of that."
        ),
    )


def batch() -> "tuple[Tensor, Tensor]":
    """Return test digits of all classes, uint8 (GRADIENT_DIGITS, 1, 28, 28), and their labels."""
    from cnnviz.inspection.interventions.gradient_flow import digit_batch

    return digit_batch(load_digits("embedded"), GRADIENT_DIGITS)


@cached(spinner="Measuring…")
def gradient_reach(
    block: str, depths: Sequence[int], initialization: str, seed: int
) -> list[float]:
    """Return the gradient norm at the first layer of untrained stacks, by depth."""
    from cnnviz.inspection.interventions import gradient_flow

    return gradient_flow.first_layer_gradients(
        block, depths, *batch(), initialization=initialization, seed=seed
    )
