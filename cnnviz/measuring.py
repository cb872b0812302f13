"""The process behind a measurement: `python -m cnnviz.measuring ID`.

It holds the measurement's lock from its first moment to its last, waits its turn, measures, and
writes down what it finds. PyTorch is imported once it is its turn.
"""

import contextlib
import itertools
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from filelock import FileLock, Timeout

from cnnviz import measurements, versions
from cnnviz.catalogue import CATALOGUE
from cnnviz.latency import CancelledError
from cnnviz.measured import Conditions, LayerTimes, Plan, Timing
from cnnviz.measurements import Measurement, MeasurementError, Progress, Record
from cnnviz.worker import sentence

_POLL = 0.1  # seconds between two looks whether it is our turn
_TELL = 0.2  # seconds between two words about the progress

Observer = Callable[[Progress], None]


def carry_out(made: Measurement, observe: Observer = lambda _: None) -> Record:
    """Wait for the turn, measure, keep what was found, and return the last record.

    Args:
        made: by `measurements.create`.
        observe: called with the progress, about five times a second.

    Raises:
        MeasurementError: if another process is at work on it.
    """
    try:
        with FileLock(made.beside(".lock"), timeout=2):  # a reader may be probing it right now
            record = _carry_out(made, observe)
    except Timeout:
        raise MeasurementError("this measurement is being made already") from None
    made.tidy()
    return record


def _carry_out(made: Measurement, observe: Observer) -> Record:
    record = made.recorded()
    try:
        with _turn(made, observe):
            record = _Measuring(made, observe).run()
    except CancelledError:
        record = replace(made.recorded(), state="cancelled")
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        traceback.print_exc()
        record = replace(made.recorded(), state="failed", message=sentence(error))
    made.write(record)
    return record


@contextlib.contextmanager
def _turn(made: Measurement, observe: Observer) -> Iterator[None]:
    """Hold the one place there is to measure in."""
    lock = measurements.turn()
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
        self._record = replace(made.recorded(), state="running", conditions=_conditions())
        self._plan = self._record.plan
        self._parts = _parts(self._plan)
        self._done, self._doing, self._told = 0, "", 0.0

    def run(self) -> Record:
        from cnnviz import hardware

        self._keep()
        hardware.pick_device(self._plan.device)  # or it refuses, in a sentence
        hardware.keep_freed_memory()
        self._costs()
        for threads, batch in itertools.product(self._plan.threads, self._plan.batches):
            with _prepared(threads):
                self._round(threads, batch)
        with _prepared(self._plan.threads[0]):
            for key in self._plan.models:
                self._extras(key)
        assert self._record.conditions
        after = replace(self._record.conditions, load_after=measurements.load())
        return replace(self._record, state="finished", conditions=after)

    def _costs(self) -> None:
        from cnnviz.costs import cost

        for key in self._plan.models:
            self._begin(f"counting {self._plan.title(key)}")
            found = cost(CATALOGUE[key], published=self._plan.published)
            self._keep(costs=(*self._record.findings.costs, found))
            self._end()

    def _round(self, threads: int, batch: int) -> None:
        """Let all models on all engines take turns."""
        from cnnviz.contestants import EngineError, example, input_size, network, prepare
        from cnnviz.latency import Budget, Contestant, measure, measure_cuda

        plan, published = self._plan, self._plan.published
        calls: dict[str, Contestant] = {}
        rows: dict[str, Timing] = {}
        for key in plan.models:
            self._begin(f"preparing {plan.title(key)}")
            model = network(CATALOGUE[key], published=published).to(plan.device)
            x = example(input_size(CATALOGUE[key], published=published), batch).to(plan.device)
            for engine in plan.engines:
                name = f"{key} {engine}"
                rows[name] = Timing(key, plan.title(key), engine, batch, threads, None)
                try:
                    calls[name] = Contestant(prepare(engine, model, x, threads), batch)
                except EngineError as error:
                    rows[name] = replace(rows[name], problem=str(error))
                self._tick(0.0)
        words = f"{batch} image{'s' if batch > 1 else ''}, {threads} thread"
        self._begin(f"timing {words}{'s' if threads > 1 else ''}")
        budget = Budget(calls=plan.calls, seconds=plan.seconds)
        if plan.device == "cuda":
            times = measure_cuda(calls, calls=plan.calls)
        else:
            times = measure(calls, budget=budget, tick=self._tick)
        timed = (replace(row, latency=times.get(name)) for name, row in rows.items())
        self._keep(timings=(*self._record.findings.timings, *timed))
        self._end()

    def _extras(self, key: str) -> None:
        """Time a model's layers and try the tricks on it."""
        from cnnviz.contestants import example, input_size, network
        from cnnviz.latency import Budget
        from cnnviz.layer_times import layer_times
        from cnnviz.tricks import TRICKS, Subject, effect

        plan, title = self._plan, self._plan.title(key)
        if not plan.layers and not plan.tricks:
            return
        model = network(CATALOGUE[key], published=plan.published)
        size = input_size(CATALOGUE[key], published=plan.published)
        if plan.layers:
            self._begin(f"timing the layers of {title}")
            x = example(size, plan.batches[0])
            seconds = plan.seconds
            found = layer_times(model, x, seconds=seconds, passes=plan.calls, tick=self._tick)
            layers = (*self._record.findings.layers, LayerTimes(key, title, **vars(found)))
            self._keep(layers=layers)
            self._end()
        budget = Budget(calls=plan.calls, seconds=plan.seconds)
        subject = Subject(model, size, plan.tricks_batch)
        for trick in TRICKS if plan.tricks else ():
            self._begin(f"{TRICKS[trick].title} on {title}")
            tried = effect(trick, subject, model=key, budget=budget, tick=self._tick)
            self._keep(effects=(*self._record.findings.effects, tried))
            self._end()

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

    A processor may need a hundred times as long for those, which random weights do produce.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def _parts(plan: Plan) -> int:
    """Return how many parts of about the same length a measurement has."""
    from cnnviz.tricks import TRICKS

    extras = len(plan.models) * (plan.layers + len(TRICKS) * plan.tricks)
    return len(plan.models) + len(plan.threads) * len(plan.batches) + extras


def _conditions() -> Conditions:
    from cnnviz import hardware  # imports PyTorch

    return Conditions(
        host=platform.node(),
        hardware=hardware.describe(),
        cores=hardware.physical_cores(),
        versions=versions.versions() | versions.installed("timm", "onnxruntime"),
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        load_before=measurements.load(),
    )


def main() -> None:
    """Carry out the measurement named on the command line."""
    made = measurements.measurement(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on the server is not for this process
    signal.signal(signal.SIGTERM, lambda *_: made.cancel())
    with contextlib.suppress(MeasurementError):  # somebody else was quicker
        carry_out(made)


if __name__ == "__main__":
    main()
