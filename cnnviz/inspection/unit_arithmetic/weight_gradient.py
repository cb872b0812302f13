"""Backward: one weight's gradient as the sum of its products, and what a step with it does."""

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.inspection.unit_arithmetic.results import Numbers
from cnnviz.inspection.unit_arithmetic.weighted_sums import group
from cnnviz.inspection.unit_arithmetic.windows import Windows, convolution_windows, patches
from cnnviz.models.hooks import hooked, make_gradients_contiguous
from cnnviz.models.loaded_network import LoadedNetwork

_TELLABLE = 1e-11  # of the loss, which itself is known to about 1e-14 of it


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """The gradient of one image's loss with respect to one weight, term by term.

    A weight takes part in every place of its output map: the loss changes by how much it depends
    on the output there, times the input that the weight meets there. All numbers are of a copy of
    the network in float64, in evaluation mode.

    Attributes:
        layer: dotted name.
        weight: index in the layer's weight.
        value: of the weight.
        outputs: (H, W), the loss's gradient at each place of the output map.
        inputs: (H, W), the input that the weight meets there; 0 in the padding.
        products: (H, W), the terms.
        gradient: their sum.
        autograd: what PyTorch's own backward pass gives.
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
        """How far the sum is from autograd's gradient, relative to it where it exceeds 1."""
        return abs(self.gradient - self.autograd) / max(1.0, abs(self.autograd))


@dataclass(frozen=True)
class Update:
    """One step of gradient descent with one weight alone.

    Attributes:
        before, after: the weight, `after = before - learning_rate * gradient`.
        loss: before the step, in nats.
        predicted: change of the loss to first order, -learning_rate * gradient².
        real: change of the loss, computed anew with the new weight.
    """

    before: float
    after: float
    loss: float
    predicted: float
    real: float

    @property
    def ratio(self) -> float | None:
        """The real change over the predicted one; None where float64 cannot tell it from none."""
        told = abs(self.predicted) > _TELLABLE * self.loss
        return self.real / self.predicted if told else None


def gradient(
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
        weight: index in the layer's weight: (out, in, row, column) or (out, in); `in` counts the
            channels of the output channel's group.

    Raises:
        ValueError: if the layer has no such weight, or does not run exactly once.
    """
    model, x = _double(network, image)
    module = _weighed(model, layer)
    _check(module, layer, weight)
    seen: list[tuple[Tensor, Tensor]] = []

    def keep(_name: str, _: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        output.retain_grad()
        seen.append((inputs[0].detach(), output))

    module.weight.requires_grad_()
    make_gradients_contiguous(model)
    with torch.enable_grad(), hooked(model, [layer], after=keep):
        loss = _loss(model(x)[0], label)
        loss.backward()
    if len(seen) != 1 or seen[0][1].grad is None or module.weight.grad is None:
        raise ValueError(f"{layer} runs {len(seen)} times in a forward pass: choose another layer")
    received, backward = seen[0][0], seen[0][1].grad
    terms = _of_convolution if isinstance(module, nn.Conv2d) else _of_linear
    outputs, inputs = terms(module, received, backward, weight)
    products = outputs * inputs
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


def steepest(
    network: LoadedNetwork, image: Pixels, label: int, layer: str, channel: int
) -> tuple[int, ...]:
    """Return the weight of an output channel whose gradient is farthest from zero.

    Args:
        network, image, label, layer: as for `gradient`.
        channel: output channel, the first part of the weight's index.

    Raises:
        ValueError: if the layer has no weights, or no such channel.
    """
    model, x = _double(network, image)
    module = _weighed(model, layer)
    module.weight.requires_grad_()
    make_gradients_contiguous(model)
    with torch.enable_grad():
        _loss(model(x)[0], label).backward()
    found = module.weight.grad
    if found is None:
        raise ValueError(f"{layer} takes no part in the forward pass")
    place = torch.unravel_index(found[channel].abs().argmax(), found.shape[1:])
    return (channel, *(int(i.item()) for i in place))


def update(
    network: LoadedNetwork,
    image: Pixels,
    label: int,
    found: WeightGradient,
    learning_rate: float,
) -> Update:
    """Return what a step with that one weight does to the loss of that one image.

    Args:
        network, image, label: those that the gradient was computed of.
        found: the gradient.
        learning_rate: of the step.
    """
    model, x = _double(network, image)
    module = _weighed(model, found.layer)
    after = found.value - learning_rate * found.gradient
    with torch.no_grad():
        module.weight[found.weight] = after
        loss = _loss(model(x)[0], label)
    return Update(
        before=found.value,
        after=after,
        loss=found.loss,
        predicted=-learning_rate * found.gradient**2,
        real=float(loss.item()) - found.loss,
    )


def _loss(logits: Tensor, label: int) -> Tensor:
    """Return the cross-entropy of logits (K,), exact to its last digits where it is tiny.

    It is log(1 + Σ exp(logit - the label's logit)) over the other classes: the usual form takes
    two large numbers from each other, in which the change that one weight makes is lost.
    """
    others = torch.cat([logits[:label], logits[label + 1 :]]) - logits[label]
    return F.softplus(others.logsumexp(dim=0), threshold=500)


def _double(network: LoadedNetwork, image: Pixels) -> tuple[nn.Module, Tensor]:
    """Return a float64 copy of a network, without gradients, and what it receives."""
    model = copy.deepcopy(network.model).double().eval().requires_grad_(False)
    return model, network.input(image).double()


def _weighed(model: nn.Module, layer: str) -> nn.Conv2d | nn.Linear:
    module = dict(model.named_modules()).get(layer)
    if not isinstance(module, nn.Conv2d | nn.Linear):
        raise ValueError(
            f"{layer!r} is neither a convolution nor a fully connected layer: it has no weight "
            "that is multiplied with inputs"
        )
    return module


def _check(module: nn.Conv2d | nn.Linear, layer: str, weight: tuple[int, ...]) -> None:
    shape = tuple(module.weight.shape)
    inside = [0 <= i < size for i, size in zip(weight, shape, strict=False)]
    if len(weight) != len(shape) or not all(inside):
        raise ValueError(f"{layer} has no weight {weight}: its weights are {shape}")


def _of_convolution(
    module: nn.Conv2d | nn.Linear, received: Tensor, backward: Tensor, weight: tuple[int, ...]
) -> tuple[Numbers, Numbers]:
    """Return the output's gradient and the input that a weight meets, each (H, W)."""
    assert isinstance(module, nn.Conv2d)
    channel, within, row, column = weight
    windows = convolution_windows(module, (received.shape[2], received.shape[3]))
    met = Windows(
        (tuple(taps[row] for taps in windows.rows),),  # one window: the tap of each output row
        (tuple(taps[column] for taps in windows.columns),),
        windows.padding,
    )
    source = received[0, group(module, channel)[within]][None]  # (1, H, W)
    return backward[0, channel].numpy(), patches(source, met, 0, 0)[0].numpy()


def _of_linear(
    module: nn.Conv2d | nn.Linear, received: Tensor, backward: Tensor, weight: tuple[int, ...]
) -> tuple[Numbers, Numbers]:
    """Return the output's gradient and the input that a weight meets, each (rows, columns).

    One row and column for a whole image, a square of tokens where they make one, else one line.
    """
    del module
    channel, within = weight
    outputs, inputs = backward[..., channel].flatten(), received[..., within].flatten()
    side = round(len(outputs) ** 0.5)
    shape = (side, side) if side * side == len(outputs) else (1, len(outputs))
    return outputs.reshape(shape).numpy(), inputs.reshape(shape).numpy()
