"""The recorded measurement from which a report takes its latencies."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz.benchmark.results.findings import Conditions, Timing
from cnnviz.benchmark.results.measurements import (
    Measurement,
    MeasurementRecord,
    measurement_records,
)
from cnnviz.benchmark.results.plan import Plan
from cnnviz.system.identity_cache import reuse_results

QUIET = ("", "clean")  # badges of a host without other load; a GPU measurement has no badge


@dataclass(frozen=True)
class MeasuredLatencies:
    """Latencies of several architectures from one measurement, one image at a time.

    Attributes:
        key: id of the measurement.
        plan: what was asked for.
        conditions: under which it was measured.
        timings: those with latencies, by the key of the architecture.
    """

    key: str
    plan: Plan
    conditions: Conditions
    timings: dict[str, Timing]

    @property
    def source(self) -> str:
        """Where and when it was measured, in words."""
        c = self.conditions
        return f"measured {c.created} on {c.machine}, {c.hardware} (measurement {self.key})"

    def among(self, architectures: Sequence[str]) -> set[str]:
        """Return which of these architectures it includes."""
        return set(architectures) & set(self.timings)

    def is_quiet(self, architectures: Sequence[str]) -> bool:
        """Tell whether the host had no other load while it timed these architectures."""
        return all(host_load(self.timings[key]) in QUIET for key in self.among(architectures))


def host_load(timing: Timing | None) -> str:
    """Return the badge of a timing: "clean", "noisy" or "host busy"; "" if it is unknown."""
    return timing.latency.badge if timing and timing.latency else ""


def measured_latencies(
    architectures: Sequence[str], *, published: bool = False
) -> MeasuredLatencies | None:
    """Return the measurement that timed the first architecture along with most of the others.

    Latencies of different measurements are never mixed, since machines and their loads differ. Of
    several such measurements, one on a quiet host is preferred, and then the newest.
    """
    best, best_rank = None, (0, False)
    most = (len(set(architectures)), True)
    for latencies in _finished(measurement_records(), published):
        if architectures[0] not in latencies.timings:
            continue
        rank = len(latencies.among(architectures)), latencies.is_quiet(architectures)
        if best is None or rank > best_rank:
            best, best_rank = latencies, rank
        if rank == most:  # an older one is no better
            break
    return best


@reuse_results(latest=2)  # one for each scale
def _finished(
    records: Sequence[tuple[Measurement, MeasurementRecord]], published: bool
) -> Sequence[MeasuredLatencies]:
    """Return the latencies of the finished measurements at a scale."""
    finished = []
    for measurement, record in records:
        if (
            record.state != "finished"
            or record.conditions is None
            or record.plan.published != published
        ):
            continue
        single = [t for t in record.findings.timings if (t.engine, t.batch) == ("torch", 1)]
        fewest = min((t.threads for t in single), default=1)
        timings = {t.model: t for t in single if t.latency and t.threads == fewest}
        finished.append(MeasuredLatencies(measurement.id, record.plan, record.conditions, timings))
    return finished
