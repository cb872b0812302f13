"""The gradient of one weight as a sum of products, and the effect of a step along it."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.unit_arithmetic.results import Numbers
from cnnviz.inspection.unit_arithmetic.weighted_sums import group
from cnnviz.inspection.unit_arithmetic.windows import Windows, convolution_windows, patches
from cnnviz.models.hooks import hooked, make_gradients_contiguous
from cnnviz.models.loaded_network import LoadedNetwork

_MEASURABLE = 1e-11  # smallest change relative to the loss, whose own error is about 1e-14


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """The gradient of one image's loss with respect to one weight, term by term.

    A weight is used at every position of its output map. Each contributes the loss gradient at
    that output times the input that the weight is multiplied with there. All numbers come from a
    float64 copy of the network in evaluation mode.

    Attributes:
        layer: dotted name.
        weight: index in the layer's weight tensor.
        value: of the weight.
        outputs: (H, W), the loss gradient at each position of the output map.
        inputs: (H, W), the input that the weight is multiplied with; 0 in the padding.
        products: (H, W), the terms.
        gradient: their sum.
        autograd: the same gradient from PyTorch's backward pass.
        loss: cross-entropy of this image in nats.
    """

    layer: str
    weight: tuple[int, ...]
    value: float
    outputs: Numbers
    inputs: Numbers
    products: Numbers
    gradient: float
    autograd: float
    loss: float

    @property
    def difference(self) -> float:
        """Absolute difference of sum and autograd; relative where autograd's exceeds 1."""
        return abs(self.gradient - self.autograd) / max(1.0, abs(self.autograd))

    def ranked(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows and columns of the terms, by absolute product in descending order."""
        order = np.argsort(-np.abs(self.products), axis=None, kind="stable")  # (H * W,)
        rows, columns = np.unravel_index(order, self.products.shape)  # (H * W,) each
        return rows, columns


@dataclass(frozen=True)
class Update:
    """One step of gradient descent on a single weight.

    Attributes:
        before, after: the weight, `after = before - learning_rate * gradient`.
        loss: before the step, in nats.
        predicted: change of the loss to first order, -learning_rate * gradient².
        real: change of the loss, recomputed with the new weight.
    """

    before: float
    after: float
    loss: float
    predicted: float
    real: float

    @property
    def ratio(self) -> float | None:
        """Real change divided by predicted; None if the change is below float64's precision."""
        measurable = abs(self.predicted) > _MEASURABLE * self.loss
        return self.real / self.predicted if measurable else None


def gradient_of_weight(
    network: LoadedNetwork,
    image: Pixels,
    label: int,
    layer: str,
    weight: tuple[int, ...],
) -> WeightGradient:
    """Return the gradient of one weight of a convolution or a fully connected layer.

    Args:
        network: a classifier.
        image: uint8, (1, 28, 28).
        label: its class, 0 to 9.
        layer: dotted name.
        weight: index in the layer's weight tensor: (out, in, row, column) or (out, in); `in` is
            counted within the output channel's group.

    Raises:
        ValueError: if the layer has no such weight, or does not run exactly once.
    """
    model, x = _double(network, image)
    module = _weighted(model, layer)
    _check(module, layer, weight)
    runs: list[tuple[Tensor, Tensor]] = []  # input and output

    def record(_name: str, _: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        output.retain_grad()  # it is no leaf
        runs.append((inputs[0].detach(), output))

    module.weight.requires_grad_()
    make_gradients_contiguous(model)
    with torch.enable_grad(), hooked(model, [layer], after=record):
        loss = _loss(model(x)[0], label)
        loss.backward()
    if len(runs) != 1 or runs[0][1].grad is None or module.weight.grad is None:
        raise ValueError(f"{layer} must run once in a forward pass, got {len(runs)} runs")
    received, backward = runs[0][0], runs[0][1].grad  # input, and the loss gradient at the output
    factors = _convolution_factors if isinstance(module, nn.Conv2d) else _linear_factors
    outputs, inputs = factors(module, received, backward, weight)  # (H, W) each
    products = outputs * inputs  # (H, W)
    return WeightGradient(
        layer=layer,
        weight=weight,
        value=float(module.weight[weight].item()),
        outputs=outputs,
        inputs=inputs,
        products=products,
        gradient=float(products.sum()),
        autograd=float(module.weight.grad[weight].item()),
        loss=float(loss.item()),
    )


def steepest_weight(
    network: LoadedNetwork, image: Pixels, label: int, layer: str, channel: int
) -> tuple[int, ...]:
    """Return the index of an output channel's weight with the largest absolute gradient.

    Args:
        network, image, label, layer: as for `gradient_of_weight`.
        channel: output channel, the first part of the weight's index.

    Raises:
        ValueError: if the layer has no weights, or no such channel.
    """
    model, x = _double(network, image)
    module = _weighted(model, layer)
    module.weight.requires_grad_()
    make_gradients_contiguous(model)
    with torch.enable_grad():
        _loss(model(x)[0], label).backward()
    gradients = module.weight.grad  # (F, C / groups, kh, kw) or (F, C)
    if gradients is None:
        raise ValueError(f"layer {layer!r} must run in the forward pass, got 0 runs")
    index = torch.unravel_index(gradients[channel].abs().argmax(), gradients.shape[1:])
    return (channel, *(int(i.item()) for i in index))


def weight_update(
    network: LoadedNetwork,
    image: Pixels,
    label: int,
    gradient_of_weight: WeightGradient,
    learning_rate: float,
) -> Update:
    """Return the effect of a gradient step of one weight on the loss of one image.

    Args:
        network, image, label: as given to `gradient_of_weight`.
        gradient: of the weight.
        learning_rate: of the step.
    """
    model, x = _double(network, image)
    module = _weighted(model, gradient_of_weight.layer)
    after = gradient_of_weight.value - learning_rate * gradient_of_weight.gradient
    with torch.no_grad():
        module.weight[gradient_of_weight.weight] = after
        loss = _loss(model(x)[0], label)
    return Update(
        before=gradient_of_weight.value,
        after=after,
        loss=gradient_of_weight.loss,
        predicted=-learning_rate * gradient_of_weight.gradient**2,
        real=float(loss.item()) - gradient_of_weight.loss,
    )


def _loss(logits: Tensor, label: int) -> Tensor:
    """Return the cross-entropy of logits (K,), exact to its last digits even if it is tiny.

    It is log(1 + Σ exp(logit - the label's logit)) over the other classes: the usual form
    subtracts two large numbers, and loses the change that one weight makes.
    """
    others = torch.cat([logits[:label], logits[label + 1 :]]) - logits[label]  # (K - 1,)
    return F.softplus(others.logsumexp(dim=0), threshold=500)  # scalar


def _double(network: LoadedNetwork, image: Pixels) -> tuple[nn.Module, Tensor]:
    """Return a float64 copy of a network, without gradients, and its input for an image."""
    model = copy.deepcopy(network.model).double().eval().requires_grad_(False)
    return model, network.input(image).double()


def _weighted(model: nn.Module, layer: str) -> nn.Conv2d | nn.Linear:
    module = dict(model.named_modules()).get(layer)
    if not isinstance(module, nn.Conv2d | nn.Linear):
        raise ValueError(
            "layer must be a convolution or a fully connected layer, whose weights are multiplied "
            f"with inputs, got {layer!r}"
        )
    return module


def _check(module: nn.Conv2d | nn.Linear, layer: str, weight: tuple[int, ...]) -> None:
    shape = tuple(module.weight.shape)
    inside = [0 <= i < size for i, size in zip(weight, shape, strict=False)]
    if len(weight) != len(shape) or not all(inside):
        raise ValueError(f"weight of {layer} must be an index into shape {shape}, got {weight}")


def _convolution_factors(
    module: nn.Conv2d | nn.Linear, received: Tensor, backward: Tensor, weight: tuple[int, ...]
) -> tuple[Numbers, Numbers]:
    """Return the output gradient and the input that a weight is multiplied with, each (H, W)."""
    assert isinstance(module, nn.Conv2d)
    channel, within, row, column = weight
    windows = convolution_windows(module, (received.shape[2], received.shape[3]))
    read = Windows(
        (tuple(taps[row] for taps in windows.rows),),  # one window: the tap of each output row
        (tuple(taps[column] for taps in windows.columns),),
        windows.padding,
    )
    source = received[0, group(module, channel)[within]][None]  # (1, H, W)
    return backward[0, channel].numpy(), patches(source, read, 0, 0)[0].numpy()


def _linear_factors(
    module: nn.Conv2d | nn.Linear, received: Tensor, backward: Tensor, weight: tuple[int, ...]
) -> tuple[Numbers, Numbers]:
    """Return the output gradient and the input that a weight is multiplied with, (rows, columns).

    One row and column for a vector, a square grid for a square number of tokens, else one row.
    """
    del module
    channel, within = weight
    outputs, inputs = backward[..., channel].flatten(), received[..., within].flatten()
    side = round(len(outputs) ** 0.5)  # tokens a side
    shape = (side, side) if side * side == len(outputs) else (1, len(outputs))
    return outputs.reshape(shape).numpy(), inputs.reshape(shape).numpy()  # (rows, columns) each
