"""Where Grad-CAM can look: the layers whose output still has a place on the image."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cnnviz.models.feature_maps import as_maps
from cnnviz.models.hooks import recording_runs
from cnnviz.models.loaded_network import LoadedNetwork

LEAST = 4  # cells along a side, below which Grad-CAM tells little about where


@dataclass(frozen=True)
class Place:
    """A layer that Grad-CAM can look into.

    Attributes:
        layer: dotted name.
        grid: rows and columns of its output.
    """

    layer: str
    grid: tuple[int, int]


def places(network: LoadedNetwork) -> tuple[Place, ...]:
    """Return the layers that Grad-CAM can look into, in the order in which they run.

    These are the parts that the network lists, and the row's three layers, as far as their output
    has more than one cell and its gradient is not zero everywhere: after the last block, the
    logits of a class-token model come from the class token alone, not from the patches.

    Args:
        network: any network.
    """
    row, model = network.architecture, network.copy().model
    names = dict.fromkeys([*_listed(model), *row.layers_by_role.values()])
    # noise, not black paper, on which more units would be silent
    noise = torch.rand(1, 1, row.input_size, row.input_size, generator=torch.Generator())
    with torch.enable_grad(), recording_runs(model, names) as runs:
        score = model(noise.requires_grad_()).square().sum()  # of no class in particular
        spatial = {name: output for name, output in dict(runs).items() if output.dim() in (3, 4)}
        slopes: tuple[Tensor | None, ...] = torch.autograd.grad(
            score, list(spatial.values()), allow_unused=True
        )
    found, reached = [], []
    for (name, output), slope in zip(spatial.items(), slopes, strict=True):
        _, _, height, width = as_maps(output, channels_last=row.channels_last).shape
        if min(height, width) > 1:
            found.append(Place(name, (height, width)))
            if slope is not None and as_maps(slope, channels_last=row.channels_last).any():
                reached.append(found[-1])
    return tuple(reached or found)  # a head of zeros, before training, lets no gradient through


def propose(found: tuple[Place, ...]) -> tuple[Place, str]:
    """Return the layer for Grad-CAM and the reason: the last whose cells still tell where.

    Raises:
        ValueError: if there is none to choose from.
    """
    if not found:
        raise ValueError("no layer of this network has more than one cell")
    fine = [place for place in found if min(place.grid) >= LEAST]
    best = fine[-1] if fine else max(found, key=lambda place: min(place.grid))
    size = f"{best.grid[0]} × {best.grid[1]} positions"
    if best is found[-1]:
        return best, f"the last layer whose positions affect the prediction, {size}"
    if fine:
        return best, f"the last layer with at least {LEAST} × {LEAST} positions; it has {size}"
    return best, f"no layer has {LEAST} × {LEAST} positions; this one has most, {size}"


def _listed(model: nn.Module, prefix: str = "") -> Iterator[str]:
    """Yield the parts that a network, and the sequences within it, are made of."""
    for name, module in model.named_children():
        path = f"{prefix}{name}"
        if isinstance(module, nn.Sequential | nn.ModuleList):
            yield from _listed(module, f"{path}.")
        if not isinstance(module, nn.Identity | nn.ModuleList):
            yield path
