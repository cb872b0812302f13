"""Compare ReLU, tanh and sigmoid in a deep stack: gradients by layer, and time of a step."""

import functools
from dataclasses import dataclass

from torch import Tensor

from cnnviz.inspection.interventions.gradient_flow import (
    ACTIVATION_FUNCTIONS,
    Stack,
    gradient_norms,
)
from cnnviz.models.seeding import seeded
from cnnviz.system.stopwatch import milliseconds


@dataclass(frozen=True)
class ActivationCosts:
    """Measurements of an untrained stack with one activation function.

    Attributes:
        gradient_norms: norm of the loss's gradient at each layer's weights, the stem's first.
        milliseconds: median time of one forward and backward pass.
    """

    gradient_norms: list[float]
    milliseconds: float


def activation_costs(
    depth: int, pixels: Tensor, labels: Tensor, *, initialization: str
) -> dict[str, ActivationCosts]:
    """Return the measurements for each activation function, all from the same random seed.

    Args:
        depth: layers between the stem and the classifier.
        pixels: uint8, (N, 1, 28, 28).
        labels: int64, (N,).
        initialization: one of `gradient_flow.INITIALIZATIONS`.
    """
    costs = {}
    for name in ACTIVATION_FUNCTIONS:
        with seeded(0):  # the same initial weights for all three
            model = Stack(depth, activation=name, initialization=initialization)
        step = functools.partial(gradient_norms, model, pixels, labels)
        costs[name] = ActivationCosts(step(), milliseconds(step))  # the first step warms up
    return costs
