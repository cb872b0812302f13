"""Carry out a measurement step by step, recording what was found after each step.

PyTorch is imported once the measurement runs.
"""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cnnviz.benchmark.conditions import (
    clock_for,
    cpu_clock,
    current_conditions,
    memory_shortage,
    torch_settings,
)
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Cost, LayerTimes, Timing
from cnnviz.benchmark.results.measurements import Measurement, MeasurementRecord, Progress
from cnnviz.benchmark.results.plan import ENGINE_TITLES, Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.benchmark.timing.protocol import Budget, CanceledError, TimedCall, measure_latencies
from cnnviz.models.catalog import CATALOG

_REPORT_SECONDS = 0.2  # between two reports of the progress

ProgressObserver = Callable[[Progress], None]


class Execution:
    """A measurement that is being carried out.

    Every method raises `CanceledError` soon after the measurement was canceled.
    """

    def __init__(self, measurement: Measurement, observe: ProgressObserver) -> None:
        """Read the plan; `observe` is called with the progress about five times per second."""
        self._measurement, self._observe = measurement, observe
        self._record = replace(measurement.stored_record(), state="running")
        self._plan = self._record.plan
        self._steps = count_steps(self._plan)
        self._done, self._doing, self._reported = 0, "", 0.0

    def run(self) -> MeasurementRecord:
        """Take all steps of the plan and return the finished record."""
        from cnnviz.system import hardware

        hardware.pick_device(self._plan.device)  # raises if it is missing
        self._record = replace(self._record, conditions=current_conditions(self._plan.device))
        self._add()
        hardware.keep_freed_memory()
        self._count_costs()
        for threads, batch in itertools.product(self._plan.threads, self._plan.batches):
            with torch_settings(threads):
                self._time_networks(threads, batch)
        with torch_settings(self._plan.threads[0]):
            for key in self._plan.models:
                if self._plan.layers:
                    self._time_layers(key)
                if self._plan.tricks:
                    self._try_optimizations(key)
        assert self._record.conditions
        after = replace(self._record.conditions, load_after=measurements.load_average())
        return replace(self._record, state="finished", conditions=after)

    def _count_costs(self) -> None:
        from cnnviz.benchmark.static_costs import cost

        for key in self._plan.models:
            self._begin(f"counting {self._plan.title(key)}")
            network_cost = cost(CATALOG[key], published=self._plan.published)
            self._add(costs=(*self._record.findings.costs, network_cost))
            self._end()

    def _time_networks(self, threads: int, batch: int) -> None:
        """Time all networks on all engines in turns."""
        calls: dict[str, TimedCall] = {}
        rows: dict[str, Timing] = {}
        for key in self._plan.models:
            for engine in self._plan.engines:
                row = Timing(key, self._plan.title(key), engine, batch, threads, None)
                rows[f"{key} {engine}"], call = self._prepare(row)
                if call:
                    calls[f"{key} {engine}"] = call
        self._begin(f"timing {_quantity(batch, 'image')}, {_quantity(threads, 'thread')}")
        try:
            latencies = measure_latencies(
                calls,
                budget=self._budget(),
                clock=clock_for(self._plan.device, threads),
                tick=self._tick,
            )
        except CanceledError as canceled:
            self._add_timings(rows, canceled.latencies)
            raise
        self._add_timings(rows, latencies)
        self._end()

    def _add_timings(self, rows: Mapping[str, Timing], latencies: Mapping[str, Latency]) -> None:
        timings = [replace(row, latency=latencies.get(name)) for name, row in rows.items()]
        complete = (timing for timing in timings if timing.latency or timing.problem)
        self._add(timings=(*self._record.findings.timings, *complete))

    def _prepare(self, row: Timing) -> tuple[Timing, TimedCall | None]:
        """Prepare a network on an engine; the row says why if that is not possible."""
        from cnnviz.benchmark.timing.engines import (
            EngineError,
            example,
            input_shape,
            network,
            prepare_call,
        )

        published, device = self._plan.published, self._plan.device
        self._begin(f"preparing {row.title} on {ENGINE_TITLES[row.engine]}")
        needed = self._cost(row.model).activation_peak * row.batch  # bytes
        task = f"a call with {_quantity(row.batch, 'image')}"
        if shortage := memory_shortage(task, needed, device):
            return replace(row, problem=shortage), None
        model = network(CATALOG[row.model], published=published).to(device)
        x = example(input_shape(CATALOG[row.model], published=published), row.batch).to(device)
        start = time.perf_counter()  # seconds
        try:
            call = prepare_call(row.engine, model, x, row.threads)
        except EngineError as error:
            return replace(row, problem=str(error)), None
        seconds = round(time.perf_counter() - start, 3) if row.engine != "torch" else None
        return replace(row, prepared=seconds), TimedCall(call, row.batch)

    def _time_layers(self, key: str) -> None:
        from cnnviz.benchmark.layer_times import layer_times
        from cnnviz.benchmark.timing.engines import example, input_shape, network

        plan, row = self._plan, CATALOG[key]
        self._begin(f"timing the layers of {plan.title(key)}")
        passes = layer_times(
            network(row, published=plan.published),
            example(input_shape(row, published=plan.published), plan.batches[0]),
            seconds=plan.seconds,
            passes=plan.calls,
            clock=cpu_clock(plan.threads[0]),
            tick=self._tick,
        )
        times = LayerTimes(key, plan.title(key), **vars(passes))
        self._add(layers=(*self._record.findings.layers, times))
        self._end()

    def _try_optimizations(self, key: str) -> None:
        from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS
        from cnnviz.benchmark.optimizations.trial import TRIAL_BUDGET, try_optimization
        from cnnviz.benchmark.optimizations.workloads import Workload
        from cnnviz.benchmark.timing.engines import input_shape, network

        plan, row = self._plan, CATALOG[key]
        model = network(row, published=plan.published)
        workload = Workload(model, input_shape(row, published=plan.published), plan.tricks_batch)
        shortages = self._shortages(key)
        for optimization, description in OPTIMIZATIONS.items():
            self._begin(f"{description.title} on {plan.title(key)}")
            effect = try_optimization(
                optimization,
                workload,
                model=key,
                budget=replace(TRIAL_BUDGET, calls=plan.calls, seconds=plan.seconds),
                obstacle=shortages[description.measured],
                clock=cpu_clock(plan.threads[0]),
                tick=self._tick,
            )
            self._add(effects=(*self._record.findings.effects, effect))
            self._end()

    def _shortages(self, key: str) -> dict[str, str]:
        """Return the lack of memory, or "", for what optimizations measure."""
        from cnnviz.benchmark.optimizations.catalog import INFERENCE, TRAINING

        plan, network_cost = self._plan, self._cost(key)
        images = _quantity(plan.tricks_batch, "image")
        # weights and gradients of both variants, and what 8 images save in float64
        step = 32 * network_cost.parameters + network_cost.saved * max(plan.tricks_batch, 2 * 8)
        call = network_cost.activation_peak * plan.tricks_batch  # bytes
        return {
            TRAINING: memory_shortage(f"a training step on {images}", step, plan.device),
            INFERENCE: memory_shortage(f"a call with {images}", call, plan.device),
        }

    def _budget(self) -> Budget:
        budget = Budget(calls=self._plan.calls, seconds=self._plan.seconds)
        if self._plan.device == "cpu":
            return budget
        from cnnviz.benchmark.timing.cuda_clock import WARM_CALLS

        return replace(budget, warm_calls=WARM_CALLS)

    def _cost(self, key: str) -> Cost:
        return next(cost for cost in self._record.findings.costs if cost.model == key)

    def _begin(self, doing: str) -> None:
        self._doing, self._reported = doing, 0.0
        self._tick(0.0)

    def _end(self) -> None:
        self._done += 1

    def _tick(self, share: float) -> None:
        """Report the progress now and then, and stop if the measurement was canceled."""
        if self._reported and time.monotonic() - self._reported < _REPORT_SECONDS:
            return
        self._reported = time.monotonic()
        if self._measurement.canceled:
            raise CanceledError
        progress = Progress(min((self._done + share) / self._steps, 1.0), self._doing)
        self._measurement.write_progress(progress)
        self._observe(progress)

    def _add(self, **findings: Any) -> None:
        """Replace findings and write the record."""
        updated = replace(self._record.findings, **findings)
        self._record = replace(self._record, findings=updated)
        self._measurement.write(self._record)


def count_steps(plan: Plan) -> int:
    """Return the number of steps of a measurement, which take about equally long."""
    from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS

    per_network = 1 + plan.layers + len(OPTIMIZATIONS) * plan.tricks
    return len(plan.models) * per_network + len(plan.threads) * len(plan.batches)


def _quantity(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"
