"""One forward pass without data: layers as they run, the operations between them, the tensors."""

from cnnviz.models.structure.trace.records import INPUT, ModuleRun, Size, Trace, TraceStep
from cnnviz.models.structure.trace.tracer import trace_architecture, trace_network

__all__ = [
    "INPUT",
    "ModuleRun",
    "Size",
    "Trace",
    "TraceStep",
    "trace_architecture",
    "trace_network",
]
