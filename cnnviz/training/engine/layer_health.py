"""Signs of trouble in single layers: norms of their gradients, channels that are always zero."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from cnnviz.models.feature_maps import channel_dimension
from cnnviz.models.hooks import hooked


def weight_gradient_norms(model: nn.Module) -> dict[str, float]:
    """Return the Euclidean norm of each layer's weight gradient, by dotted name of the layer.

    Weights of one dimension, the scales of normalization layers, are left out.
    """
    gradients = {
        name.removesuffix(".weight"): parameter.grad
        for name, parameter in model.named_parameters()
        if name.endswith(".weight") and parameter.grad is not None and parameter.dim() > 1
    }
    return as_numbers({name: gradient.norm() for name, gradient in gradients.items()})


def as_numbers(scalars: Mapping[str, Tensor]) -> dict[str, float]:
    """Return scalar tensors as numbers, by name; waits for the device once."""
    if not scalars:
        return {}
    return dict(zip(scalars, torch.stack(list(scalars.values())).tolist(), strict=True))


@contextmanager
def dead_channels(model: nn.Module, relus: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Record the share of channels that are zero in a whole forward pass, of each ReLU.

    Args:
        model: network whose forward pass runs inside the context.
        relus: dotted names of the ReLUs.

    Yields:
        Shares by name, scalars from 0 to 1 on the model's device, filled by the forward pass.
    """
    shares: dict[str, Tensor] = {}

    def record(name: str, module: nn.Module, _inputs: object, output: Tensor) -> None:
        channels = channel_dimension(module, output.dim())
        others = [dimension for dimension in range(output.dim()) if dimension != channels]
        maxima = output.detach().amax(dim=others)  # (C,)
        # a scalar that stays on the device, so that the forward pass does not wait
        shares[name] = (maxima <= 0).float().mean()

    with hooked(model, relus, after=record):
        yield shares
