"""What a measurement is asked for and what it finds, as the file of a measurement keeps it.

Neither PyTorch nor Streamlit is imported here. Times are in milliseconds, memory is in bytes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnviz.benchmark.timing.latency import Latency, badge
from cnnviz.benchmark.timing.paired_speedup import paired_speedup, speedup_verdict
from cnnviz.models.catalogue import architecture
from cnnviz.models.structure.convolution_arithmetic import BYTES
from cnnviz.stats.intervals import Interval

ENGINES: Mapping[str, str] = MappingProxyType(
    {"torch": "PyTorch", "compile": "torch.compile", "onnx": "ONNX Runtime"}
)
# images in a step of training that tricks are tried on, by whether networks are as published
OPTIMIZATION_BATCH: Mapping[bool, int] = MappingProxyType({False: 64, True: 8})
_COPIES = 4  # of each parameter while Adam trains: weight, gradient and two moments
_BADGES = ("", "clean", "noisy", "host busy")  # best first
_SAME = 1e-6  # difference in float64 up to which results are the same
_MOST = {"batch": 1024, "thread": 256}


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        models: keys of the catalogue, which take turns.
        published: as their authors built them, in place of the scale of MNIST.
        batches: images in a call; each is a round of its own.
        threads: that PyTorch may use; each is a round of its own.
        engines: keys of `ENGINES` that run the networks.
        seconds: for each model, engine, batch and number of threads, warm-up apart.
        calls: to stop after, before the seconds are over.
        layers: whether to time each layer of each model.
        tricks: whether to try each optimization on each model.
        tricks_batch: images in a step of training that a trick is tried on, two or more.
        device: "cpu" or "cuda"; layers, tricks and ONNX Runtime are measured on the CPU only.
    """

    models: tuple[str, ...]
    published: bool = False
    batches: tuple[int, ...] = (1,)
    threads: tuple[int, ...] = (1,)
    engines: tuple[str, ...] = ("torch",)
    seconds: float = 2.0
    calls: int = 100
    layers: bool = False
    tricks: bool = False
    tricks_batch: int = 64
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            ValueError: in one sentence.
        """
        # by hand: msgspec checks what it decodes, and plans also come from forms and commands
        if not self.models:
            raise ValueError("there is no model to measure: name at least one")
        for name in ("models", "batches", "threads", "engines"):
            _check_once(name, getattr(self, name))
        for key in self.models:
            if architecture(key).published is None and self.published:
                raise ValueError(
                    f"{architecture(key).title} has no published network beside that at the "
                    "scale of MNIST: leave it out"
                )
        for batch in (*self.batches, self.tricks_batch):
            _check("batch", batch)
        if self.tricks_batch < 2:  # batch norms need two
            raise ValueError("the batch that tricks are tried on must be at least 2")
        for threads in self.threads:
            _check("thread", threads)
        for engine in self.engines:
            if engine not in ENGINES:
                raise ValueError(f"unknown engine {engine!r}: choose {', '.join(ENGINES)}")
        if self.device not in ("cpu", "cuda"):
            raise ValueError(f"unknown device {self.device!r}: choose cpu or cuda")
        if self.device == "cuda" and (self.layers or self.tricks or "onnx" in self.engines):
            raise ValueError("layers, tricks and ONNX Runtime are measured on the CPU only")
        if not 0 < self.seconds <= 600 or not 20 <= self.calls <= 10_000:
            raise ValueError("seconds must be above 0 and at most 600, calls 20 to 10,000")

    def title(self, model: str) -> str:
        """Return the name to show for a model at this plan's scale."""
        row = architecture(model)
        return row.published.name if self.published and row.published else row.title


def _check_once(name: str, values: tuple[object, ...]) -> None:
    if not values:
        raise ValueError(f"{name}: name at least one")
    if twice := [value for value in dict.fromkeys(values) if values.count(value) > 1]:
        raise ValueError(f"{name}: {twice[0]} is there twice, name each once")


def _check(what: str, value: int) -> None:
    if not isinstance(value, int) or not 1 <= value <= _MOST[what]:
        raise ValueError(f"a {what} of {value} cannot be: choose 1 to {_MOST[what]}")


@dataclass(frozen=True)
class Conditions:
    """Under which circumstances was measured.

    Attributes:
        host: the machine's name.
        hardware: processor or GPU in words.
        cores: that the process might use.
        versions: of Python and the packages that matter.
        created: local time, ISO 8601.
        load_before, load_after: processes that wanted a core in the last minute, on average; None
            where the system does not tell.
    """

    host: str
    hardware: str
    cores: int
    versions: dict[str, str]
    created: str
    load_before: float | None
    load_after: float | None = None

    def fits(self, host: str, installed: Mapping[str, str]) -> bool:
        """Tell whether times taken then may stand beside times taken on a host now.

        Args:
            host: the machine's name.
            installed: versions; PyTorch's and Python's decide.
        """
        same = all(self.versions.get(name) == installed.get(name) for name in ("torch", "python"))
        return self.host == host and same


@dataclass(frozen=True)
class Cost:
    """What a network takes wherever it runs: counted, not timed.

    Attributes:
        model: key of the catalogue.
        title: name to show.
        input: shape of one example, (C, H, W).
        parameters: that it learns.
        macs: multiply-accumulates of one forward pass of one example.
        disk_float32, disk_float16: bytes of its weights as a safetensors file.
        activation_peak: bytes of the activations that are alive at once, at most, while one
            example goes forward without gradients.
        saved: bytes that a forward pass keeps for the backward pass, for each example.
        saved_once: bytes that it keeps besides, whatever the batch.
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
        """Floating-point operations of one forward pass: two for each MAC."""
        return 2 * self.macs

    @property
    def training_flops(self) -> int:
        """Estimate of the operations of one training step for one example: thrice a forward."""
        return 3 * self.flops

    def training_bytes(self, batch: int) -> int:
        """Return the memory of training with Adam in float32 at that batch size."""
        return _COPIES * BYTES * self.parameters + self.saved_once + self.saved * batch


@dataclass(frozen=True)
class Timing:
    """How long one model takes on one engine.

    Attributes:
        model: key of the catalogue.
        title: name to show.
        engine: key of `ENGINES`.
        batch: images in a call.
        threads: that might be used.
        latency: the times; None if there is a problem.
        problem: why there are none, in one sentence.
        prepared: seconds in which the engine made the network ready, as by compiling it; None
            where there is nothing to do.
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
        """Refuse what no plan asks for."""
        architecture(self.model)
        if self.engine not in ENGINES:
            raise ValueError(f"unknown engine {self.engine!r}: choose {', '.join(ENGINES)}")
        _check("batch", self.batch)
        _check("thread", self.threads)
        if self.latency and self.latency.images != self.batch:
            raise ValueError("these times are of calls with another number of images")


@dataclass(frozen=True)
class LayerTime:
    """How long one layer takes.

    Attributes:
        name: dotted name.
        kind: class of the module.
        macs: multiply-accumulates for one example, all of its runs.
        milliseconds: median time in one forward pass, all of its runs.
        batch: images in the pass.
    """

    name: str
    kind: str
    macs: int
    milliseconds: float
    batch: int = 1

    def __post_init__(self) -> None:
        """Refuse what no clock has told."""
        if not 0 <= self.milliseconds < math.inf:
            raise ValueError("this is no time of a layer")

    @property
    def gflops(self) -> float:
        """Billions of floating-point operations in a second; 0 where it multiplies nothing."""
        return 2 * self.macs * self.batch / self.milliseconds / 1e6 if self.milliseconds else 0.0


@dataclass(frozen=True)
class LayerTimes:
    """How long a network's layers take.

    Attributes:
        model: key of the catalogue.
        title: name to show.
        layers: in the order of execution.
        whole: median ms of a pass without anything being timed inside; on a busy host more than
            the layers together, since an interruption hits few layers and most passes.
        n: passes that the medians are of.
        between: median ms of a pass that no layer stands for: sums, reshaping, Python itself, and
            a microsecond or two for each clock.
        contention: time on the clock over processor time.
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
        """ "clean", "noisy" or "host busy"; "" where no processor time was taken."""
        return badge(self.contention)


@dataclass(frozen=True)
class Side:
    """A network before or after a trick.

    Attributes:
        label: what it is, in a few words.
        latency: of one call.
        peak: bytes of the tensors that a call makes and that are alive at once, at most; weights
            and input are not among them.
    """

    label: str
    latency: Latency
    peak: int


@dataclass(frozen=True)
class OptimizationEffect:
    """What a trick does to one network.

    Attributes:
        model: key of the catalogue.
        trick: key of the trick.
        title: name to show.
        what: what it does, in two sentences.
        measured: what was timed: "training step" or "inference".
        before, after: measured in turns; None where it does not apply.
        problem: why it does not apply, in one sentence; else "".
        promise: whether the results should be the same.
        difference: largest difference between the results (gradients of a training step, else
            outputs) as a share of the largest of them, as it is in use; None where it does not
            apply.
        exact_difference: the same in float64, where hardly any rounding is left; None where
            sameness is not promised.
    """

    model: str
    trick: str
    title: str
    what: str
    measured: str
    before: Side | None
    after: Side | None
    problem: str = ""
    promise: bool = False
    difference: float | None = None
    exact_difference: float | None = None

    @property
    def ratio(self) -> Interval | None:
        """How many times the images per second of before; None where too few calls tell."""
        if self.before is None or self.after is None:
            return None
        return paired_speedup(self.before.latency, self.after.latency)

    @property
    def speedup(self) -> float | None:
        """How many times the images per second of before, from however few calls."""
        if self.before is None or self.after is None:
            return None
        if (found := self.ratio) is not None:
            return found.value
        after, before = (s.latency.images_per_second for s in (self.after, self.before))
        return after / before if before else None

    @property
    def verdict(self) -> str:
        """ "faster", "slower", "no difference" or "too few calls"; "" where it does not apply."""
        return "" if self.speedup is None else speedup_verdict(self.ratio)

    @property
    def memory(self) -> float | None:
        """Memory after as a share of that before; None where it does not apply."""
        if self.before is None or self.after is None or not self.before.peak:
            return None
        return self.after.peak / self.before.peak

    @property
    def kept(self) -> bool | None:
        """Whether the promised sameness holds in float64; None where none is promised."""
        return None if self.exact_difference is None else self.exact_difference <= _SAME


@dataclass(frozen=True)
class Findings:
    """What a measurement has found so far, in the order it was found."""

    costs: tuple[Cost, ...] = ()
    timings: tuple[Timing, ...] = ()
    layers: tuple[LayerTimes, ...] = ()
    effects: tuple[OptimizationEffect, ...] = ()

    @property
    def badge(self) -> str:
        """The worst of the badges: "clean", "noisy", "host busy", or "" where none was taken."""
        found = [t.latency.badge for t in self.timings if t.latency]
        found += [times.badge for times in self.layers]
        sides = [side for e in self.effects for side in (e.before, e.after) if side]
        found += [side.latency.badge for side in sides]
        return max(found, key=_BADGES.index, default="")
