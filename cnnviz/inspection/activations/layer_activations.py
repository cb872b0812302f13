"""What every layer puts out for one digit, and how much each value matters to one answer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cnnviz.data.mnist import Pixels
from cnnviz.models.feature_maps import layout_of
from cnnviz.models.hooks import recording_runs
from cnnviz.models.layers import innermost_layers
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.models.structure.trace import Trace

_FIRST = ("Conv", "Linear", "Unfold")  # a kind that begins so begins a chain
_IDLE = (nn.Dropout, nn.Dropout2d, nn.Flatten)


@dataclass(frozen=True, eq=False)
class Activation:
    """One run of one layer on one digit.

    Attributes:
        layer: dotted name.
        run: how many times the layer had run before.
        kind: class of the module.
        values: float32, (C, H, W); a vector's channels are maps of one unit.
        gradients: float32, (C, H, W), of a logit with respect to the values.
    """

    layer: str
    run: int
    kind: str
    values: NDArray[np.float32]
    gradients: NDArray[np.float32]

    @property
    def name(self) -> str:
        """The layer, with the number of the run where it is not the first."""
        return f"{self.layer} (run {self.run + 1})" if self.run else self.layer


def activations(
    network: LoadedNetwork,
    image: Pixels,
    *,
    names: Iterable[str] | None = None,
    target: int | None = None,
) -> list[Activation]:
    """Return what layers put out for one digit, in the order of execution.

    What has no place in maps is left out: outputs that are not one tensor, and windows of
    attention, which are several examples to the layers inside.

    Args:
        network: a classifier.
        image: uint8, (1, 28, 28).
        names: dotted names; None for all innermost layers that change values.
        target: class whose logit the gradients are of; None for the network's answer.

    Raises:
        ValueError: if the model has no layer of a name.
    """
    model, last = network.copy().model, network.architecture.channels_last
    modules = dict(model.named_modules())
    x = network.input(image).requires_grad_()
    with recording_runs(model, acting(model) if names is None else names) as runs:
        model.requires_grad_(False)
        with torch.enable_grad():
            logits = model(x)[0]
            logits[int(logits.argmax()) if target is None else target].backward()
    counts: Counter[str] = Counter()
    found = []
    for name, output in runs:
        maps = _maps(output, modules[name], last)
        if maps is not None:
            gradients = output.grad if output.grad is not None else torch.zeros_like(output)
            along = _maps(gradients, modules[name], last)
            assert along is not None  # of the same shape
            kind = type(modules[name]).__name__
            found.append(Activation(name, counts[name], kind, _array(maps), _array(along)))
        counts[name] += 1
    return found


def chains(trace: Trace) -> list[tuple[str, ...]]:
    """Return layers that hang together: one with weights and what follows it directly.

    A chain begins at a convolution or a linear layer, or where tensors have met; normalizations,
    activations and poolings go on with it as long as each reads the one before and nothing else.
    """
    found: list[list[str]] = []
    ends: dict[int, list[str]] = {}  # chains by the step they end at
    for step in trace.steps:
        if step.role != "layer" and step.kind != "batch norm":
            continue
        before = ends.pop(step.sources[0], None) if len(step.sources) == 1 else None
        if before is None or step.kind.startswith(_FIRST):
            before = []
            found.append(before)
        before.append(step.name)
        ends[step.id] = before
    return [tuple(chain) for chain in found]


def chain_of(layer: str, trace: Trace) -> tuple[str, ...]:
    """Return the chain a layer is in; the layer alone where it is in none."""
    return next((chain for chain in chains(trace) if layer in chain), (layer,))


def cut(model: nn.Module, most: int) -> list[str]:
    """Return the modules that a network is made of, opened as deep as no more than `most` come out.

    Lists of modules, which do not run themselves, are always opened.
    """
    modules = dict(model.named_modules())
    chosen: list[str] = []
    for depth in range(1, 12):
        found = list(dict.fromkeys(_around(name, depth, modules) for name in acting(model)))
        if chosen and len(found) > most:
            break
        chosen = found
    return chosen


def difference(one: Sequence[Activation], other: Sequence[Activation]) -> list[NDArray[np.float32]]:
    """Return how much more the other says than the one, layer by layer, (C, H, W) each.

    Raises:
        ValueError: if the two are not of the same layers.
    """
    if [(a.layer, a.run) for a in one] != [(a.layer, a.run) for a in other]:
        raise ValueError("activations of two different networks have no difference")
    return [b.values - a.values for a, b in zip(one, other, strict=True)]


def _around(name: str, depth: int, modules: Mapping[str, nn.Module]) -> str:
    """Return the module around a layer that lies so deep, or the layer itself."""
    parts = name.split(".")
    for i in range(1, len(parts)):
        outer = ".".join(parts[:i])
        depth -= not isinstance(modules[outer], nn.ModuleList | nn.ModuleDict)
        if not depth:
            return outer
    return name


def acting(model: nn.Module) -> list[str]:
    """Return the innermost layers that change values: no dropout at rest, no flattening."""
    return [
        name for name, module in innermost_layers(model).items() if not isinstance(module, _IDLE)
    ]


def _maps(output: Tensor, module: nn.Module, channels_last: bool) -> Tensor | None:
    """Return an output's maps, (C, H, W); None where it has none."""
    layout = layout_of(module, tuple(output.shape), channels_last=channels_last)
    return layout.maps(output)[0] if layout else None


def _array(maps: Tensor) -> NDArray[np.float32]:
    return maps.detach().contiguous().numpy()
