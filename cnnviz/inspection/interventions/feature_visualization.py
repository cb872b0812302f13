"""Feature visualization: the input that maximizes an objective, found by gradient ascent.

An objective says what to maximize, a parametrization how parameters describe the image, and
transforms and penalties regularize it.

Reference:
    Olah, Mordvintsev and Schubert 2017, "Feature Visualization",
    https://distill.pub/2017/feature-visualization/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.inspection.activations.partial_forward import BATCH
from cnnviz.inspection.interventions.objectives import Objective
from cnnviz.inspection.interventions.regularization import (
    PENALTIES,
    TRANSFORMS,
    Parametrization,
    Penalty,
    Transform,
    fourier_parametrization,
)
from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork

REDIRECTED_STEPS = 16  # during which gradients pass ReLUs that are off, as in Lucid


@dataclass(frozen=True, eq=False)
class Frame:
    """The image after some optimization steps.

    Attributes:
        step: number of steps so far.
        image: float32, (28, 28), in [0, 1], white ink on black.
        value: objective of this image, without transforms and penalties.
    """

    step: int
    image: NDArray[np.float32]
    value: float


def visualize(
    network: LoadedNetwork,
    objective: Objective,
    *,
    parametrization: Parametrization | None = None,
    transforms: Sequence[Transform] = TRANSFORMS,
    penalties: Sequence[Penalty] = PENALTIES,
    steps: int = 192,
    every: int = 4,
    rate: float = 0.1,
    seed: int = 0,
) -> Iterator[Frame]:
    """Yield images with a growing objective, found by Adam.

    The objective is divided by the largest absolute value it has had so far, so that penalties
    carry the same weight in every layer.

    Args:
        network: any network. The generator may be closed at any time: no gradient is left on it.
        objective: the number to maximize.
        parametrization: of the image; None for `fourier_parametrization`.
        transforms: random, applied in this order before each step.
        penalties: subtracted from the objective.
        steps: number of optimization steps.
        every: steps between frames; the first and the last step always make one.
        rate: learning rate.
        seed: of parameters and transforms; the same seed gives the same images.
    """
    random = Generator().manual_seed(seed)
    redirected, network = _redirected(network), network.copy()
    parameters, image = (parametrization or fourier_parametrization())(random)
    optimizer = torch.optim.Adam(parameters, lr=rate)
    size = 0.0  # largest absolute value so far
    for step in range(steps + 1):
        if step % every == 0 or step == steps:
            yield _frame(network, objective, step, image().detach())
        if step == steps:
            return
        clean = image()  # (1, 1, 28, 28)
        ascended = redirected if step < REDIRECTED_STEPS else network
        value = _score(ascended, objective, _transformed(clean, transforms, random))  # scalar
        size = max(size, abs(float(value.detach())), 1e-3)
        loss = sum((penalty(clean) for penalty in penalties), start=-value / size)
        # of the image's parameters alone: no gradient is left on the network
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()


def objective_values(
    network: LoadedNetwork, objective: Objective, digits: Pixels
) -> NDArray[np.float32]:
    """Return the objective of each digit, float32, (N,), for uint8 digits (N, 1, 28, 28)."""
    network = network.copy()
    values = []
    for batch in torch.split(torch.from_numpy(digits), BATCH):
        with torch.inference_mode():
            values.append(_values(network, objective, to_unit_range(batch)))  # (n,)
    return np.asarray(torch.cat(values).numpy())  # (N,)


class _RedirectedReLU(torch.autograd.Function):
    """A ReLU that also passes the gradients that would turn on a unit that is off."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, gradient, gradient.clamp(max=0))  # of a loss, which is to fall


def _redirected(network: LoadedNetwork) -> LoadedNetwork:
    """Return a copy whose ReLUs also pass the gradients that would turn on units that are off.

    Without them a channel that is off everywhere has no gradient to follow.
    """
    network = network.copy()
    for module in network.model.modules():
        if isinstance(module, nn.ReLU):
            module.forward = _RedirectedReLU.apply  # type: ignore[method-assign]
    return network


def _frame(network: LoadedNetwork, objective: Objective, step: int, image: Tensor) -> Frame:
    with torch.no_grad():
        value = float(_score(network, objective, image))
    return Frame(step, image[0, 0].numpy().copy(), value)  # (28, 28)


def _score(network: LoadedNetwork, objective: Objective, image: Tensor) -> Tensor:
    return _values(network, objective, image)[0]  # (1,) to a scalar


def _values(network: LoadedNetwork, objective: Objective, image: Tensor) -> Tensor:
    with recording_runs(network.model, objective.layers) as runs:
        network.model(normalize(image, size=network.architecture.input_size))
    return objective.value(dict(runs))  # (N,)


def _transformed(image: Tensor, transforms: Sequence[Transform], random: Generator) -> Tensor:
    for transform in transforms:
        image = transform(image, random)
    return image
