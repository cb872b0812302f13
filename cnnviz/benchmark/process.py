"""The process behind a measurement: `python -m cnnviz.benchmark.process ID`.

It holds the measurement's lock from its first moment to its last, waits its turn, measures, and
writes down what it finds. PyTorch is imported once it is its turn.
"""

import contextlib
import itertools
import os
import platform
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from filelock import Timeout

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import (
    Measurement,
    MeasurementError,
    MeasurementRecord,
    Progress,
)
from cnnviz.benchmark.results.records import ENGINES, Conditions, Cost, LayerTimes, Plan, Timing
from cnnviz.benchmark.timing.latency import (
    Budget,
    CancelledError,
    Clock,
    Latency,
    Stopwatch,
    TimedCall,
    measure_latencies,
)
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.system import versions
from cnnviz.training.runs.failures import error_message

_POLL = 0.1  # seconds between two looks whether it is our turn
_TELL = 0.2  # seconds between two words about the progress
_GRACE = 3.0  # seconds from the wish to cancel on, after which what is being done is cut off
_CUT_OFF = "It was at a step that cannot be asked to stop: the calls of that round are lost."

Observer = Callable[[Progress], None]


def run_measurement(
    made: Measurement, observe: Observer = lambda _: None, *, trace: bool = False
) -> MeasurementRecord:
    """Wait for the turn, measure, keep what was found, and return the last record.

    Args:
        made: by `measurements.create_measurement`.
        observe: called with the progress, about five times a second.
        trace: whether to print where it failed, for the log.

    Raises:
        MeasurementError: if another process is at work on it.
    """
    try:
        with made.lock():
            record = _carry_out(made, observe, trace)
    except Timeout:
        raise MeasurementError("this measurement is being made already") from None
    made.tidy()
    return record


def _carry_out(made: Measurement, observe: Observer, trace: bool) -> MeasurementRecord:
    record = made.recorded()
    try:
        with _turn(made, observe):
            record = _Measuring(made, observe).run()
    except CancelledError:
        record = replace(made.recorded(), state="cancelled")
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        if trace:
            traceback.print_exc()
        record = replace(made.recorded(), state="failed", message=error_message(error))
    made.write(record)
    return record


@contextlib.contextmanager
def _turn(made: Measurement, observe: Observer) -> Iterator[None]:
    """Hold the one place there is to measure in."""
    lock = measurements.measuring_lock()
    progress = Progress(0.0, "waiting for another measurement")
    while True:
        if made.cancelled:
            raise CancelledError
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            made.tell(progress)
            observe(progress)
            time.sleep(_POLL)
    try:
        yield
    finally:
        lock.release()


class _Measuring:
    """One measurement at work."""

    def __init__(self, made: Measurement, observe: Observer) -> None:
        self._made, self._observe = made, observe
        self._record = replace(made.recorded(), state="running")
        self._plan = self._record.plan
        self._parts = _parts(self._plan)
        self._done, self._doing, self._told = 0, "", 0.0

    def run(self) -> MeasurementRecord:
        from cnnviz.system import hardware

        hardware.pick_device(self._plan.device)  # or it refuses, in a sentence
        self._record = replace(self._record, conditions=conditions(self._plan.device))
        self._keep()
        hardware.keep_freed_memory()
        self._costs()
        for threads, batch in itertools.product(self._plan.threads, self._plan.batches):
            with _prepared(threads):
                self._round(threads, batch)
        with _prepared(self._plan.threads[0]):
            for key in self._plan.models:
                if self._plan.layers:
                    self._layers(key)
                if self._plan.tricks:
                    self._tricks(key)
        assert self._record.conditions
        after = replace(self._record.conditions, load_after=measurements.load_average())
        return replace(self._record, state="finished", conditions=after)

    def _costs(self) -> None:
        from cnnviz.benchmark.static_costs import cost

        for key in self._plan.models:
            self._begin(f"counting {self._plan.title(key)}")
            found = cost(CATALOGUE[key], published=self._plan.published)
            self._keep(costs=(*self._record.findings.costs, found))
            self._end()

    def _round(self, threads: int, batch: int) -> None:
        """Let all models on all engines take turns."""
        calls: dict[str, TimedCall] = {}
        rows: dict[str, Timing] = {}
        for key in self._plan.models:
            for engine in self._plan.engines:
                row = Timing(key, self._plan.title(key), engine, batch, threads, None)
                rows[f"{key} {engine}"], call = self._ready(row)
                if call:
                    calls[f"{key} {engine}"] = call
        self._begin(f"timing {_number(batch, 'image')}, {_number(threads, 'thread')}")
        try:
            times: Mapping[str, Latency] = measure_latencies(
                calls,
                budget=self._budget(),
                clock=_clock(self._plan.device, threads),
                tick=self._tick,
            )
        except CancelledError as cancelled:
            self._keep_timings(rows, cancelled.times)
            raise
        self._keep_timings(rows, times)
        self._end()

    def _keep_timings(self, rows: Mapping[str, Timing], times: Mapping[str, Latency]) -> None:
        timed = [replace(row, latency=times.get(name)) for name, row in rows.items()]
        told = (row for row in timed if row.latency or row.problem)
        self._keep(timings=(*self._record.findings.timings, *told))

    def _ready(self, row: Timing) -> tuple[Timing, TimedCall | None]:
        """Make a model ready on an engine, or say why it cannot be."""
        from cnnviz.benchmark.timing.engines import (
            EngineError,
            example,
            input_shape,
            network,
            prepare_call,
        )

        published, device = self._plan.published, self._plan.device
        self._begin(f"preparing {row.title} on {ENGINES[row.engine]}")
        counted = self._counted(row.model)
        wanted = counted.activation_peak * row.batch
        if lack := _lack(f"a call with {_number(row.batch, 'image')}", wanted, device):
            return replace(row, problem=lack), None
        model = network(CATALOGUE[row.model], published=published).to(device)
        x = example(input_shape(CATALOGUE[row.model], published=published), row.batch).to(device)
        begun = time.perf_counter()
        try:
            call = prepare_call(row.engine, model, x, row.threads)
        except EngineError as error:
            return replace(row, problem=str(error)), None
        seconds = round(time.perf_counter() - begun, 3) if row.engine != "torch" else None
        return replace(row, prepared=seconds), TimedCall(call, row.batch)

    def _layers(self, key: str) -> None:
        """Time a model's layers."""
        from cnnviz.benchmark.layer_times import layer_times
        from cnnviz.benchmark.timing.engines import example, input_shape, network

        plan, row = self._plan, CATALOGUE[key]
        self._begin(f"timing the layers of {plan.title(key)}")
        found = layer_times(
            network(row, published=plan.published),
            example(input_shape(row, published=plan.published), plan.batches[0]),
            seconds=plan.seconds,
            passes=plan.calls,
            clock=_cpu_clock(plan.threads[0]),
            tick=self._tick,
        )
        timed = LayerTimes(key, plan.title(key), **vars(found))
        self._keep(layers=(*self._record.findings.layers, timed))
        self._end()

    def _tricks(self, key: str) -> None:
        """Try the tricks on a model."""
        from cnnviz.benchmark.optimizations.catalogue import INFERENCE, OPTIMIZATIONS, TRAINING
        from cnnviz.benchmark.optimizations.trial import TRIAL_BUDGET, try_optimization
        from cnnviz.benchmark.optimizations.workloads import Workload
        from cnnviz.benchmark.timing.engines import input_shape, network

        plan, row, counted = self._plan, CATALOGUE[key], self._counted(key)
        model = network(row, published=plan.published)
        subject = Workload(model, input_shape(row, published=plan.published), plan.tricks_batch)
        images = _number(plan.tricks_batch, "image")
        # a step: weights and gradients of either side, and what 8 images keep in float64
        step = 32 * counted.parameters + counted.saved * max(plan.tricks_batch, 2 * 8)
        call = counted.activation_peak * plan.tricks_batch
        lacks = {
            TRAINING: _lack(f"a step of training on {images}", step, plan.device),
            INFERENCE: _lack(f"a call with {images}", call, plan.device),
        }
        for trick in OPTIMIZATIONS:
            self._begin(f"{OPTIMIZATIONS[trick].title} on {plan.title(key)}")
            tried = try_optimization(
                trick,
                subject,
                model=key,
                budget=replace(TRIAL_BUDGET, calls=plan.calls, seconds=plan.seconds),
                obstacle=lacks[OPTIMIZATIONS[trick].measured],
                clock=_cpu_clock(plan.threads[0]),
                tick=self._tick,
            )
            self._keep(effects=(*self._record.findings.effects, tried))
            self._end()

    def _budget(self) -> Budget:
        budget = Budget(calls=self._plan.calls, seconds=self._plan.seconds)
        if self._plan.device == "cpu":
            return budget
        from cnnviz.benchmark.timing.cuda_clock import WARM_CALLS

        return replace(budget, warm_calls=WARM_CALLS)

    def _counted(self, key: str) -> Cost:
        return next(cost for cost in self._record.findings.costs if cost.model == key)

    def _begin(self, doing: str) -> None:
        self._doing, self._told = doing, 0.0
        self._tick(0.0)

    def _end(self) -> None:
        self._done += 1

    def _tick(self, share: float) -> None:
        """Say how far it is, now and then, and stop if it is wanted no more."""
        if self._told and time.monotonic() - self._told < _TELL:
            return
        self._told = time.monotonic()
        if self._made.cancelled:
            raise CancelledError
        progress = Progress(min((self._done + share) / self._parts, 1.0), self._doing)
        self._made.tell(progress)
        self._observe(progress)

    def _keep(self, **found: Any) -> None:
        findings = replace(self._record.findings, **found)
        self._record = replace(self._record, findings=findings)
        self._made.write(self._record)


@contextlib.contextmanager
def _prepared(threads: int) -> Iterator[None]:
    """Let PyTorch use so many threads, and take numbers too small to matter as zero.

    A processor may need a hundred times as long for those, which random weights do produce. A GPU
    is kept from multiplying float32 with fewer digits, as it does by default in convolutions.
    """
    import torch

    before, short = torch.get_num_threads(), torch.backends.cudnn.allow_tf32
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = short
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def _clock(device: str, threads: int) -> Stopwatch:
    if device == "cpu":
        return _cpu_clock(threads)
    from cnnviz.benchmark.timing.cuda_clock import CudaClock

    return CudaClock()


def _cpu_clock(threads: int) -> Clock:
    """Return a clock that takes processor time only of a thread that never waits for others."""
    return Clock() if threads == 1 else Clock(cpu=None)


def _lack(what: str, wanted: int, device: str) -> str:
    """Return in one sentence that there is too little memory; "" if there is enough."""
    from cnnviz.system import hardware

    free = hardware.free_memory() if device == "cpu" else None
    if free is None or wanted <= free:
        return ""
    return (
        f"{what} needs about {wanted / 1e9:.3g} GB and {free / 1e9:.3g} GB are free: "
        "choose a smaller batch."
    ).capitalize()


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"


def _parts(plan: Plan) -> int:
    """Return how many parts of about the same length a measurement has."""
    from cnnviz.benchmark.optimizations.catalogue import OPTIMIZATIONS

    extras = len(plan.models) * (plan.layers + len(OPTIMIZATIONS) * plan.tricks)
    return len(plan.models) + len(plan.threads) * len(plan.batches) + extras


def conditions(device: str) -> Conditions:
    """Return the machine, its load and the versions, as they are now."""
    import torch

    from cnnviz.system import hardware

    return Conditions(
        host=platform.node(),
        hardware=hardware.describe(torch.device(device)),
        cores=hardware.physical_cores(),
        versions=versions.versions() | versions.installed("timm", "onnxruntime"),
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        load_before=measurements.load_average(),
    )


def _cut_off(made: Measurement) -> None:
    """End this process soon after the wish to cancel, whatever it is at.

    A network that is being compiled, or a single step that takes a minute, cannot be asked to stop.
    """
    while not made.cancelled:
        time.sleep(_POLL)
    time.sleep(_GRACE)
    made.write(replace(made.recorded(), state="cancelled", message=_CUT_OFF))
    made.tidy()
    os._exit(0)


def main() -> None:
    """Carry out the measurement named on the command line."""
    made = measurements.find_measurement(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on the server is not for this process
    signal.signal(signal.SIGTERM, lambda *_: made.cancel())
    threading.Thread(target=_cut_off, args=[made], daemon=True).start()
    with contextlib.suppress(MeasurementError):  # somebody else was quicker
        run_measurement(made, trace=True)


if __name__ == "__main__":
    main()
