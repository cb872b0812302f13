"""Time of each layer of a network, next to its MACs.

Few MACs do not mean little time: a depthwise 3x3 convolution does only 9 MACs per value that it
reads, and so waits for memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn

from cnnviz.benchmark.results.findings import LayerTime
from cnnviz.benchmark.timing.clocks import Clock
from cnnviz.models.copies import meta_copy, shared_copy
from cnnviz.models.hooks import hooked
from cnnviz.models.structure.trace import Size, trace_network

_LEAST_PASSES = 5  # behind every median


@dataclass(frozen=True)
class Passes:
    """Times of forward passes with and without clocks in the layers.

    Attributes:
        layers: in the order of execution.
        whole: median ms of a pass without clocks.
        n: number of passes behind the medians.
        between: median ms outside of all layers in a pass with clocks.
        contention: wall time over CPU time; None if CPU time was not measured.
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
    """Time every innermost module of a network.

    Passes with a clock in each layer and passes without take turns. A clock adds about a
    microsecond, so times of a few microseconds are too long.

    Args:
        model: in evaluation mode; it is not changed.
        x: normalized images, (N, C, H, W).
        seconds: time after which to stop, once there are five passes.
        passes: number of passes after which to stop.
        clock: that times the passes.
        tick: called with the completed share, 0 to 1; it may raise to stop.
    """
    clock = clock or Clock()
    layers = _layers(model, tuple(x.shape[1:]))
    samples = _Samples()
    timed = shared_copy(model)
    with torch.inference_mode():
        model(x), timed(x)  # warm-up
        begun, cpu = clock.wall(), clock.cpu() if clock.cpu else 0.0
        while samples.n < _LEAST_PASSES or (samples.n < passes and clock.wall() < begun + seconds):
            samples.add_pair(model, timed, x, layers, clock.wall)
            tick(min(samples.n / passes, 1.0))
        elapsed, cpu = clock.wall() - begun, clock.cpu() - cpu if clock.cpu else 0.0  # seconds
    return Passes(
        layers=tuple(
            LayerTime(name, kind, macs, 1000 * median(samples.layers[name]), len(x))  # ms
            for name, (kind, macs) in layers.items()
            if samples.layers[name]  # a fused path may leave a module out
        ),
        whole=1000 * median(samples.whole),  # s to ms
        n=samples.n,
        between=1000 * median(samples.between),  # s to ms
        contention=elapsed / cpu if cpu else None,
    )


class _Samples:
    """Seconds of every pass so far: whole ones, layers, and what lies between layers."""

    def __init__(self) -> None:
        self.whole: list[float] = []
        self.layers: dict[str, list[float]] = defaultdict(list)
        self.between: list[float] = []

    @property
    def n(self) -> int:
        return len(self.whole)

    def add_pair(
        self,
        model: nn.Module,
        timed: nn.Module,
        x: Tensor,
        names: dict[str, tuple[str, int]],
        wall: Callable[[], float],
    ) -> None:
        """Time a pass without clocks, and one of a copy with clocks in its layers."""
        start = wall()
        model(x)
        self.whole.append(wall() - start)  # seconds
        with _clocks(timed, names, wall) as spent:
            start = wall()
            timed(x)
            self.between.append(wall() - start - sum(spent.values()))
        for name, seconds in spent.items():
            self.layers[name].append(seconds)


def _layers(model: nn.Module, size: Size) -> dict[str, tuple[str, int]]:
    """Return class and MACs of the innermost modules that run, by name."""
    trace_ = trace_network(meta_copy(model), size)
    containers = {module.name for module in trace_.modules}
    layers: dict[str, tuple[str, int]] = {}
    for step in trace_.steps:
        if step.name not in containers:
            macs = layers.get(step.name, ("", 0))[1] + step.macs
            layers[step.name] = step.kind, macs
    return layers


@contextmanager
def _clocks(
    model: nn.Module, names: dict[str, tuple[str, int]], wall: Callable[[], float]
) -> Iterator[dict[str, float]]:
    """Add up the seconds of all runs of the named modules."""
    spent: dict[str, float] = defaultdict(float)
    began: dict[str, float] = {}

    def begin(name: str, *_: object) -> None:
        began[name] = wall()

    def end(name: str, *_: object) -> None:
        spent[name] += wall() - began[name]  # seconds; a shared layer runs several times

    with hooked(model, names, before=begin, after=end):
        yield spent
