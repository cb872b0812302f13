"""Layer outputs as one vector per digit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from cnnviz.data.mnist import Pixels
from cnnviz.data.normalization import to_unit_range
from cnnviz.inspection.activations.layer_activations import main_modules
from cnnviz.models.hooks import recording_runs
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork

INPUT_LAYER = ""  # stands for the pixels among the layers' names
VECTOR_LIMIT = 3136  # numbers of one vector, 64 maps of 7 × 7; larger maps are averaged over cells
MAIN_MODULES = 10  # layers to embed, at most, beside the three that the catalog names
_BATCH = 100  # digits


@dataclass(frozen=True, eq=False)
class Vectors:
    """The outputs of one layer for N digits.

    Attributes:
        layer: dotted name; `INPUT_LAYER` for the pixels themselves.
        kind: class of the module; "Input" for the pixels.
        shape: of the layer's output for one digit.
        values: float32, (N, D): the output flattened, after averaging if it has more than
            `VECTOR_LIMIT` numbers.
        cells: rows and columns that maps were averaged to; None without averaging.
    """

    layer: str
    kind: str
    shape: tuple[int, ...]
    values: Tensor
    cells: tuple[int, int] | None


def layers_to_embed(network: LoadedNetwork) -> list[str]:
    """Return the names of the network's main modules, at most about ten, and its three layers."""
    modules = main_modules(network.model, MAIN_MODULES)
    count = min(MAIN_MODULES, len(modules))
    stride = (len(modules) - 1) / (count - 1)
    chosen = [modules[round(i * stride)] for i in range(count)]
    return list(dict.fromkeys([*chosen, *network.architecture.layers_by_role.values()]))


def input_vectors(digits: Pixels) -> Vectors:
    """Return the pixels of digits, uint8, (N, 1, H, W), as vectors (N, H * W)."""
    pixels = to_unit_range(torch.from_numpy(digits))  # (N, 1, H, W) in [0, 1]
    return Vectors(INPUT_LAYER, "Input", tuple(pixels.shape[1:]), pixels.flatten(1), None)


def vectors(
    network: LoadedNetwork,
    pixels: Pixels,
    names: Iterable[str],
    *,
    most: int = VECTOR_LIMIT,
) -> list[Vectors]:
    """Return the outputs of layers for digits, in the order of execution, the pixels first.

    Outputs are flattened. If that gives more than `most` numbers per digit, maps are averaged to
    the largest grid of cells that fits, at least one cell; the class token of tokens is then left
    out. Layers are left out if their output is not one tensor with one entry per digit, such as
    windows.

    Args:
        network: any network.
        pixels: uint8, (N, 1, H, W).
        names: dotted names.
        most: numbers of one vector.

    Raises:
        ValueError: if the network has no layer of a name.
    """
    network = network.copy()
    model = network.model
    batches: dict[str, list[Vectors]] = {INPUT_LAYER: []}
    for batch in torch.from_numpy(pixels).split(_BATCH):
        batches[INPUT_LAYER].append(input_vectors(batch.numpy()))
        with evaluating(model), recording_runs(model, names) as runs:
            model(network.input(batch))
        for name, output in dict(runs).items():  # the last run of each
            if len(output) == len(batch):  # not windows, which make up the batch
                vectors = _flat(network, name, output, most)
                batches.setdefault(name, []).append(vectors)
    joined = ((v[0], torch.cat([part.values for part in v])) for v in batches.values())
    return [replace(v, values=values) for v, values in joined if len(values) == len(pixels)]


def _flat(network: LoadedNetwork, name: str, output: Tensor, most: int) -> Vectors:
    shape, cells = tuple(output.shape[1:]), None
    if output[0].numel() > most and output.dim() in (3, 4):
        maps = network.maps(name, output)  # (N, C, h, w)
        cells = _cells(maps.shape[1], maps.shape[2:], most)
        output = F.adaptive_avg_pool2d(maps, cells)  # (N, C, rows, columns) of the cells
    values = output.flatten(1).float().clone()  # (N, D)
    kind = type(network.model.get_submodule(name)).__name__
    return Vectors(name, kind, shape, values, cells)


def _cells(channels: int, grid: Sequence[int], most: int) -> tuple[int, int]:
    """Return the largest grid, square if possible, with at most `most` numbers in all channels."""
    side = max(1, int((most / channels) ** 0.5))
    return min(side, grid[0]), min(side, grid[1])
