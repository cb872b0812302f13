"""Feature visualization: look for the input that excites a part of a network most.

An objective says what is to grow, a parametrization how an image is described by numbers,
transforms what the image must withstand, and penalties what it must not be. Each is a small
function, and `visualize` climbs.

Reference:
    Olah, Mordvintsev and Schubert 2017, "Feature Visualization",
    https://distill.pub/2017/feature-visualization/
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from cnnviz.data.mnist import SIDE, Pixels
from cnnviz.data.normalization import normalize, to_unit_range
from cnnviz.inspection.activations.map_layers import MapLayer
from cnnviz.inspection.activations.partial_forward import BATCH
from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork

WAKING = 16  # steps during which gradients pass units that are off, as in Lucid
DARK = -2.0  # before the sigmoid: digits are mostly black, and so is the first image
LOGITS = ""  # the network itself among the outputs that an objective reads

Transform = Callable[[Tensor, Generator], Tensor]
Penalty = Callable[[Tensor], Tensor]
Parametrization = Callable[[Generator], tuple[list[Tensor], Callable[[], Tensor]]]


@dataclass(frozen=True)
class Objective:
    """What is to grow.

    Attributes:
        layers: dotted names of the layers whose outputs it reads; `LOGITS` for the network's.
        value: from these outputs to one number per image, (N,).
    """

    layers: tuple[str, ...]
    value: Callable[[Mapping[str, Tensor]], Tensor]


@dataclass(frozen=True, eq=False)
class Frame:
    """The image as it is after some steps.

    Attributes:
        step: how many have been made.
        image: float32, (28, 28), in [0, 1], white ink on black.
        value: the objective for that image, without transforms and penalties.
    """

    step: int
    image: NDArray[np.float32]
    value: float


def channel(layer: MapLayer, index: int) -> Objective:
    """Return the mean of a channel over all its units."""
    return Objective(
        (layer.name,),
        lambda outputs: layer.maps(outputs[layer.name])[:, index].mean(dim=(1, 2)),
    )


def unit(layer: MapLayer, index: int, row: int, column: int) -> Objective:
    """Return one unit of a channel."""
    return Objective(
        (layer.name,), lambda outputs: layer.maps(outputs[layer.name])[:, index, row, column]
    )


def logit(digit: int) -> Objective:
    """Return the score of a class before the softmax."""
    return Objective((LOGITS,), lambda outputs: outputs[LOGITS][:, digit])


def minus(more: Objective, less: Objective) -> Objective:
    """Return how much more one objective has than another."""
    return Objective(
        (*more.layers, *less.layers), lambda outputs: more.value(outputs) - less.value(outputs)
    )


def pixels(deviation: float = 0.1) -> Parametrization:
    """Describe an image by its pixels, through a sigmoid that keeps them in [0, 1]."""

    def begin(random: Generator) -> tuple[list[Tensor], Callable[[], Tensor]]:
        raw = (deviation * torch.randn(1, 1, SIDE, SIDE, generator=random)).requires_grad_()
        return [raw], lambda: torch.sigmoid(raw + DARK)

    return begin


def fourier(deviation: float = 0.01) -> Parametrization:
    """Describe an image by its frequencies, so that a step changes all of a stroke at once.

    Each frequency is scaled by its wave length, which gives all of them the same energy.
    """
    down = torch.fft.fftfreq(SIDE)[:, None]
    across = torch.fft.rfftfreq(SIDE)[None]
    scale = 1 / torch.clamp(torch.hypot(down, across), min=1 / SIDE)  # (28, 15)

    def begin(random: Generator) -> tuple[list[Tensor], Callable[[], Tensor]]:
        raw = deviation * torch.randn(1, 1, *scale.shape, 2, generator=random)
        raw.requires_grad_()

        def image() -> Tensor:
            spectrum = torch.view_as_complex(raw) * scale
            raised = torch.fft.irfft2(spectrum, s=(SIDE, SIDE), norm="ortho") + DARK
            return torch.sigmoid(raised)

        return [raw], image

    return begin


def jitter(most: int = 2) -> Transform:
    """Shift the image by up to so many pixels in each direction; black comes in."""

    def transform(image: Tensor, random: Generator) -> Tensor:
        top, left = torch.randint(0, 2 * most + 1, (2,), generator=random).tolist()
        height, width = image.shape[-2:]
        padded = F.pad(image, (most,) * 4)
        return padded[..., top : top + height, left : left + width]

    return transform


def rotate(degrees: float = 8) -> Transform:
    """Turn the image by a random angle of up to so many degrees to either side."""

    def transform(image: Tensor, random: Generator) -> Tensor:
        angle = math.radians(degrees * _one(random))
        cosine, sine = math.cos(angle), math.sin(angle)
        return _warp(image, [[cosine, -sine, 0], [sine, cosine, 0]])

    return transform


def scale(share: float = 0.08) -> Transform:
    """Enlarge or shrink the image by a random share of its side."""

    def transform(image: Tensor, random: Generator) -> Tensor:
        factor = 1 / (1 + share * _one(random))
        return _warp(image, [[factor, 0, 0], [0, factor, 0]])

    return transform


def total_variation(weight: float = 0.1) -> Penalty:
    """Charge for differences between neighbors: strokes, not speckles.

    Reference:
        Mahendran and Vedaldi 2015, "Understanding Deep Image Representations by Inverting Them",
        https://arxiv.org/abs/1412.0035
    """

    def penalty(image: Tensor) -> Tensor:
        down = (image[..., 1:, :] - image[..., :-1, :]).abs().mean()
        across = (image[..., 1:] - image[..., :-1]).abs().mean()
        return weight * (down + across)

    return penalty


def ink(weight: float = 0.1) -> Penalty:
    """Charge for ink, of which a digit has little: what excites nothing turns black."""
    return lambda image: weight * image.mean()


TRANSFORMS: tuple[Transform, ...] = (jitter(), rotate(), scale())
PENALTIES: tuple[Penalty, ...] = (total_variation(), ink())


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
    """Yield images that excite part of a network more and more.

    The objective is divided by its size at the start, or by what it became when that was nearly
    nothing, so that penalties weigh alike for every layer.

    Args:
        network: any network. The generator may be closed at any time: no gradient is left on it.
        objective: what is to grow.
        parametrization: of the image; None describes it by frequencies.
        transforms: applied one after the other, at random, before each step.
        penalties: taken away from the objective.
        steps: of Adam.
        every: so many steps there is a frame, beside the first and the last.
        rate: Adam's learning rate.
        seed: of everything random; the same one gives the same images.
    """
    random = Generator().manual_seed(seed)
    waking, network = _waking(network), network.copy()
    parameters, image = (parametrization or fourier())(random)
    optimizer = torch.optim.Adam(parameters, lr=rate)
    size = 0.0
    for step in range(steps + 1):
        if step % every == 0 or step == steps:
            yield _frame(network, objective, step, image().detach())
        if step == steps:
            return
        shown = image()
        climbed = waking if step < WAKING else network
        value = _score(climbed, objective, _transformed(shown, transforms, random))
        size = max(size, abs(float(value.detach())), 1e-3)
        loss = sum((penalty(shown) for penalty in penalties), start=-value / size)
        gradients = torch.autograd.grad(loss, parameters)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()


def over(network: LoadedNetwork, objective: Objective, digits: Pixels) -> NDArray[np.float32]:
    """Return an objective for each of many real digits, float32, (N,); digits (N, 1, 28, 28)."""
    network = network.copy()
    values = []
    for part in torch.split(torch.from_numpy(digits), BATCH):
        with torch.inference_mode():
            values.append(_values(network, objective, to_unit_range(part)))
    return np.asarray(torch.cat(values).numpy())


class _Redirected(torch.autograd.Function):
    """A ReLU whose gradient passes where it would wake a unit that is off."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return torch.where(x > 0, gradient, gradient.clamp(max=0))  # of a loss: down is up


def _waking(network: LoadedNetwork) -> LoadedNetwork:
    """Return a copy whose ReLUs let gradients through to units that are off.

    Otherwise a channel that is off everywhere would never learn what turns it on.
    """
    network = network.copy()
    for module in network.model.modules():
        if isinstance(module, nn.ReLU):
            module.forward = _Redirected.apply  # type: ignore[method-assign]
    return network


def _frame(network: LoadedNetwork, objective: Objective, step: int, image: Tensor) -> Frame:
    with torch.no_grad():
        value = float(_score(network, objective, image))
    return Frame(step, image[0, 0].numpy().copy(), value)


def _score(network: LoadedNetwork, objective: Objective, image: Tensor) -> Tensor:
    return _values(network, objective, image)[0]


def _values(network: LoadedNetwork, objective: Objective, image: Tensor) -> Tensor:
    with recording_runs(network.model, objective.layers) as runs:
        network.model(normalize(image, size=network.architecture.input_size))
    return objective.value(dict(runs))


def _transformed(image: Tensor, transforms: Sequence[Transform], random: Generator) -> Tensor:
    for transform in transforms:
        image = transform(image, random)
    return image


def _one(random: Generator) -> float:
    """Return a random number from -1 to 1."""
    return float(2 * torch.rand((), generator=random) - 1)


def _warp(image: Tensor, affine: list[list[float]]) -> Tensor:
    grid = F.affine_grid(torch.tensor([affine]), list(image.shape), align_corners=False)
    return F.grid_sample(image, grid, align_corners=False)
