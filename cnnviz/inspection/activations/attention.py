"""Attention maps: the weight of each key token for each query token, by layer and head."""

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

    Class tokens come first, then patch tokens row by row on a grid over the image.

    Attributes:
        layer: dotted name of the module that computes it.
        values: float32, (heads, queries, keys), weights from 0 to 1; each row sums to 1, and is 0
            outside the window if there is one.
        query_grid: (rows, columns) of the query tokens; (0, 0) if a class token is the only query.
        key_grid: (rows, columns) of the key tokens.
        query_classes, key_classes: number of class tokens before them.
        window: side in tokens of the square that a token attends to; None for all tokens.
        shift: tokens by which the windows are shifted up and to the left, cyclically.
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
        """Number of heads."""
        return len(self.values)


def attention_maps(network: LoadedNetwork, pixels: Pixels) -> tuple[AttentionMap, ...]:
    """Return the attention maps of a network for one digit, in the order of execution.

    Args:
        network: any network.
        pixels: uint8, (1, 28, 28).

    Returns:
        One map per attention layer; none for a network without attention.
    """
    model = network.copy().model
    with torch.no_grad(), recording_attention(model) as maps:
        model(network.input(pixels))
    return tuple(maps)


@contextmanager
def recording_attention(model: nn.Module) -> Iterator[list[AttentionMap]]:
    """Record the attention of forward passes inside the block, each of one input.

    The output of a softmax is tracked through operations that keep its number of elements, such as
    ConViT's gates, until it is multiplied with the values; these final weights are recorded. Fused
    attention is replaced by its separate operations, which gives the same output up to rounding.
    Does not work in `torch.inference_mode`, which hides the operations. The model's hooks are
    removed on leaving the block, also by an exception.

    Args:
        model: the network, a copy that only the caller uses.

    Yields:
        The maps in the order of execution, appended during the forward pass.

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
    """Return attention rollout: how much of each input token reaches each output token.

    R = A_L ... A_2 A_1 with A = (mean over heads + I) / 2, where I stands for the residual
    connection. A class token that joins later, as ConViT's does, is mapped to itself before. The
    rollout covers the last stack of blocks; layers before it with other tokens, as T2T-ViT's
    tokens-to-token layers, are left out.

    Args:
        maps: of one network, from the first layer to the last.

    Returns:
        The rollout as one layer with one head, named "rollout".

    Raises:
        ValueError: if it is not defined, with the sentence of `rollout_obstacle`.

    Reference:
        Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers",
        https://arxiv.org/abs/2005.00928
    """
    if reason := rollout_obstacle(maps):
        raise ValueError(reason)
    identity = np.eye(maps[-1].values.shape[-1], dtype=np.float32)  # (keys, keys)
    product: NDArray[np.float32] = identity
    for layer in _last_stack(maps):
        late = maps[-1].key_classes - layer.key_classes  # class tokens that have not joined yet
        weights = identity.copy()  # (keys, keys)
        weights[late:, late:] = layer.values.mean(axis=0)
        product = ((weights + identity) / 2 @ product).astype(np.float32)  # (keys, keys)
    return dataclasses.replace(maps[-1], layer=ROLLOUT, values=product[None])  # (1, keys, keys)


def rollout_obstacle(maps: Sequence[AttentionMap]) -> str:
    """Return why a network has no attention rollout, as a sentence; "" if it has one."""
    if not maps:
        return "There is no rollout: the network has no attention."
    grids = {grid for layer in _last_stack(maps) for grid in (layer.query_grid, layer.key_grid)}
    counts = sorted({rows * columns for rows, columns in grids} - {0})  # 0: only a class token
    if len(counts) > 1:
        *several, last = map(str, counts)
        return (
            f"There is no rollout over all layers: they have {', '.join(several)} and {last} "
            "tokens, and no token passes through all of them."
        )
    return ""


def _last_stack(maps: Sequence[AttentionMap]) -> list[AttentionMap]:
    """Return the maps of the modules that share the first part of their names with the last."""
    name = maps[-1].layer.partition(".")[0]
    return [layer for layer in maps if layer.layer.partition(".")[0] == name]


class _FollowSoftmax(TorchDispatchMode):
    """Track the outputs of softmax until they are multiplied with the values."""

    def __init__(self, model: nn.Module, running: list[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.maps: list[AttentionMap] = []
        self._model, self._running = model, running
        self._followed: dict[int, tuple[Tensor, torch.Size]] = {}  # by id, which the tensor keeps

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
        values = weights.float().cpu().numpy().copy()  # (N or windows, heads, queries, keys)
        if hasattr(block, "shift_size"):  # a Swin block, whose windows make up the batch
            window, shift = block.window_size[0], block.shift_size[0]
            self.maps.append(_windowed(layer, values, block.input_resolution, window, shift))
        elif values.ndim == 4 and len(values) > 1:
            raise ValueError(f"batch size must be 1 to record {layer}, got {len(values)}")
        else:
            self.maps.append(_global(layer, values.reshape(-1, *values.shape[-2:])))


def _as_many(output: Any, weights: Tensor) -> bool:
    return isinstance(output, Tensor) and output.numel() == weights.numel()


def _global(layer: str, values: NDArray[np.float32]) -> AttentionMap:
    """Return the map of a layer with global attention, from values (heads, queries, keys)."""
    queries, keys = values.shape[1:]
    rows, columns = math.isqrt(queries), math.isqrt(keys)
    if queries == 1 < keys:
        rows = 0  # the only query is a class token
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
    """Return the map of a layer with windowed attention, laid out on the whole grid.

    Args:
        layer: dotted name.
        values: (windows, heads, window², window²), windows row by row.
        grid: (rows, columns) of all tokens, multiples of the window.
        window, shift: in tokens.
    """
    rows, columns = grid
    # index of the token at each position of the shifted grid, (rows, columns)
    tokens = np.roll(np.arange(rows * columns).reshape(grid), (-shift, -shift), (0, 1))
    tiled = tokens.reshape(rows // window, window, columns // window, window)
    members = tiled.transpose(0, 2, 1, 3).reshape(-1, window * window)  # (windows, window²)
    whole = np.zeros((values.shape[1], rows * columns, rows * columns), np.float32)
    for tokens_inside, weights in zip(members, values, strict=True):
        whole[:, tokens_inside[:, None], tokens_inside[None, :]] = weights
    single = len(members) == 1
    return AttentionMap(layer, whole, grid, grid, window=None if single else window, shift=shift)
