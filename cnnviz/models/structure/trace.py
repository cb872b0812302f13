"""What happens in one forward pass: layers as they run, operations between them, and tensors.

The pass runs on the meta device, where tensors have shapes and no numbers. Hooks tell which module
is at work, and a dispatch mode sees each operation below it, so that additions, concatenations and
products of attention that no module stands for are found too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.flop_counter import flop_registry

from cnnviz.models.catalogue import Architecture
from cnnviz.models.hooks import hooked

Size = tuple[int, ...]

INPUT = -1  # stands for the network's input among the sources of a step

_NAMES = {  # the usual words for what the dispatcher calls otherwise
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
_BATCH_NORMS = {"cudnn_batch_norm", "native_batch_norm", "_native_batch_norm_legit_no_training"}
_PRODUCTS = {"bmm", "baddbmm", "mm"}
_ROLES = {"add": "add", "sub": "add", "mul": "mul", "div": "mul", "cat": "cat", "stack": "cat"}
_NO_STEP = {  # a tensor seen otherwise, copied, or changed by numbers: no step of its own
    *("_reshape_alias", "_to_copy", "_unsafe_view", "alias", "as_strided", "clamp", "clamp_min"),
    *("clone", "copy", "detach", "empty_like", "exp", "expand", "fill", "full_like", "lift_fresh"),
    *("masked_fill", "neg", "new_empty", "new_full", "new_ones", "new_zeros", "ones_like"),
    *("permute", "pow", "repeat", "rsub", "select", "slice", "split", "split_with_sizes"),
    *("squeeze", "t", "transpose", "unbind", "unsafe_split", "unsqueeze", "view", "where"),
    *("zeros_like",),
}


@dataclass(frozen=True)
class Module:
    """One run of a module that has others inside.

    Attributes:
        id: place in `Trace.modules`; 0 is the network itself.
        name: dotted name; "" for the network itself.
        kind: class.
        parent: id of the run it happened in; None for the network itself.
        output: shape of what it puts out, one example; of several, the first.
        values: numbers in the output.
    """

    id: int
    name: str
    kind: str
    parent: int | None
    output: Size
    values: int


@dataclass(frozen=True)
class Step:
    """One run of an innermost module, or one operation that no such module stands for.

    Attributes:
        id: place in `Trace.steps`, the order of execution.
        name: dotted name of the module; for an operation, of the module whose forward does it.
        kind: class of the module, or the operation in a word: "add", "cat", "mul", "softmax".
        role: "layer" or "operation"; "add", "cat" and "mul" where tensors meet; "attention" where
            tensors are multiplied as matrices, neither of them a weight.
        inside: id of the run of a module it happened in.
        sources: ids of the steps whose tensors it reads, `INPUT` for the network's input.
        inputs: shapes of what it reads from them, one example, in the order of `sources`.
        output: shape of what it puts out, one example.
        values: numbers in the output.
        parameters: that it learns and no earlier step has counted.
        macs: multiply-accumulates of its convolutions and matrix products.
        kernel, stride, padding: in pixels, as the module has them; "" where there is none.
        groups: that a convolution's channels fall into, each seeing only its own.
    """

    id: int
    name: str
    kind: str
    role: str
    inside: int
    sources: tuple[int, ...]
    inputs: tuple[Size, ...]
    output: Size
    values: int
    parameters: int
    macs: int
    kernel: str = ""
    stride: str = ""
    padding: str = ""
    groups: int = 1


@dataclass(frozen=True)
class Trace:
    """One forward pass of one example.

    Attributes:
        input: shape of the example, (C, H, W).
        modules: runs of modules with others inside, in the order of execution.
        steps: what ran in them, in the order of execution.
        results: ids of the steps whose tensors the network returns.
        parameters: of the whole network, those that no step uses counted.
    """

    input: Size
    modules: tuple[Module, ...]
    steps: tuple[Step, ...]
    results: tuple[int, ...]
    parameters: int


def trace_row(row: Architecture, *, published: bool) -> Trace:
    """Return the forward pass of a row of the catalogue.

    Args:
        row: the architecture.
        published: as its authors built it, in place of the scale of MNIST.

    Raises:
        ValueError: if the row has no published network beside that at the scale of MNIST.
    """
    if not published:
        return trace(row.build().to("meta"), (1, row.input_size, row.input_size))
    if row.published is None:
        raise ValueError(f"{row.title} has no published network beside this one")
    return trace(row.published.build(), row.published.input_size)


def trace(model: nn.Module, size: Size) -> Trace:
    """Return the forward pass of a network on the meta device for one input of shape (1, *size).

    The network is put into evaluation mode and stays there; its gradients are off afterwards.
    """
    model.eval().requires_grad_(False)
    recorder = _Recorder(model)
    x = torch.zeros(1, *size, device="meta")
    recorder.keep(x, INPUT)
    with _watching(model, recorder), torch.no_grad(), recorder:
        answer = model(x)
    recorder.calls[0].put_out(answer)
    joined = _Joiner(model, recorder)
    makers = [recorder.maker(t) for t in _tensors(answer)]
    results = [step for m in makers if m is not None for step in joined.behind(m).steps]
    modules = [
        Module(
            id=i,
            name=run.name,
            kind=type(run.module).__name__,
            parent=joined.inside(run.parent),
            output=run.output,
            values=run.values,
        )
        for i, run in enumerate(joined.calls[call] for call in joined.containers)
    ]
    parameters = sum(p.numel() for p in model.parameters())
    steps = tuple(joined.steps)
    return Trace(size, tuple(modules), steps, tuple(dict.fromkeys(results)), parameters)


@dataclass
class _Op:
    """One operation of the dispatcher; sources are ids of operations, `INPUT`, or names."""

    name: str
    call: int
    sources: list[int | str]
    sizes: list[Size]
    output: Size
    values: int
    macs: int


@dataclass
class _Call:
    """One run of a module."""

    name: str
    module: nn.Module
    parent: int | None
    calls: int = 0  # of modules inside
    ops: list[int] = field(default_factory=list)
    output: Size = ()
    values: int = 0

    def put_out(self, result: Any) -> None:
        """Remember the shape of the first tensor in a result."""
        first = next(_tensors(result), None)
        if first is not None:
            self.output, self.values = _size(first), first.numel()


class _Recorder(TorchDispatchMode):
    """Write down each operation, and by which tensors it hangs together with those before."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ops: list[_Op] = []
        self.calls = [_Call("", model, None)]
        self.stack = [0]
        self._made: dict[int, int | str] = {}  # by the tensor's id
        self._alive: list[Tensor] = []  # so that no id is given twice; meta tensors are empty
        for name, parameter in model.named_parameters():
            self.keep(parameter, name)

    def keep(self, tensor: Tensor, maker: int | str) -> None:
        self._made[id(tensor)] = maker
        self._alive.append(tensor)

    def maker(self, tensor: Tensor) -> int | str | None:
        return self._made.get(id(tensor))

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        del types
        kwargs = kwargs or {}
        packet = func.overloadpacket
        name: str = packet.__name__
        read = list(_tensors((args, kwargs)))
        if any(t.is_meta for t in read) and not all(t.is_meta for t in read):
            # constants that a network holds outside its buffers do not move with it
            args, kwargs = tree_map(_to_meta, (args, kwargs))
        if name in _BATCH_NORMS:  # its meta kernel is Python and takes most of the time
            out: Any = (torch.empty_like(args[0]), *torch.empty(2, 0, device="meta"))
        else:
            out = func(*args, **kwargs)
        made = list(_tensors(out))
        if made:
            count = flop_registry.get(packet)
            flops = count(*args, **kwargs, out_val=out) if count else 0
            self._note(name.rstrip("_"), read, made, flops // 2)
        return out

    def _note(self, name: str, read: list[Tensor], made: list[Tensor], macs: int) -> None:
        known = [(maker, t) for t in read if (maker := self.maker(t)) is not None]
        op = _Op(
            name=name,
            call=self.stack[-1],
            sources=[maker for maker, _ in known],
            sizes=[_size(t) for _, t in known],
            output=_size(made[0]),
            values=made[0].numel(),
            macs=macs,
        )
        self.calls[op.call].ops.append(len(self.ops))
        for tensor in made:
            self.keep(tensor, len(self.ops))
        self.ops.append(op)


@contextmanager
def _watching(model: nn.Module, recorder: _Recorder) -> Iterator[None]:
    """Tell the recorder which module is at work."""

    def enter(name: str, module: nn.Module, _inputs: object) -> None:
        recorder.calls[recorder.stack[-1]].calls += 1
        recorder.calls.append(_Call(name, module, recorder.stack[-1]))
        recorder.stack.append(len(recorder.calls) - 1)

    def leave(_name: str, _module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        call = recorder.calls[recorder.stack[-1]]
        silent = not call.ops and not call.calls and not isinstance(call.module, nn.Identity)
        if silent and getattr(call.module, "p", 1) != 0 and any(output is x for x in inputs):
            output = output.view_as(output)  # dropout at rest: a tensor of its own to be found by
        call.put_out(output)
        recorder.stack.pop()
        return output

    inside = [name for name, _ in model.named_modules() if name]
    with hooked(model, inside, before=enter, after=leave):
        yield


@dataclass(frozen=True)
class _Reach:
    """The steps and the parameters that a tensor comes from."""

    steps: tuple[int, ...] = ()
    parameters: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.steps or self.parameters)


class _Joiner:
    """Join operations into steps: those inside one run of an innermost module become one."""

    def __init__(self, model: nn.Module, recorder: _Recorder) -> None:
        self.ops, self.calls = recorder.ops, recorder.calls
        self.steps: list[Step] = []
        self.containers = [i for i, call in enumerate(self.calls) if call.calls or i == 0]
        self._place = {call: i for i, call in enumerate(self.containers)}
        self._counts = {name: p.numel() for name, p in model.named_parameters()}
        self._names = {id(p): name for name, p in model.named_parameters()}
        self._counted: set[str] = set()
        self._reach: list[_Reach] = []  # of each operation
        self._data: list[bool] = []  # whether an operation's result depends on the input
        self._of_call: dict[int, _Reach] = {}  # innermost modules' runs that are a step already
        for op in self.ops:
            self._data.append(any(self._depends(source) for source in op.sources))
        for op, data in zip(self.ops, self._data, strict=True):
            self._reach.append(self._join(op, data=data))

    def behind(self, source: int | str) -> _Reach:
        """Return what a source of an operation comes from."""
        if isinstance(source, str):
            return _Reach(parameters=frozenset([source]))
        return _Reach((INPUT,)) if source == INPUT else self._reach[source]

    def inside(self, call: int | None) -> int | None:
        """Return the nearest run of a module with others inside, as `Trace.modules` counts."""
        while call is not None and call not in self._place:
            call = self.calls[call].parent
        return None if call is None else self._place[call]

    def _depends(self, source: int | str) -> bool:
        return not isinstance(source, str) and (source == INPUT or self._data[source])

    def _join(self, op: _Op, *, data: bool) -> _Reach:
        if op.call in self._of_call:
            return self._of_call[op.call]
        leaf = op.call not in self._place
        if not leaf and not self._meets(op, data=data):
            found = [self.behind(source) for source in op.sources]
            steps = dict.fromkeys(step for reach in found for step in reach.steps)
            return _Reach(tuple(steps), frozenset().union(*(r.parameters for r in found)))
        step = self._layer(op.call) if leaf else self._operation(op)
        self.steps.append(step)
        reach = _Reach((step.id,))
        if leaf:
            self._of_call[op.call] = reach
        return reach

    def _meets(self, op: _Op, *, data: bool) -> bool:
        """Tell whether an operation between modules is a step of its own."""
        if op.name in _NO_STEP or not (data or op.macs):
            return False
        if op.name == "constant_pad_nd" and op.output in op.sizes:
            return False  # padded by nothing
        if op.name in _ROLES:
            return sum(bool(self.behind(source)) for source in op.sources) > 1
        return True

    def _layer(self, call: int) -> Step:
        run = self.calls[call]
        ops = [self.ops[i] for i in run.ops]
        learned = frozenset(self._names[id(p)] for p in run.module.parameters())
        return Step(
            name=run.name,
            kind=type(run.module).__name__,
            role="attention" if any(map(self._is_attention, ops)) else "layer",
            output=run.output,
            values=run.values,
            **self._common(call, ops, set(run.ops), learned),
            **_window(run.module),
            groups=_groups(run.module),
        )

    def _operation(self, op: _Op) -> Step:
        return Step(
            name=self.calls[op.call].name,
            kind=_NAMES.get(op.name, op.name),
            role="attention" if self._is_attention(op) else _ROLES.get(op.name, "operation"),
            output=op.output,
            values=op.values,
            **self._common(op.call, [op], set(), frozenset()),
        )

    def _common(
        self, call: int, ops: list[_Op], within: set[int], learned: frozenset[str]
    ) -> dict[str, Any]:
        sources: dict[int, Size] = {}
        for op in ops:
            for source, size in zip(op.sources, op.sizes, strict=True):
                if source not in within:
                    reach = self.behind(source)
                    learned |= reach.parameters
                    for step in reach.steps:
                        sources.setdefault(step, size)
        new = learned - self._counted
        self._counted |= learned
        return {
            "id": len(self.steps),
            "inside": self.inside(call),
            "sources": tuple(sources),
            "inputs": tuple(sources.values()),
            "parameters": sum(self._counts[name] for name in new),
            "macs": sum(op.macs for op in ops),
        }

    def _is_attention(self, op: _Op) -> bool:
        factors = [source for source in op.sources if self._depends(source)]
        return op.name in _PRODUCTS and len(factors) > 1


def _tensors(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested tuples, lists, dictionaries and dataclasses."""
    for leaf in tree_leaves(value):
        if isinstance(leaf, Tensor):
            yield leaf
        elif is_dataclass(leaf):
            yield from _tensors(vars(leaf))


def _to_meta(value: Any) -> Any:
    return value.to("meta") if isinstance(value, Tensor) else value


def _size(tensor: Tensor) -> Size:
    """Return the shape of one example; windows and heads that share the first place stay."""
    size = tuple(tensor.shape)
    return size[1:] if size[:1] == (1,) else size


def _window(module: nn.Module) -> dict[str, Any]:
    """Return kernel, stride and padding as text, "3 × 3" or "same"."""
    names = {"kernel": "kernel_size", "stride": "stride", "padding": "padding"}
    found = {field: getattr(module, name, None) for field, name in names.items()}
    if found["kernel"] is None:
        return {}
    return {field: _pixels(value) for field, value in found.items() if value is not None}


def _groups(module: nn.Module) -> int:
    found = getattr(module, "groups", 1)
    return found if isinstance(found, int) else 1


def _pixels(value: Any) -> str:
    """Return a number for both directions, or a pair of them, as text."""
    if isinstance(value, str):
        return value
    pair = tuple(value) if isinstance(value, list | tuple) else (value, value)
    return " × ".join(map(str, pair))
