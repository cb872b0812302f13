"""Trace a forward pass on the meta device, where tensors have shapes and no values.

Hooks tell which module is running, and a dispatch mode sees each operation below it, so that
additions, concatenations and products of attention outside modules are found too.
"""

import torch
from torch import nn

from cnnviz.models.catalog import Architecture
from cnnviz.models.structure.meta_dispatch import tensors_in
from cnnviz.models.structure.trace.operations import OperationRecorder, recording_calls
from cnnviz.models.structure.trace.records import INPUT, ModuleRun, Size, Trace
from cnnviz.models.structure.trace.steps import StepBuilder


def trace_architecture(row: Architecture, *, published: bool) -> Trace:
    """Return the forward pass of an architecture.

    Args:
        row: the architecture.
        published: the network as published, in place of the one for MNIST.

    Raises:
        ValueError: if `published` is asked for and the row has none.
    """
    if not published:
        return trace_network(row.build_on_meta(), (1, row.input_size, row.input_size))
    network = row.published_network()
    return trace_network(network.build(), network.input_size)


def trace_network(model: nn.Module, size: Size) -> Trace:
    """Return the forward pass of a network for one example.

    Args:
        model: on the meta device; it is put into evaluation mode with gradients off, and stays so.
        size: shape of the example, (C, H, W).
    """
    model.eval().requires_grad_(False)  # batch norms use running statistics
    recorder = OperationRecorder(model)
    x = torch.zeros(1, *size, device="meta")  # (1, C, H, W), no memory
    recorder.add(x, INPUT)
    with recording_calls(model, recorder), torch.no_grad(), recorder:
        output = model(x)
    recorder.leave(0, output)
    builder = StepBuilder(model, recorder)
    sources = [recorder.source(t) for t in tensors_in(output)]
    results = [step for s in sources if s is not None for step in builder.origin(s).steps]
    modules = [
        ModuleRun(
            id=i,
            name=call.name,
            kind=type(call.module).__name__,
            parent=builder.inside(call.parent),
            output=call.output,
            values=call.values,
        )
        for i, call in enumerate(recorder.calls[index] for index in builder.containers)
    ]
    return Trace(
        input=size,
        modules=tuple(modules),
        steps=tuple(builder.steps),
        results=tuple(dict.fromkeys(results)),  # each once, in order
        parameters=sum(p.numel() for p in model.parameters()),
    )
