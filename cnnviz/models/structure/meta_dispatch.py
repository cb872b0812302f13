"""Helpers of dispatch modes that follow a forward pass on the meta device."""

from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_map

BATCH_NORMS = frozenset(
    {"cudnn_batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"}
)


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested lists, tuples, dictionaries and dataclasses."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))
    elif is_dataclass(value):
        yield from tensors_in(vars(value))


def on_meta(
    args: tuple[Any, ...], kwargs: dict[str, Any], tensors: Sequence[Tensor]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of an operation with all tensors on the meta device.

    Constants that a network stores outside its buffers do not move there with it.

    Args:
        args, kwargs: the arguments.
        tensors: the tensors in them.
    """
    if any(t.is_meta for t in tensors) and not all(t.is_meta for t in tensors):
        args, kwargs = tree_map(_to_meta, (args, kwargs))
    return args, kwargs


def _to_meta(value: Any) -> Any:
    return value.to("meta") if isinstance(value, Tensor) else value
