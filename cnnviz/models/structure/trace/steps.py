"""Group the recorded operations into steps: those of one call of an innermost module are one."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from cnnviz.models.structure.trace.operations import DispatchedOperation, OperationRecorder
from cnnviz.models.structure.trace.records import INPUT, Size, TraceStep

_NAMES = {  # the usual words for the dispatcher's names
    "_adaptive_avg_pool2d": "average pool",
    "_safe_softmax": "softmax",
    "_softmax": "softmax",
    "adaptive_max_pool2d": "max pool",
    "addmm": "linear",
    "avg_pool2d": "average pool",
    "baddbmm": "matmul",
    "bmm": "matmul",
    "constant_pad_nd": "pad",
    "convolution": "convolution",
    "im2col": "unfold",
    "max_pool2d_with_indices": "max pool",
    "mm": "linear",
    "native_batch_norm": "batch norm",
    "native_group_norm": "group norm",
    "native_layer_norm": "layer norm",
    "stack": "cat",
}
_PRODUCTS = {"bmm", "baddbmm", "mm"}
_ROLES = {"add": "add", "sub": "add", "mul": "mul", "div": "mul", "cat": "cat", "stack": "cat"}
_NO_STEP = {  # views, copies and operations with constants: not steps of their own
    *("_reshape_alias", "_to_copy", "_unsafe_view", "alias", "as_strided", "clamp", "clamp_min"),
    *("clone", "copy", "detach", "empty_like", "exp", "expand", "fill", "full_like", "lift_fresh"),
    *("masked_fill", "neg", "new_empty", "new_full", "new_ones", "new_zeros", "ones_like"),
    *("permute", "pow", "repeat", "rsub", "select", "slice", "split", "split_with_sizes"),
    *("squeeze", "t", "transpose", "unbind", "unsafe_split", "unsqueeze", "view", "where"),
    *("zeros_like",),
}


@dataclass(frozen=True)
class Origin:
    """The steps and the parameters that a tensor comes from."""

    steps: tuple[int, ...] = ()
    parameters: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether it comes from any: a constant does not."""
        return bool(self.steps or self.parameters)


class StepBuilder:
    """Builds the steps of a recorded forward pass.

    Args:
        model: the network that ran.
        recorder: what it recorded.

    Attributes:
        steps: the steps, in the order of execution.
        containers: indices of the calls of modules that contain others.
        call_of_step: index of the module call of each step that is one.
        operation_of_step: index of the operation of each step that is one.
    """

    def __init__(self, model: nn.Module, recorder: OperationRecorder) -> None:
        """Build all steps."""
        self.operations, self.calls = recorder.operations, recorder.calls
        self.steps: list[TraceStep] = []
        self.call_of_step: dict[int, int] = {}
        self.operation_of_step: dict[int, int] = {}
        self.containers = [i for i, call in enumerate(self.calls) if call.calls or i == 0]
        self._place = {call: i for i, call in enumerate(self.containers)}
        self._counts = {name: p.numel() for name, p in model.named_parameters()}  # by name
        self._names = {id(p): name for name, p in model.named_parameters()}
        self._counted: set[str] = set()  # parameters of earlier steps
        self._origins: list[Origin] = []  # by operation
        self._depends: list[bool] = []  # by operation, whether its output depends on the input
        self._of_call: dict[int, Origin] = {}  # calls of innermost modules that are steps already
        for operation in self.operations:
            self._depends.append(any(map(self._depends_on_input, operation.sources)))
        for operation, depends in zip(self.operations, self._depends, strict=True):
            self._origins.append(self._add(operation, depends=depends))

    def origin(self, source: int | str) -> Origin:
        """Return the steps and parameters behind a source of an operation."""
        if isinstance(source, str):
            return Origin(parameters=frozenset([source]))
        return Origin((INPUT,)) if source == INPUT else self._origins[source]

    def inside(self, call: int | None) -> int | None:
        """Return the index in `containers` of the innermost container around a call."""
        while call is not None and call not in self._place:
            call = self.calls[call].parent
        return None if call is None else self._place[call]

    def _depends_on_input(self, source: int | str) -> bool:
        return not isinstance(source, str) and (source == INPUT or self._depends[source])

    def _add(self, operation: DispatchedOperation, *, depends: bool) -> Origin:
        """Add the step of an operation, if it is one, and return the origin of its output."""
        if operation.call in self._of_call:
            return self._of_call[operation.call]
        innermost = operation.call not in self._place
        if not innermost and not self._is_step(operation, depends=depends):
            origins = [self.origin(source) for source in operation.sources]
            steps = dict.fromkeys(step for origin in origins for step in origin.steps)
            return Origin(tuple(steps), frozenset().union(*(o.parameters for o in origins)))
        step = self._layer(operation.call) if innermost else self._between_layers(operation)
        self.steps.append(step)
        origin = Origin((step.id,))
        if innermost:
            self._of_call[operation.call] = origin  # its further operations belong to the same step
            self.call_of_step[step.id] = operation.call
        else:
            self.operation_of_step[step.id] = len(self._origins)
        return origin

    def _is_step(self, operation: DispatchedOperation, *, depends: bool) -> bool:
        """Tell whether an operation outside innermost modules is a step of its own."""
        if operation.name in _NO_STEP or not (depends or operation.macs):
            return False
        if operation.name == "constant_pad_nd" and operation.output in operation.sizes:
            return False  # padding of zero pixels
        if operation.name in _ROLES:
            return sum(bool(self.origin(source)) for source in operation.sources) > 1
        return True

    def _layer(self, call: int) -> TraceStep:
        """Return the step of a call of an innermost module."""
        run = self.calls[call]
        operations = [self.operations[i] for i in run.operations]
        parameters = frozenset(self._names[id(p)] for p in run.module.parameters())
        return TraceStep(
            name=run.name,
            kind=type(run.module).__name__,
            role="attention" if any(map(self._is_attention, operations)) else "layer",
            output=run.output,
            values=run.values,
            **self._common(call, operations, set(run.operations), parameters),
            **_window(run.module),
            groups=_groups(run.module),
        )

    def _between_layers(self, operation: DispatchedOperation) -> TraceStep:
        """Return the step of an operation outside innermost modules."""
        role = _ROLES.get(operation.name, "operation")
        return TraceStep(
            name=self.calls[operation.call].name,
            kind=_NAMES.get(operation.name, operation.name),
            role="attention" if self._is_attention(operation) else role,
            output=operation.output,
            values=operation.values,
            **self._common(operation.call, [operation], set(), frozenset()),
        )

    def _common(
        self,
        call: int,
        operations: list[DispatchedOperation],
        within: set[int],
        parameters: frozenset[str],
    ) -> dict[str, Any]:
        """Return the fields that both kinds of steps have; parameters count once."""
        sources: dict[int, Size] = {}  # by step, the shape in which it is first read
        for operation in operations:
            for source, size in zip(operation.sources, operation.sizes, strict=True):
                if source not in within:
                    origin = self.origin(source)
                    parameters |= origin.parameters
                    for step in origin.steps:
                        sources.setdefault(step, size)
        new = parameters - self._counted  # a layer that runs twice counts once
        self._counted |= parameters
        return {
            "id": len(self.steps),
            "inside": self.inside(call),
            "sources": tuple(sources),
            "inputs": tuple(sources.values()),
            "parameters": sum(self._counts[name] for name in new),
            "macs": sum(operation.macs for operation in operations),
        }

    def _is_attention(self, operation: DispatchedOperation) -> bool:
        """Tell whether an operation is a matrix product of two tensors that depend on the input."""
        factors = [source for source in operation.sources if self._depends_on_input(source)]
        return operation.name in _PRODUCTS and len(factors) > 1


def _window(module: nn.Module) -> dict[str, Any]:
    """Return kernel, stride and padding as text, "3 × 3" or "same"."""
    names = {"kernel": "kernel_size", "stride": "stride", "padding": "padding"}
    values = {field: getattr(module, name, None) for field, name in names.items()}
    if values["kernel"] is None:
        return {}
    return {field: _pixels(value) for field, value in values.items() if value is not None}


def _groups(module: nn.Module) -> int:
    groups = getattr(module, "groups", 1)
    return groups if isinstance(groups, int) else 1


def _pixels(value: Any) -> str:
    """Return a number for both directions, or a pair of them, as text."""
    if isinstance(value, str):
        return value
    pair = tuple(value) if isinstance(value, list | tuple) else (value, value)  # rows, columns
    return " × ".join(map(str, pair))
