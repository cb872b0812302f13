"""The record of one forward pass: what ran, on which tensors, of which shapes."""

from dataclasses import dataclass

Size = tuple[int, ...]

INPUT = -1  # the network's input, as source of a step


@dataclass(frozen=True)
class ModuleRun:
    """One run of a module that contains other modules.

    Attributes:
        id: index in `Trace.modules`; 0 is the network itself.
        name: dotted name; "" for the network itself.
        kind: class.
        parent: id of the enclosing run; None for the network itself.
        output: shape of the output, one example; of several outputs, that of the first.
        values: number of values in the output.
    """

    id: int
    name: str
    kind: str
    parent: int | None
    output: Size
    values: int


@dataclass(frozen=True)
class TraceStep:
    """One run of an innermost module, or one operation outside such modules.

    Attributes:
        id: index in `Trace.steps`, the order of execution.
        name: dotted name of the module; for an operation, of the module whose forward performs it.
        kind: class of the module, or the operation in a word: "add", "cat", "mul", "softmax".
        role: "layer" or "operation"; "add", "cat" and "mul" where tensors are combined;
            "attention" for a matrix product of two tensors neither of which is a weight.
        inside: id of the enclosing module run.
        sources: ids of the steps whose outputs it reads, `INPUT` for the network's input.
        inputs: shapes in which it reads them, one example, in the order of `sources`.
        output: shape of the output, one example.
        values: number of values in the output.
        parameters: number of parameters that no earlier step has used.
        macs: multiply-accumulates of its convolutions and matrix products, one example.
        kernel, stride, padding: in pixels, as the module has them; "" where there is none.
        groups: channel groups of a convolution.
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
        modules: runs of modules that contain others, in the order of execution.
        steps: what ran inside them, in the order of execution.
        results: ids of the steps whose outputs the network returns.
        parameters: number of parameters of the network, unused ones included.
    """

    input: Size
    modules: tuple[ModuleRun, ...]
    steps: tuple[TraceStep, ...]
    results: tuple[int, ...]
    parameters: int
