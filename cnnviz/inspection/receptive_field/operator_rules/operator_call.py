"""One call of an operator, as a rule reads it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cnnviz.inspection.receptive_field.constant_values import ConstantValues
from cnnviz.inspection.receptive_field.intervals import Intervals

Result = Intervals | list[Intervals | None]


@dataclass(frozen=True, eq=False)
class OperatorCall:
    """A call of an operator in which at least one input tensor depends on a source.

    Attributes:
        name: of the operator in the dispatcher, without the trailing underscore of an in-place one.
        arguments: by parameter name in the operator's schema.
        inputs: the tensors that depend on a source, each with its intervals.
        outputs: the tensors it returns.
        layer: dotted name of the module whose forward pass is running.
        gates: whether a gate counts as the whole image; otherwise it is left out and recorded.
        constants: values of tensors that do not depend on the input.
    """

    name: str
    arguments: Mapping[str, Any]
    inputs: Sequence[tuple[Tensor, Intervals]]
    outputs: Sequence[Tensor]
    layer: str
    gates: bool
    constants: ConstantValues

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of the first input tensor that depends on a source."""
        return tuple(self.inputs[0][0].shape)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the first output tensor."""
        return tuple(self.outputs[0].shape)

    @property
    def intervals(self) -> Intervals:
        """Intervals of the first input tensor that depends on a source."""
        return self.inputs[0][1]

    @property
    def source_count(self) -> int:
        """Number of sources, S."""
        return int(self.intervals.rows.shape[1])

    def intervals_of(self, tensor: object) -> Intervals | None:
        """Return the intervals of an input tensor; None if it depends on no source."""
        return next((intervals for t, intervals in self.inputs if t is tensor), None)

    def value(self, argument: object) -> Tensor | None:
        """Return the values of a tensor that does not depend on the input, if they are known."""
        return self.constants.get(argument) if isinstance(argument, Tensor) else None

    def dim(self, name: str = "dim", default: int = 0) -> int:
        """Return one dimension argument, negative: counted from the last of the first input."""
        ndim = len(self.input_shape)
        return int(self.arguments.get(name, default)) % ndim - ndim

    def dims(self) -> list[int]:
        """Return the dimensions to reduce, negative as in `dim`; all of them by default."""
        ndim = len(self.input_shape)
        dim = self.arguments.get("dim")
        if dim is None or dim == []:
            return list(range(-ndim, 0))
        return [d % ndim - ndim for d in ([dim] if isinstance(dim, int) else dim)]


Rule = Callable[[OperatorCall], Result | None]


def per_dim(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Return an argument such as a stride once per spatial dimension."""
    values = [value] if isinstance(value, int) else list(value)
    return tuple(values * count if len(values) == 1 else values)
