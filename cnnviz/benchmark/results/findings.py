"""What a measurement has found: costs, latencies, layer times, and the conditions.

Neither PyTorch nor Streamlit is imported here. Times are in milliseconds, memory is in bytes.
"""

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass

from cnnviz.benchmark.results.optimization_effect import OptimizationEffect
from cnnviz.benchmark.results.plan import check_batch_size, check_engine, check_threads
from cnnviz.benchmark.timing.latency import Latency, badge
from cnnviz.models.catalog import architecture
from cnnviz.models.structure.convolution.arithmetic import BYTES
from cnnviz.system.machine import machine_name

_ADAM_COPIES = 4  # of each parameter: weight, gradient and two moments
_BADGES = ("", "clean", "noisy", "host busy")  # best first


@dataclass(frozen=True)
class Conditions:
    """Machine, load and versions of a measurement.

    Attributes:
        host: name of the machine; earlier versions wrote the host's own.
        hardware: processor or GPU, in words.
        cores: physical cores that the process may use.
        versions: of Python and the packages that matter.
        created: local time, ISO 8601.
        load_before, load_after: load averages of the last minute; None where the system has none.
    """

    host: str
    hardware: str
    cores: int
    versions: dict[str, str]
    created: str
    load_before: float | None
    load_after: float | None = None

    def fits(self, host: str, installed: Mapping[str, str]) -> bool:
        """Tell whether these times are comparable with times measured on a host now.

        Args:
            host: name of the machine.
            installed: versions, of which those of PyTorch and Python must be the same.
        """
        same = all(self.versions.get(name) == installed.get(name) for name in ("torch", "python"))
        return self.machine == host and same

    @property
    def machine(self) -> str:
        """Name of the machine to show: this one's pseudonym for its own host name."""
        return machine_name() if self.host == platform.node() else self.host


@dataclass(frozen=True)
class Cost:
    """What a network takes on any machine: counted, not timed.

    Attributes:
        model: key of the catalog.
        title: name to show.
        input: shape of one image, (C, H, W).
        parameters: number of trainable parameters.
        macs: multiply-accumulate operations of one forward pass for one image.
        disk_float32, disk_float16: bytes of the weights as a safetensors file.
        activation_peak: most bytes of activations alive at once in a forward pass of one image
            without gradients.
        saved: bytes that a forward pass saves for the backward pass, per image.
        saved_once: bytes that it saves whatever the batch size.
    """

    model: str
    title: str
    input: tuple[int, ...]
    parameters: int
    macs: int
    disk_float32: int
    disk_float16: int
    activation_peak: int
    saved: int
    saved_once: int = 0

    @property
    def flops(self) -> int:
        """Floating-point operations of one forward pass: two per MAC."""
        return 2 * self.macs  # a multiplication and an addition

    @property
    def training_flops(self) -> int:
        """Estimated operations of one training step per image: three forward passes."""
        return 3 * self.flops

    def training_bytes(self, batch: int) -> int:
        """Return the memory of a training step with Adam in float32 at a batch size."""
        return _ADAM_COPIES * BYTES * self.parameters + self.saved_once + self.saved * batch


@dataclass(frozen=True)
class Timing:
    """Latency of one network on one engine.

    Attributes:
        model: key of the catalog.
        title: name to show.
        engine: key of `ENGINE_TITLES`.
        batch: images in a call.
        threads: number of threads it may use.
        latency: the times; None if there is a problem.
        problem: why there are none, in one sentence.
        prepared: seconds that the engine took to prepare the network, as by compiling it; None if
            it prepares nothing.
    """

    model: str
    title: str
    engine: str
    batch: int
    threads: int
    latency: Latency | None
    problem: str = ""
    prepared: float | None = None

    def __post_init__(self) -> None:
        """Check the values, which may come from a file."""
        architecture(self.model)
        check_engine(self.engine)
        check_batch_size(self.batch)
        check_threads(self.threads)
        if self.latency and self.latency.images != self.batch:
            raise ValueError(
                f"latency must be of calls with {self.batch} images, got {self.latency.images}"
            )


@dataclass(frozen=True)
class LayerTime:
    """Time of one layer.

    Attributes:
        name: dotted name.
        kind: class of the module.
        macs: multiply-accumulate operations per image, of all its runs in a forward pass.
        milliseconds: median time in a forward pass, of all its runs.
        batch: images in the pass.
    """

    name: str
    kind: str
    macs: int
    milliseconds: float
    batch: int = 1

    def __post_init__(self) -> None:
        """Check the time, which may come from a file."""
        if not 0 <= self.milliseconds < math.inf:
            raise ValueError(
                f"milliseconds must be finite and not negative, got {self.milliseconds}"
            )

    @property
    def gflops(self) -> float:
        """Throughput, GFLOP/s; 0 for a layer without multiplications."""
        return 2 * self.macs * self.batch / self.milliseconds / 1e6 if self.milliseconds else 0.0


@dataclass(frozen=True)
class LayerTimes:
    """Times of a network's layers.

    Attributes:
        model: key of the catalog.
        title: name to show.
        layers: in the order of execution.
        whole: median ms of a forward pass without clocks inside. On a busy host it exceeds the sum
            of the layers, since an interruption affects few layers but most passes.
        n: number of passes behind the medians.
        between: median ms of a pass outside of all layers: sums, reshaping, Python itself, and a
            microsecond or two per clock.
        contention: wall time over CPU time.
    """

    model: str
    title: str
    layers: tuple[LayerTime, ...]
    whole: float
    n: int
    between: float = 0.0
    contention: float | None = None

    @property
    def badge(self) -> str:
        """Load of the host: "clean", "noisy" or "host busy"; "" if it is unknown."""
        return badge(self.contention)


@dataclass(frozen=True)
class Findings:
    """What a measurement has found so far, in order."""

    costs: tuple[Cost, ...] = ()
    timings: tuple[Timing, ...] = ()
    layers: tuple[LayerTimes, ...] = ()
    effects: tuple[OptimizationEffect, ...] = ()

    @property
    def badge(self) -> str:
        """The worst load of the host: "clean", "noisy", "host busy", or "" if it is unknown."""
        badges = [timing.latency.badge for timing in self.timings if timing.latency]
        badges += [times.badge for times in self.layers]
        sides = [side for e in self.effects for side in (e.before, e.after) if side]
        badges += [side.latency.badge for side in sides]
        return max(badges, key=_BADGES.index, default="")
