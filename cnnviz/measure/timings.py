"""What kept measurements know of the speed of each model: the newest that fits.

Times do not depend on what a network has learned, so that they are kept by architecture.
"""

import functools
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnviz.comparison import Speed
from cnnviz.measure.findings import Conditions, Effect, LayerTimes, Timing
from cnnviz.measure.latency import Latency
from cnnviz.measure.measurements import LIVE, Record, measurements
from cnnviz.versions import versions

ENGINE, THREADS, DEVICE = "torch", 1, "cpu"  # that comparisons are made with


@dataclass(frozen=True)
class Kept:
    """One time on record, and where it comes from.

    Attributes:
        timing: of one model, at one batch size.
        latency: its times.
        conditions: under which they were taken.
        place: of the measurement, the newest having 0; models of one place took turns.
    """

    timing: Timing
    latency: Latency
    conditions: Conditions
    place: int

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
        for record in (measurement.recorded() for measurement in measurements())
        if record.plan.published == published
        and record.plan.device == DEVICE
        and record.state not in LIVE
        and record.conditions is not None
        and record.conditions.fits(host, installed)
    ]


def newest(found: Sequence[Record], model: str, *, batch: int = 1) -> Kept | None:
    """Return the newest times of a model at a batch size, on one thread of PyTorch.

    Args:
        found: newest first.
        model: key of the catalogue.
        batch: images in a call.
    """
    for place, record in enumerate(found):
        for timing in record.findings.timings:
            asked = timing.model, timing.batch, timing.engine, timing.threads
            if asked != (model, batch, ENGINE, THREADS):
                continue
            if timing.latency is not None and record.conditions is not None:
                return Kept(timing, timing.latency, record.conditions, place)
    return None


def batch_curve(found: Sequence[Record], model: str) -> dict[int, Latency]:
    """Return the times by batch size of the newest measurement that took several."""
    for record in found:
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
    for record in found:
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
