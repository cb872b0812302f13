"""Record the operations of a forward pass and the module in which each of them runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from cnnviz.models.hooks import hooked
from cnnviz.models.structure.meta_dispatch import (
    named_arguments,
    on_meta,
    operator_name,
    tensors_in,
)
from cnnviz.models.structure.meta_shortcuts import shortcut_output
from cnnviz.models.structure.trace.records import Size


@dataclass
class DispatchedOperation:
    """One operation of PyTorch's dispatcher.

    Attributes:
        name: of the operation, "convolution", without the underscore of in-place ones.
        call: index of the module call in which it runs.
        sources: of its inputs: index of an operation, `INPUT`, or the name of a parameter.
        sizes: shapes of its inputs, one example, in the order of `sources`.
        output: shape of its output, one example; of several outputs, that of the first.
        values: number of values in the output.
        macs: multiply-accumulates.
    """

    name: str
    call: int
    sources: list[int | str]
    sizes: list[Size]
    output: Size
    values: int
    macs: int


@dataclass
class ModuleCall:
    """One call of a module.

    Attributes:
        name: dotted name.
        module: the module.
        parent: index of the enclosing call; None for the network.
        calls: number of calls of modules inside it.
        operations: indices of its own operations.
        output: shape of its output, one example.
        values: number of values in the output.
    """

    name: str
    module: nn.Module
    parent: int | None
    calls: int = 0
    operations: list[int] = field(default_factory=list)
    output: Size = ()
    values: int = 0

    def set_output(self, result: Any) -> None:
        """Note the shape of the first tensor in a result."""
        tensors = tensors_in(result)
        if tensors:
            self.output, self.values = example_size(tensors[0]), tensors[0].numel()


class OperationRecorder(TorchDispatchMode):
    """Records the operations of a forward pass and which tensors connect them.

    Args:
        model: the network that runs, on the meta device.
    """

    def __init__(self, model: nn.Module) -> None:
        """Start with the network's own call, and its parameters as sources."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[DispatchedOperation] = []
        self.calls = [ModuleCall("", model, None)]
        self.stack = [0]  # indices of the calls that are running, the innermost last
        self._sources: dict[int, int | str] = {}  # by the tensor's id
        self._alive: list[Tensor] = []  # keeps ids unique; meta tensors take no memory
        for name, parameter in model.named_parameters():
            self.add(parameter, name)

    def add(self, tensor: Tensor, source: int | str) -> None:
        """Note where a tensor comes from."""
        self._sources[id(tensor)] = source
        self._alive.append(tensor)

    def leave(self, call: int, result: Any) -> None:
        """Note what a call of a module has returned."""
        self.calls[call].set_output(result)

    def source(self, tensor: Tensor) -> int | str | None:
        """Return where a tensor comes from; None for a constant."""
        return self._sources.get(id(tensor))

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one operation on the meta device and record it."""
        del types
        kwargs = kwargs or {}
        inputs = tensors_in((args, kwargs))
        args, kwargs, out = self._run(func, args, kwargs, inputs)
        outputs = tensors_in(out)
        if outputs:
            count = flop_registry.get(func.overloadpacket)
            flops = count(*args, **kwargs, out_val=out) if count else 0
            name, _ = operator_name(func)
            self._record(name, inputs, outputs, flops // 2)
        return out

    def _run(
        self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], inputs: list[Tensor]
    ) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
        """Return the arguments of an operation as it ran, and what it returned."""
        args, kwargs = on_meta(args, kwargs, inputs)
        known = any(self.source(t) is not None for t in inputs)
        out = shortcut_output(func, named_arguments(func, args, kwargs)) if known else None
        return args, kwargs, func(*args, **kwargs) if out is None else out

    def _record(self, name: str, inputs: list[Tensor], outputs: list[Tensor], macs: int) -> None:
        pairs = [(source, t) for t in inputs if (source := self.source(t)) is not None]
        operation = DispatchedOperation(
            name=name,
            call=self.stack[-1],  # the innermost module that runs
            sources=[source for source, _ in pairs],
            sizes=[example_size(t) for _, t in pairs],
            output=example_size(outputs[0]),
            values=outputs[0].numel(),  # of one example: the batch is one
            macs=macs,
        )
        self.calls[operation.call].operations.append(len(self.operations))
        for tensor in outputs:
            self.add(tensor, len(self.operations))
        self.operations.append(operation)


@contextmanager
def recording_calls(model: nn.Module, recorder: OperationRecorder) -> Iterator[None]:
    """Tell the recorder which module is running."""

    def enter(name: str, module: nn.Module, _inputs: object) -> None:
        recorder.calls[recorder.stack[-1]].calls += 1
        recorder.calls.append(ModuleCall(name, module, recorder.stack[-1]))
        recorder.stack.append(len(recorder.calls) - 1)

    def leave(_name: str, _module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        call = recorder.calls[recorder.stack[-1]]
        idle = not call.operations and not call.calls and not isinstance(call.module, nn.Identity)
        if idle and getattr(call.module, "p", 1) != 0 and any(output is x for x in inputs):
            output = output.view_as(output)  # dropout in evaluation: give it a tensor of its own
        recorder.leave(recorder.stack.pop(), output)
        return output

    inside = [name for name, _ in model.named_modules() if name]
    with hooked(model, inside, before=enter, after=leave):
        yield


def example_size(tensor: Tensor) -> Size:
    """Return the shape of one example; of several windows or heads, with their number first."""
    size = tuple(tensor.shape)
    return size[1:] if size[:1] == (1,) else size  # without the batch dimension
