"""What dispatch modes need that follow a forward pass on the meta device."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_map

_ATOMS = frozenset({int, float, bool, str, type(None)})  # what most arguments are


def tensors_in(value: Any) -> list[Tensor]:
    """Return the tensors in nested lists, tuples, dictionaries and dataclasses."""
    tensors: list[Tensor] = []
    _collect((value,), tensors)
    return tensors


def _collect(values: Iterable[Any], tensors: list[Tensor]) -> None:
    for value in values:
        if type(value) in _ATOMS:  # skips the slow checks below
            continue
        if isinstance(value, Tensor):
            tensors.append(value)
        elif isinstance(value, list | tuple):
            _collect(value, tensors)
        elif isinstance(value, dict):
            _collect(value.values(), tensors)
        elif is_dataclass(value):
            _collect(vars(value).values(), tensors)


@cache  # 0.7 MB: all 4,488 overloads of PyTorch's operators
def operator_name(operator: Any) -> tuple[str, bool]:
    """Return an operator's name without the underscore of an in-place one, and whether it is one.

    Args:
        operator: an overload, such as `torch.ops.aten.add_.Tensor`.
    """
    packet: str = operator.overloadpacket.__name__
    name = packet if packet.startswith("__") else packet.rstrip("_")  # "add_" to "add"
    return name, name != packet


def named_arguments(
    operator: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call by their names in the operator's schema."""
    return {**dict(zip(_argument_names(operator), args, strict=False)), **kwargs}


@cache  # 1.4 MB: as above
def _argument_names(operator: Any) -> tuple[str, ...]:
    return tuple(argument.name for argument in operator._schema.arguments)  # slow to read


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
