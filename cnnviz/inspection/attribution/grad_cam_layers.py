"""The layers that Grad-CAM can use: those with spatial output that the logits depend on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork

LEAST = 4  # positions a side, below which Grad-CAM hardly localizes


@dataclass(frozen=True)
class GradCamLayer:
    """A layer that Grad-CAM can use.

    Attributes:
        layer: dotted name.
        grid: rows and columns of its output.
    """

    layer: str
    grid: tuple[int, int]


def grad_cam_layers(network: LoadedNetwork) -> tuple[GradCamLayer, ...]:
    """Return the layers that Grad-CAM can use, in the order of execution.

    These are the network's top-level modules and the row's three layers, if their output has more
    than one position and a gradient somewhere. After its last block a class-token model has none:
    its logits depend on the class token alone.

    Args:
        network: any network.
    """
    row, model = network.architecture, network.copy().model
    names = dict.fromkeys([*_listed(model), *row.layers_by_role.values()])
    # noise, since fewer units are zero on it than on a black image
    noise = torch.rand(1, 1, row.input_size, row.input_size, generator=torch.Generator())
    with torch.enable_grad(), recording_runs(model, names) as runs:
        score = model(noise.requires_grad_()).square().sum()  # of no class in particular
        spatial = {name: output for name, output in dict(runs).items() if output.dim() in (3, 4)}
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(
            score, list(spatial.values()), allow_unused=True
        )
    layers, reached = [], []
    for (name, output), gradient in zip(spatial.items(), gradients, strict=True):
        _, _, height, width = network.maps(name, output).shape
        if min(height, width) > 1:
            layers.append(GradCamLayer(name, (height, width)))
            if gradient is not None and network.maps(name, gradient).any():
                reached.append(layers[-1])
    return tuple(reached or layers)  # an untrained head of zeros passes no gradient


def default_layer(layers: Sequence[GradCamLayer]) -> tuple[GradCamLayer, str]:
    """Return the last layer with at least `LEAST` positions a side, and the reason for it.

    Args:
        layers: from `grad_cam_layers`.

    Raises:
        ValueError: if there are none.
    """
    if not layers:
        raise ValueError("network must have a layer with several positions, got none")
    fine = [layer for layer in layers if min(layer.grid) >= LEAST]
    best = fine[-1] if fine else max(layers, key=lambda layer: min(layer.grid))
    size = f"{best.grid[0]} × {best.grid[1]} positions"
    if best is layers[-1]:
        return best, f"the last layer whose positions affect the prediction, {size}"
    if fine:
        return best, f"the last layer with at least {LEAST} × {LEAST} positions; it has {size}"
    return best, f"no layer has {LEAST} × {LEAST} positions; this one has most, {size}"


def _listed(model: nn.Module, prefix: str = "") -> Iterator[str]:
    """Yield the names of a network's children, and of the children of its sequences."""
    for name, module in model.named_children():
        path = f"{prefix}{name}"
        if isinstance(module, nn.Sequential | nn.ModuleList):
            yield from _listed(module, f"{path}.")
        if not isinstance(module, nn.Identity | nn.ModuleList):
            yield path
