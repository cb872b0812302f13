"""Values of tensors that do not depend on the input, beside a pass on the meta device.

An attention mask decides which tokens see each other, and no shape tells what it holds. Constants
are few and small: windows, positions, masks.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map
from torch.utils.weak import WeakTensorKeyDictionary

from cnnviz.models.structure.meta_dispatch import operator_name, tensors_in

_MOST = 1_000_000  # numbers in a tensor that is followed
OF_SHAPES = frozenset(  # operators whose output depends on shapes alone
    [
        *("new_zeros", "new_ones", "new_empty", "new_full", "new_empty_strided", "zeros_like"),
        *("ones_like", "empty_like", "full_like", "rand_like", "randn_like", "zero"),
    ]
)
_UNSET = ("empty", "new_empty", "empty_like", "empty_strided", "new_empty_strided")


class ConstantValues:
    """The values of constants on the meta device, as far as they are known."""

    def __init__(self, values: Mapping[Tensor, Tensor] | None = None) -> None:
        """Begin with the values of a network's buffers.

        Args:
            values: tensors with values by the tensors on the meta device that stand for them.
        """
        self._values = WeakTensorKeyDictionary()
        self._unknown: set[int] = set()  # memory into which something unknown was written
        for stand_in, value in (values or {}).items():
            if value.numel() <= _MOST and not value.is_meta:
                self._values[stand_in] = value.clone()  # the network may write into its buffers

    def get(self, tensor: Tensor) -> Tensor | None:
        """Return the values of a tensor; None if they are not known."""
        value = self._values.get(tensor)
        if value is None and not tensor.is_meta and tensor.numel() <= _MOST:
            value = tensor
        known = value is not None and value.untyped_storage().data_ptr() not in self._unknown
        return value if known else None

    def follow(
        self, operator: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any
    ) -> None:
        """Compute what an operator returned on the meta device.

        Args:
            operator: an overload, such as `torch.ops.aten.add.Tensor`.
            args, kwargs: its arguments, as they were given.
            out: what it returned for them.
        """
        outputs = tensors_in(out)
        if not any(t.is_meta for t in outputs) or any(t.numel() > _MOST for t in outputs):
            return
        given = tensors_in((args, kwargs))
        name, _ = operator_name(operator)
        random = torch.Tag.nondeterministic_seeded in operator.tags
        known = name in OF_SHAPES or all(self.get(t) is not None for t in given)
        if random or not known or name in _UNSET:
            self._forget(operator, given)
            return
        args, kwargs = tree_map(self._with_values, (args, kwargs))
        values = tensors_in(operator(*args, **kwargs))
        for tensor, value in zip(outputs, values, strict=True):
            self._values[tensor] = value  # a view of a value for a view: writing reaches both

    def _with_values(self, argument: Any) -> Any:
        if isinstance(argument, torch.device):
            return torch.device("cpu")
        if not isinstance(argument, Tensor):
            return argument
        value = self.get(argument)
        return torch.empty(argument.shape, dtype=argument.dtype) if value is None else value

    def _forget(self, operator: Any, given: Sequence[Tensor]) -> None:
        """Forget what an operator has written to: its first tensor."""
        if operator._schema.is_mutable and given and (value := self.get(given[0])) is not None:
            self._unknown.add(value.untyped_storage().data_ptr())


def buffer_values(model: nn.Module, stand_in: nn.Module) -> dict[Tensor, Tensor]:
    """Return the values of a network's buffers by those of its copy on the meta device."""
    copies = dict(stand_in.named_buffers())
    return {copies[name]: value for name, value in model.named_buffers() if not value.is_meta}


def with_buffer_values(build: Callable[[], nn.Module]) -> nn.Module:
    """Return a network on the meta device, with values in those of its buffers that are constants.

    Statistics of batch norms hide no score: a network without other buffers stays as it is.

    Args:
        build: returns it; called once more if its buffers count.
    """
    model = build()
    if all(isinstance(m, _BatchNorm) for m in model.modules() if m._buffers):
        return model
    with _Following() as following:
        model = build()
    for module in model.modules():
        for name, buffer in module._buffers.items():
            if buffer is not None and (value := following.constants.get(buffer)) is not None:
                module._buffers[name] = value
    return model


class _Following(TorchDispatchMode):
    """Follows the values of constants through all operators."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.constants = ConstantValues()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one operator, and compute the values of its outputs if they are constants."""
        del types
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        self.constants.follow(func, args, kwargs, out)
        return out
