"""Attention maps: how much each token takes from each other, per layer and head."""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from cnnviz.data.mnist import Pixels
from cnnviz.models.hooks import hooked
from cnnviz.models.loaded_network import LoadedNetwork

ROLLOUT = "rollout"


@dataclass(frozen=True, eq=False)
class AttentionMap:
    """The attention of one layer for one input.

    Class tokens come before the others; those lie row by row on a grid over the image.

    Attributes:
        layer: dotted name of the module that it ran in.
        values: float32, (heads, queries, keys), shares from 0 to 1; each row sums to 1, and is 0
            outside the window where there is one.
        query_grid: (rows, columns) of the tokens that ask; (0, 0) where only a class token does.
        key_grid: (rows, columns) of the tokens that are asked.
        query_classes, key_classes: how many class tokens come before them.
        window: side in tokens of the square that a token sees; None where it sees all.
        shift: by how many tokens the windows are moved up and to the left, around the edge.
    """

    layer: str
    values: NDArray[np.float32]
    query_grid: tuple[int, int]
    key_grid: tuple[int, int]
    query_classes: int = 0
    key_classes: int = 0
    window: int | None = None
    shift: int = 0

    @property
    def heads(self) -> int:
        """How many heads the layer has."""
        return len(self.values)


def attention(network: LoadedNetwork, pixels: Pixels) -> tuple[AttentionMap, ...]:
    """Return every attention map of a network for one digit, in the order of execution.

    Args:
        network: any network.
        pixels: uint8, (1, 28, 28).

    Returns:
        maps: none for a network without attention.
    """
    model = network.copy().model
    with torch.no_grad(), attending(model) as maps:
        model(network.input(pixels))
    return tuple(maps)


@contextmanager
def attending(model: nn.Module) -> Iterator[list[AttentionMap]]:
    """Record the attention of the forward passes made inside the block, each of one input.

    A softmax is followed through the operations that keep its number of values, such as ConViT's
    gates, until it is multiplied with the values: what is recorded is what weighs them. Fused
    attention is taken apart meanwhile, and the output is the same to rounding. Not for
    `torch.inference_mode`, which hides the parts. On leaving the block, by an exception too, the
    model's hooks are as they were before it.

    Args:
        model: the network; a copy of one's own.

    Yields:
        The maps, in the order of execution, filled as the forward pass goes on.

    Raises:
        ValueError: during the forward pass, if the batch holds more than one input.
    """
    running: list[str] = []
    follow = _FollowSoftmax(model, running)

    def enter(name: str, *_: object) -> None:
        running.append(name)

    def leave(*_: object) -> None:
        running.pop()

    hooks = hooked(model, before=enter, after=leave, always=True)
    with hooks, sdpa_kernel(SDPBackend.MATH), follow:
        yield follow.maps


def rollout(maps: Sequence[AttentionMap]) -> AttentionMap:
    """Return how much of each token that enters the last stack of blocks reaches each that leaves.

    The residual connection counts half: R = A_L ... A_2 A_1 with A = (mean over heads + I) / 2. A
    class token that joins on the way, as ConViT's does, has until then only itself. What comes
    before the stack under another name, as T2T-ViT's tokens-to-token layers do, is left out: its
    tokens are others.

    Args:
        maps: of one network, from the first layer to the last.

    Returns:
        rollout: as one layer with one head, named "rollout".

    Raises:
        ValueError: if it is not defined; the sentence of `no_rollout`.

    Reference:
        Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers",
        https://arxiv.org/abs/2005.00928
    """
    if reason := no_rollout(maps):
        raise ValueError(reason)
    identity = np.eye(maps[-1].values.shape[-1], dtype=np.float32)
    reached: NDArray[np.float32] = identity
    for found in _last_stack(maps):
        late = maps[-1].key_classes - found.key_classes  # class tokens that have not joined yet
        shares = identity.copy()
        shares[late:, late:] = found.values.mean(axis=0)
        reached = ((shares + identity) / 2 @ reached).astype(np.float32)
    return dataclasses.replace(maps[-1], layer=ROLLOUT, values=reached[None])


def no_rollout(maps: Sequence[AttentionMap]) -> str:
    """Return why attention cannot be followed through a network's layers; "" where it can."""
    if not maps:
        return "There is no rollout: nothing attends."
    grids = {grid for found in _last_stack(maps) for grid in (found.query_grid, found.key_grid)}
    counts = sorted({rows * columns for rows, columns in grids} - {0})  # 0: a class token asks
    if len(counts) > 1:
        *several, last = map(str, counts)
        return (
            f"There is no rollout of all layers: they have {', '.join(several)} and {last} tokens, "
            "and no token goes through all of them."
        )
    return ""


def _last_stack(maps: Sequence[AttentionMap]) -> list[AttentionMap]:
    """Return the maps of the modules that share the first part of their names with the last."""
    name = maps[-1].layer.partition(".")[0]
    return [found for found in maps if found.layer.partition(".")[0] == name]


class _FollowSoftmax(TorchDispatchMode):
    """Follow what softmax puts out until it weighs the values."""

    def __init__(self, model: nn.Module, running: list[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.maps: list[AttentionMap] = []
        self._model, self._running = model, running
        self._followed: dict[int, tuple[Tensor, torch.Size]] = {}  # keeps them, and so their ids

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        output = func(*args, **(kwargs or {}))
        name = str(func)
        weights = next((self._followed[id(arg)] for arg in args if id(arg) in self._followed), None)
        if "softmax" in name:
            self._followed[id(output)] = output, output.shape
        elif weights is not None and "mm" in name:
            if weights[0] is args[0]:
                self._record(weights[0].detach().reshape(weights[1]))
        elif weights is not None and _as_many(output, weights[0]):
            self._followed[id(output)] = output, weights[1]
        return output

    def _record(self, weights: Tensor) -> None:
        layer = self._running[-1]
        block: Any = self._model.get_submodule(layer.rpartition(".")[0])
        values = weights.float().cpu().numpy().copy()
        if hasattr(block, "shift_size"):  # a Swin block, whose windows make up the batch
            window, shift = block.window_size[0], block.shift_size[0]
            self.maps.append(_windowed(layer, values, block.input_resolution, window, shift))
        elif values.ndim == 4 and len(values) > 1:
            raise ValueError(f"{layer} attends for {len(values)} inputs: send one at a time")
        else:
            self.maps.append(_global(layer, values.reshape(-1, *values.shape[-2:])))


def _as_many(output: Any, weights: Tensor) -> bool:
    return isinstance(output, Tensor) and output.numel() == weights.numel()


def _global(layer: str, values: NDArray[np.float32]) -> AttentionMap:
    """Return the map of a layer in which every query sees every key, (heads, queries, keys)."""
    queries, keys = values.shape[1:]
    rows, columns = math.isqrt(queries), math.isqrt(keys)
    if queries == 1 < keys:
        rows = 0  # a class token by itself, which looks at other tokens
    return AttentionMap(
        layer=layer,
        values=values,
        query_grid=(rows, rows),
        key_grid=(columns, columns),
        query_classes=queries - rows**2,
        key_classes=keys - columns**2,
    )


def _windowed(
    layer: str, values: NDArray[np.float32], grid: tuple[int, int], window: int, shift: int
) -> AttentionMap:
    """Put the windows of a layer back onto the whole grid.

    Args:
        layer: dotted name.
        values: (windows, heads, window², window²), windows row by row.
        grid: (rows, columns) of all tokens, multiples of the window.
        window, shift: in tokens.
    """
    rows, columns = grid
    tokens = np.roll(np.arange(rows * columns).reshape(grid), (-shift, -shift), (0, 1))
    tiled = tokens.reshape(rows // window, window, columns // window, window)
    members = tiled.transpose(0, 2, 1, 3).reshape(-1, window * window)  # (windows, window²)
    whole = np.zeros((values.shape[1], rows * columns, rows * columns), np.float32)
    for inside, found in zip(members, values, strict=True):
        whole[:, inside[:, None], inside[None, :]] = found
    alone = len(members) == 1
    return AttentionMap(layer, whole, grid, grid, window=None if alone else window, shift=shift)
