"""How long each layer of a network takes, beside the products it computes.

Few products do not mean little time: a depthwise convolution has a ninth of the work for each
value that it reads, and waits for memory instead.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn

from cnnviz.benchmark.results.records import LayerTime
from cnnviz.benchmark.timing.latency import Clock
from cnnviz.models.copies import meta_copy, shared_copy
from cnnviz.models.hooks import hooked
from cnnviz.models.structure.trace import Size, trace_network

_LEAST = 5  # passes


@dataclass(frozen=True)
class Passes:
    """What the clocks in a network tell.

    Attributes:
        layers: in the order of execution.
        whole: median ms of a pass without clocks inside.
        n: passes that the medians are of.
        between: median ms of a pass with clocks that is in no layer.
        contention: time on the clock over processor time; None if none was taken.
    """

    layers: tuple[LayerTime, ...]
    whole: float
    n: int
    between: float
    contention: float | None


def layer_times(
    model: nn.Module,
    x: Tensor,
    *,
    seconds: float = 1.0,
    passes: int = 100,
    clock: Clock | None = None,
    tick: Callable[[float], None] = lambda _: None,
) -> Passes:
    """Time every innermost module from where it begins to where it ends.

    Passes with a clock in each layer and passes without take turns. The clock costs a layer about
    a microsecond, so layers of a few microseconds are told too long.

    Args:
        model: in evaluation mode; it is not touched.
        x: (N, C, H, W), normalized.
        seconds: to go on for, once there are five passes.
        passes: to stop after.
        clock: what tells the time.
        tick: called with the share that is done; it may raise to stop.
    """
    clock = clock or Clock()
    layers = _layers(model, tuple(x.shape[1:]))
    times: dict[str, list[float]] = defaultdict(list)
    whole: list[float] = []
    between: list[float] = []
    timed = shared_copy(model)
    with torch.inference_mode():
        model(x), timed(x)
        begun, cpu = clock.wall(), clock.cpu() if clock.cpu else 0.0
        while len(whole) < _LEAST or (len(whole) < passes and clock.wall() < begun + seconds):
            start = clock.wall()
            model(x)
            whole.append(clock.wall() - start)
            with _clocks(timed, layers, clock.wall) as spent:
                start = clock.wall()
                timed(x)
                between.append(clock.wall() - start - sum(spent.values()))
            for name, taken in spent.items():
                times[name].append(taken)
            tick(min(len(whole) / passes, 1.0))
        elapsed, cpu = clock.wall() - begun, clock.cpu() - cpu if clock.cpu else 0.0
    found = tuple(
        LayerTime(name, kind, macs, 1000 * median(times[name]), len(x))
        for name, (kind, macs) in layers.items()
        if times[name]  # a fused path may leave a module out
    )
    contention = elapsed / cpu if cpu else None
    return Passes(found, 1000 * median(whole), len(whole), 1000 * median(between), contention)


def _layers(model: nn.Module, size: Size) -> dict[str, tuple[str, int]]:
    """Return the innermost modules that run: their class and their products, by name."""
    trace_ = trace_network(meta_copy(model), size)
    containers = {module.name for module in trace_.modules}
    found: dict[str, tuple[str, int]] = {}
    for step in trace_.steps:
        if step.name not in containers:
            macs = found.get(step.name, ("", 0))[1] + step.macs
            found[step.name] = step.kind, macs
    return found


@contextmanager
def _clocks(
    model: nn.Module, names: dict[str, tuple[str, int]], wall: Callable[[], float]
) -> Iterator[dict[str, float]]:
    """Add up the seconds that named modules take, all runs of each."""
    spent: dict[str, float] = defaultdict(float)
    began: dict[str, float] = {}

    def begin(name: str, *_: object) -> None:
        began[name] = wall()

    def end(name: str, *_: object) -> None:
        spent[name] += wall() - began[name]

    with hooked(model, names, before=begin, after=end):
        yield spent
