"""What kept measurements know of the speed of each model: the newest that fits.

Times do not depend on what a network has learned, so that they are kept by architecture.
"""

import functools
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import LIVE, Record
from cnnviz.benchmark.results.records import Conditions, Effect, LayerTimes, Timing
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.summary import Speed
from cnnviz.system.versions import versions

ENGINE, THREADS, DEVICE = "torch", 1, "cpu"  # that comparisons are made with


@dataclass(frozen=True)
class Kept:
    """One time on record, and where it comes from.

    Attributes:
        timing: of one model, at one batch size.
        latency: its times.
        conditions: under which they were taken.
        place: of the measurement, the newest having 0; models of one place took turns.
        sound: whether the measurement came to its end and was of nothing but times: what was
            cancelled has few calls, and what tries tricks times a network alone.
    """

    timing: Timing
    latency: Latency
    conditions: Conditions
    place: int
    sound: bool = True

    @property
    def speed(self) -> Speed:
        """The row of a comparison."""
        where = f"{self.conditions.hardware}, {self.timing.threads} thread"
        return Speed(
            self.latency.p50,
            self.latency.p95,
            self.latency.images_per_second,
            self.latency.badge,
            where + ("s" if self.timing.threads > 1 else ""),
            self.conditions.created,
        )


def records(*, published: bool) -> list[Record]:
    """Return what was measured at a scale on this machine's processor, newest first.

    What is still at work is left out, and what was measured on another machine or with another
    version of PyTorch.
    """
    host, installed = platform.node(), _installed()
    return [
        record
        for _, record in measurements.records()
        if record.plan.published == published
        and record.plan.device == DEVICE
        and record.state not in LIVE
        and record.conditions is not None
        and record.conditions.fits(host, installed)
    ]


def compared(found: Sequence[Record], models: Sequence[str], *, batch: int = 1) -> dict[str, Kept]:
    """Return times of models to stand beside each other, on one thread of PyTorch.

    They are of the newest sound measurement in which all of them took turns; where there is none,
    each has the newest times that `newest` gives.

    Args:
        found: newest first.
        models: keys of the catalogue.
        batch: images in a call.
    """
    for place, record in enumerate(found):
        if sound(record):
            times = {model: _kept(record, place, model, batch) for model in models}
            if all(times.values()):
                return {model: kept for model, kept in times.items() if kept}
    times = {model: newest(found, model, batch=batch) for model in models}
    return {model: kept for model, kept in times.items() if kept}


def newest(found: Sequence[Record], model: str, *, batch: int = 1) -> Kept | None:
    """Return the newest times of a model at a batch size, on one thread of PyTorch.

    Those of a measurement that is not sound are taken only where there are no others.

    Args:
        found: newest first.
        model: key of the catalogue.
        batch: images in a call.
    """
    places = sorted(range(len(found)), key=lambda place: not sound(found[place]))
    every = (_kept(found[place], place, model, batch) for place in places)
    return next((kept for kept in every if kept), None)


def sound(record: Record) -> bool:
    """Tell whether a measurement came to its end and was of nothing but times."""
    return record.state == "finished" and not record.plan.tricks


def sound_first(found: Sequence[Record]) -> list[Record]:
    """Return measurements as they are, but those that are not sound last."""
    return sorted(found, key=lambda record: not sound(record))


def _kept(record: Record, place: int, model: str, batch: int) -> Kept | None:
    wanted = model, batch, ENGINE, THREADS
    for timing in record.findings.timings:
        if (timing.model, timing.batch, timing.engine, timing.threads) != wanted:
            continue
        if timing.latency is not None and record.conditions is not None:
            return Kept(timing, timing.latency, record.conditions, place, sound(record))
    return None


def batch_curve(found: Sequence[Record], model: str) -> dict[int, Latency]:
    """Return the times by batch size of the newest measurement that took several."""
    for record in sound_first(found):
        taken = {
            timing.batch: timing.latency
            for timing in record.findings.timings
            if (timing.model, timing.engine, timing.threads) == (model, ENGINE, THREADS)
            and timing.latency is not None
        }
        if len(taken) > 1:
            return dict(sorted(taken.items()))
    return {}


def layer_times(found: Sequence[Record], model: str) -> LayerTimes | None:
    """Return the newest times of a model's layers."""
    every = (layers for record in found for layers in record.findings.layers)
    return next((layers for layers in every if layers.model == model), None)


def thread_curve(found: Sequence[Record], model: str) -> dict[int, Latency]:
    """Return the times of one image by threads of the newest measurement that took several."""
    for record in sound_first(found):
        taken = {
            timing.threads: timing.latency
            for timing in record.findings.timings
            if (timing.model, timing.engine, timing.batch) == (model, ENGINE, 1)
            and timing.latency is not None
        }
        if len(taken) > 1:
            return dict(sorted(taken.items()))
    return {}


def effects(found: Sequence[Record], model: str) -> tuple[Effect, ...]:
    """Return what the tricks did to a model in the newest measurement that tried them."""
    for record in found:
        if tried := tuple(e for e in record.findings.effects if e.model == model):
            return tried
    return ()


@functools.cache
def _installed() -> Mapping[str, str]:
    return versions()
