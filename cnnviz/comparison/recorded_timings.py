"""Latencies, layer times and optimizations from the measurements recorded on this machine.

Times do not depend on trained weights, so they are recorded per architecture.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Conditions, LayerTimes, Timing
from cnnviz.benchmark.results.measurements import UNFINISHED, Measurement, MeasurementRecord
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect
from cnnviz.benchmark.results.plan import ENGINE_TITLES
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.system.identity_cache import reuse_results
from cnnviz.system.machine import machine_name
from cnnviz.system.versions import versions

ENGINE, THREADS, DEVICE = "torch", 1, "cpu"  # of all comparisons


@dataclass(frozen=True)
class Speed:
    """Latency of one image on a machine.

    Attributes:
        p50, p95: percentiles of the call times, milliseconds.
        images_per_second: one image at a time.
        badge: "clean", "noisy" or "host busy".
        where: hardware and number of threads.
        when: local time, ISO 8601.
    """

    p50: float
    p95: float
    images_per_second: float
    badge: str
    where: str
    when: str


@dataclass(frozen=True)
class RecordedLatency:
    """A recorded latency and the measurement it comes from.

    Attributes:
        timing: of one model at one batch size.
        latency: its call times.
        conditions: under which they were measured.
        age: rank of the measurement, 0 for the newest; models of one rank took turns.
        reliable: whether the measurement finished and timed latency only: a canceled one has few
            calls, and one that tries optimizations times a network alone.
    """

    timing: Timing
    latency: Latency
    conditions: Conditions
    age: int
    reliable: bool = True

    @property
    def speed(self) -> Speed:
        """What the comparison table shows of it."""
        threads = self.timing.threads
        return Speed(
            self.latency.p50,
            self.latency.p95,
            self.latency.images_per_second,
            self.latency.badge,
            f"{self.conditions.hardware}, {threads} thread{'s' if threads > 1 else ''}",
            self.conditions.created,
        )


def local_records(*, published: bool) -> Sequence[MeasurementRecord]:
    """Return the finished measurements at a scale on this machine's processor, newest first.

    Measurements on another machine or with other versions of PyTorch are left out.
    """
    return _local(measurements.measurement_records(), published, machine_name())


@reuse_results(latest=2)  # one for each scale
def _local(
    records: Sequence[tuple[Measurement, MeasurementRecord]], published: bool, host: str
) -> Sequence[MeasurementRecord]:
    installed = _installed()  # other machines or versions do not compare
    return [
        record
        for _, record in records
        if record.plan.published == published
        and record.plan.device == DEVICE
        and record.state not in UNFINISHED
        and record.conditions is not None
        and record.conditions.fits(host, installed)
    ]


def comparable_latencies(
    records: Sequence[MeasurementRecord], models: Sequence[str], *, batch: int = 1
) -> dict[str, RecordedLatency]:
    """Return the latencies of models to compare, in PyTorch on one thread.

    They come from the newest reliable measurement in which all models took turns, or else, for each
    model, from `newest_latency`.

    Args:
        records: newest first.
        models: keys of the catalog.
        batch: images in a call.
    """
    for age, record in enumerate(records):
        if is_reliable(record):
            latencies = {model: _latency(record, age, model, batch) for model in models}
            if all(latencies.values()):
                return {model: latency for model, latency in latencies.items() if latency}
    latencies = {model: newest_latency(records, model, batch=batch) for model in models}
    return {model: latency for model, latency in latencies.items() if latency}


def newest_latency(
    records: Sequence[MeasurementRecord], model: str, *, batch: int = 1
) -> RecordedLatency | None:
    """Return the newest latency of a model at a batch size, in PyTorch on one thread.

    Unreliable measurements are used only if there are no others.

    Args:
        records: newest first.
        model: key of the catalog.
        batch: images in a call.
    """
    ages = sorted(range(len(records)), key=lambda age: not is_reliable(records[age]))  # else by age
    latencies = (_latency(records[age], age, model, batch) for age in ages)
    return next((latency for latency in latencies if latency), None)


def is_reliable(record: MeasurementRecord) -> bool:
    """Tell whether a measurement finished and timed latency only, without optimizations."""
    return record.state == "finished" and not record.plan.tricks


def reliable_first(records: Sequence[MeasurementRecord]) -> list[MeasurementRecord]:
    """Return the measurements with the unreliable ones moved to the end."""
    return sorted(records, key=lambda record: not is_reliable(record))


def _latency(record: MeasurementRecord, age: int, model: str, batch: int) -> RecordedLatency | None:
    wanted = model, batch, ENGINE, THREADS
    for timing in record.findings.timings:
        if (timing.model, timing.batch, timing.engine, timing.threads) != wanted:
            continue
        if timing.latency is not None and record.conditions is not None:
            return RecordedLatency(
                timing, timing.latency, record.conditions, age, is_reliable(record)
            )
    return None


def latency_by_batch_size(records: Sequence[MeasurementRecord], model: str) -> dict[int, Latency]:
    """Return latencies by batch size from the newest measurement of several batch sizes."""
    return _series(
        records,
        lambda timing: timing.batch,
        lambda timing: (timing.model, timing.engine, timing.threads) == (model, ENGINE, THREADS),
    )


def latency_by_threads(records: Sequence[MeasurementRecord], model: str) -> dict[int, Latency]:
    """Return latencies of one image by threads, from the newest measurement of several numbers."""
    return _series(
        records,
        lambda timing: timing.threads,
        lambda timing: (timing.model, timing.engine, timing.batch) == (model, ENGINE, 1),
    )


def _series(
    records: Sequence[MeasurementRecord],
    size: Callable[[Timing], int],
    included: Callable[[Timing], bool],
) -> dict[int, Latency]:
    """Return latencies by size from the first measurement, reliable ones first, with several."""
    for record in reliable_first(records):
        latencies = {
            size(timing): timing.latency
            for timing in record.findings.timings
            if included(timing) and timing.latency is not None
        }
        if len(latencies) > 1:
            return dict(sorted(latencies.items()))
    return {}


def newest_timings(
    records: Sequence[MeasurementRecord], models: Sequence[str]
) -> list[tuple[Timing, MeasurementRecord]]:
    """Return the newest timing of each model, engine, batch size and number of threads.

    They are sorted by these four, models and engines in their own order.

    Args:
        records: newest first.
        models: keys of the catalog.
    """
    newest: dict[tuple[int, int, int, int], tuple[Timing, MeasurementRecord]] = {}
    engines = list(ENGINE_TITLES)
    for record in records:
        for timing in record.findings.timings:
            if timing.model in models and timing.latency is not None:
                model, engine = models.index(timing.model), engines.index(timing.engine)
                newest.setdefault((model, engine, timing.batch, timing.threads), (timing, record))
    return [newest[setting] for setting in sorted(newest)]


@dataclass(frozen=True)
class ThroughputRange:
    """Images per second of one network at one setting.

    Attributes:
        median: at the median call.
        low, high: at the upper and the lower quartile of the call times.
    """

    median: float
    low: float
    high: float


def throughput_range(latency: Latency) -> ThroughputRange:
    """Return images per second at the median call and at the quartiles."""
    low, high = (1000 * latency.images / latency.percentile(percent) for percent in (75, 25))
    return ThroughputRange(latency.images_per_second, low, high)


def newest_layer_times(records: Sequence[MeasurementRecord], model: str) -> LayerTimes | None:
    """Return the newest layer times of a model."""
    layer_times = (layers for record in records for layers in record.findings.layers)
    return next((layers for layers in layer_times if layers.model == model), None)


def newest_optimizations(
    records: Sequence[MeasurementRecord], model: str
) -> tuple[OptimizationEffect, ...]:
    """Return what optimizations changed in the newest measurement that tried them on a model."""
    for record in records:
        if effects := tuple(e for e in record.findings.effects if e.model == model):
            return effects
    return ()


@functools.cache  # 1 kB
def _installed() -> Mapping[str, str]:
    return versions()
