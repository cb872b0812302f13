"""Outputs of layers for one digit, and the gradient of a logit with respect to them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.models.hooks import recording_runs
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.trace import Trace

_FIRST = ("Conv", "Linear", "Unfold")  # prefixes of the kinds of layers that start a chain
_IDLE = (nn.Dropout, nn.Dropout2d, nn.Flatten)


@dataclass(frozen=True, eq=False)
class LayerActivation:
    """One run of one layer on one digit.

    Attributes:
        layer: dotted name.
        run: number of earlier runs of the layer.
        kind: class of the module.
        values: float32, (C, H, W); a vector's channels are maps of one unit.
        gradients: float32, (C, H, W), gradient of a logit with respect to the values.
    """

    layer: str
    run: int
    kind: str
    values: NDArray[np.float32]
    gradients: NDArray[np.float32]

    @property
    def name(self) -> str:
        """The layer's name, with the number of the run unless it is the first."""
        return f"{self.layer} (run {self.run + 1})" if self.run else self.layer

    @property
    def mean_magnitude(self) -> NDArray[np.float32]:
        """Mean absolute value over the channels at each position, float32, (1, H, W)."""
        means: NDArray[np.float32] = np.abs(self.values).mean(axis=0, keepdims=True)  # (1, H, W)
        return means


def layer_activations(
    network: LoadedNetwork,
    image: Pixels,
    *,
    names: Iterable[str] | None = None,
    target: int | None = None,
) -> list[LayerActivation]:
    """Return the outputs of layers for one digit, in the order of execution.

    Outputs without maps are left out: those that are not one tensor, and those inside attention
    windows, which are several examples.

    Args:
        network: a classifier.
        image: uint8, (1, 28, 28).
        names: dotted names; None for all `computing_layers`.
        target: class whose logit is derived; None for the predicted class.

    Raises:
        ValueError: if the network has no layer of a name.
    """
    network = network.copy()
    model = network.model
    x = network.input(image).requires_grad_()  # (1, 1, size, size)
    with recording_runs(model, computing_layers(model) if names is None else names) as runs:
        model.requires_grad_(False)  # the pixels require a gradient: every layer's output has one
        with torch.enable_grad():
            logits = model(x)[0]  # (K,)
            logits[int(logits.argmax()) if target is None else target].backward()
    counts: Counter[str] = Counter()
    layers = []
    for name, output in runs:
        maps = _maps(network, name, output)  # (C, h, w)
        if maps is not None:
            gradients = output.grad if output.grad is not None else torch.zeros_like(output)
            gradient_maps = _maps(network, name, gradients)  # (C, h, w)
            assert gradient_maps is not None  # of the same shape
            kind, run = type(model.get_submodule(name)).__name__, counts[name]
            layers.append(LayerActivation(name, run, kind, _array(maps), _array(gradient_maps)))
        counts[name] += 1
    return layers


def last_runs(activations: Sequence[LayerActivation]) -> dict[str, LayerActivation]:
    """Return the last run of each layer by name, in the order of execution of the first runs."""
    return {activation.layer: activation for activation in activations}


def chains(trace: Trace) -> list[tuple[str, ...]]:
    """Return chains of layers: a layer with weights and the layers that directly follow it.

    A chain starts at a convolution or linear layer, or where tensors are joined. Normalization,
    activation and pooling layers continue it if they read only the output of the one before.
    """
    chains: list[list[str]] = []
    ends: dict[int, list[str]] = {}  # chains by their last step
    for step in trace.steps:
        if step.role != "layer" and step.kind != "batch norm":
            continue
        before = ends.pop(step.sources[0], None) if len(step.sources) == 1 else None
        if before is None or step.kind.startswith(_FIRST):
            before = []
            chains.append(before)
        before.append(step.name)
        ends[step.id] = before
    return [tuple(chain) for chain in chains]


def chain_of(layer: str, trace: Trace) -> tuple[str, ...]:
    """Return the chain that contains a layer; the layer alone if there is none."""
    return next((chain for chain in chains(trace) if layer in chain), (layer,))


def main_modules(model: nn.Module, most: int) -> list[str]:
    """Return a network's modules at the greatest depth with at most `most` of them.

    Lists of modules, which do not run themselves, do not count as a level of depth.
    """
    modules = dict(model.named_modules())
    layers = computing_layers(model)
    chosen: list[str] = []
    for depth in range(1, 12):
        names = list(dict.fromkeys(_around(name, depth, modules) for name in layers))
        if chosen and len(names) > most:
            break
        chosen = names
    return chosen


def activation_differences(
    first: Sequence[LayerActivation], second: Sequence[LayerActivation]
) -> list[NDArray[np.float32]]:
    """Return the second activations minus the first, layer by layer, (C, H, W) each.

    Raises:
        ValueError: if the two are not of the same layers.
    """
    if [(a.layer, a.run) for a in first] != [(a.layer, a.run) for a in second]:
        layers = (", ".join(run.name for run in runs) for runs in (first, second))
        raise ValueError(f"both activations must have the same layers, got {' and '.join(layers)}")
    return [b.values - a.values for a, b in zip(first, second, strict=True)]  # (C, H, W) each


def difference_share(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the difference of two activations of a shape as a share, 0 to 1.

    The sum of |second - first| over that of |first| + |second|: 0 if they are equal, 1 if where one
    is not zero the other is, or has the other sign.
    """
    whole = float(np.abs(first).sum() + np.abs(second).sum())
    return float(np.abs(second - first).sum()) / whole if whole else 0.0


def image_difference(first: Pixels, second: Pixels) -> NDArray[np.float32]:
    """Return the second image minus the first, -1 to 1, (1, H, W).

    Args:
        first, second: uint8, (H, W).
    """
    return (second / 255 - first / 255)[None].astype(np.float32)  # (H, W) to (1, H, W)


def _around(name: str, depth: int, modules: Mapping[str, nn.Module]) -> str:
    """Return the module at a depth that contains a layer, or the layer itself."""
    path = name.split(".")
    for i in range(1, len(path)):
        outer = ".".join(path[:i])
        depth -= not isinstance(modules[outer], nn.ModuleList | nn.ModuleDict)
        if not depth:
            return outer
    return name


def computing_layers(model: nn.Module) -> list[str]:
    """Return the innermost layers that change values: no dropout (in evaluation), no flattening."""
    return [
        name for name, module in innermost_layers(model).items() if not isinstance(module, _IDLE)
    ]


def _maps(network: LoadedNetwork, layer: str, output: Tensor) -> Tensor | None:
    """Return an output's maps, (C, H, W); None if it has none."""
    layout = network.layout(layer, tuple(output.shape))
    return layout.maps(output)[0] if layout else None  # (1, ...) to (C, h, w)


def _array(maps: Tensor) -> NDArray[np.float32]:
    return maps.detach().contiguous().numpy()  # (C, h, w)
