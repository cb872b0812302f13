"""What a network computes between two of its layers."""

from cnnviz.models.structure.trace import Trace, TraceStep


def steps_between(trace: Trace, first: str, second: str) -> tuple[TraceStep, ...]:
    """Return the steps that run after a layer, up to the end of a later one.

    Args:
        trace: of the network.
        first: dotted name of a layer; "" for the input.
        second: dotted name of a layer that ends after it.

    Raises:
        ValueError: if the network runs no layer of a name.
    """
    start = _last(trace, first) if first else -1
    return trace.steps[start + 1 : _last(trace, second) + 1]


def _last(trace: Trace, layer: str) -> int:
    """Return the id of the last step of a layer."""
    steps = [s.id for s in trace.steps if s.name == layer or s.name.startswith(f"{layer}.")]
    if not steps:
        raise ValueError(f"layer must be one that runs, got {layer!r}")
    return steps[-1]
