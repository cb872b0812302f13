"""What kept measurements know of the speed of each model: the newest that fits."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.comparison import Speed
from cnnviz.latency import Latency
from cnnviz.measured import Conditions, LayerTimes, Timing
from cnnviz.measurements import LIVE, Record, measurements

ENGINE, THREADS = "torch", 1  # that comparisons are made with


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
    """Return what is on record at a scale, newest first; what is still at work is left out."""
    found = [measurement.recorded() for measurement in measurements()]
    return [r for r in found if r.plan.published == published and r.state not in LIVE]


def newest(found: Sequence[Record], model: str, *, batch: int = 1) -> Kept | None:
    """Return the newest times of a model at a batch size, on one thread of PyTorch.

    Args:
        found: newest first.
        model: key of the catalogue.
        batch: images in a call.
    """
    for place, record in enumerate(found):
        if record.conditions is None:
            continue
        for timing in record.findings.timings:
            asked = timing.model, timing.batch, timing.engine, timing.threads
            if asked == (model, batch, ENGINE, THREADS) and timing.latency is not None:
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
