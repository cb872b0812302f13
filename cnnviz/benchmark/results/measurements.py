"""Measurements as files, each made by a process of its own, one at a time per machine.

    runs/measurements/<id>.json      the plan, the conditions and what was found
                      <id>.progress  how far it is, while it runs
                      <id>.cancel    exists once the user has canceled it
                      <id>.lock      held by the measuring process while it lives
                      <id>.log       what the process printed, if anything

`measurement_queue` starts measurements and decides which one runs.

Neither PyTorch nor Streamlit is imported here.
"""

import contextlib
import dataclasses
import itertools
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from cnnviz.benchmark.results.findings import Conditions, Findings
from cnnviz.benchmark.results.plan import Plan
from cnnviz.system import files, jobs
from cnnviz.system.identity_cache import reuse_results
from cnnviz.system.job_index import JobIndex
from cnnviz.system.jobs import Job, JobError
from cnnviz.system.paths import runs_dir
from cnnviz.system.sized_cache import SizedCache

UNFINISHED = ("queued", "running")
CANCELED = "cancelled"  # the spelling in files
STATES = (*UNFINISHED, "finished", CANCELED, "failed", "interrupted")
_TEMPORARY = ("progress", "cancel", "lock", "log")
_RECORD_SIZE = 6  # bytes of a record per byte of its file, at most: measured 4.1 to 5.2
_PARSED, _PARSED_LOCK = SizedCache(64 * 2**20), threading.Lock()  # 64 MiB, by path


class MeasurementError(JobError):
    """A measurement cannot be found, read or started; the message says why."""


@dataclass(frozen=True)
class MeasurementRecord:
    """The content of a measurement's file.

    Attributes:
        plan: what to measure.
        state: one of `STATES`.
        message: why it failed, in one sentence; else "".
        conditions: machine, load and versions; None until it runs.
        findings: found so far; a canceled measurement keeps them.
        format: of the record.
    """

    plan: Plan
    state: str = "queued"
    message: str = ""
    conditions: Conditions | None = None
    findings: Findings = field(default_factory=Findings)
    format: int = jobs.FORMAT

    def __post_init__(self) -> None:
        """Check the state and the format, which may come from a file."""
        jobs.check_format({"format": self.format})
        if self.state not in STATES:
            raise ValueError(f"state must be one of {', '.join(STATES)}, got {self.state!r}")


_Parsed = tuple[files.Stamp, MeasurementRecord]


@dataclass(frozen=True)
class Progress:
    """How far a measurement is.

    Attributes:
        share: completed, 0 to 1.
        doing: the current step, in a few words.
    """

    share: float = 0.0
    doing: str = ""


@dataclass(frozen=True)
class Measurement(Job):
    """One measurement, by its file."""

    noun: ClassVar[str] = "measurement"
    error: ClassVar[type[JobError]] = MeasurementError
    record_file: ClassVar[str] = "json"
    suffix: ClassVar[str] = ".json"

    def check(self) -> None:
        """Read the record.

        Raises:
            MeasurementError: if it is damaged or of another version.
        """
        self.stored_record()

    def record(self) -> MeasurementRecord:
        """Return the record; if it says running but its process has ended, it is interrupted.

        Raises:
            MeasurementError: if the file cannot be read.
        """
        record = self.stored_record()
        if record.state not in UNFINISHED or self.locked():
            return record
        record = self.stored_record()  # it may have ended since it was read
        return (
            dataclasses.replace(record, state="interrupted")
            if record.state in UNFINISHED
            else record
        )

    def stored_record(self) -> MeasurementRecord:
        """Return the record as it was last written, whether or not its process lives.

        Raises:
            MeasurementError: if the file cannot be read.
        """
        try:
            return _parsed(self.path)
        except (OSError, ValueError) as error:
            raise self.incompatible() from error

    def write(self, record: MeasurementRecord) -> None:
        """Replace the record; only the holder of the lock does this."""
        files.write_json(self.path, dataclasses.asdict(record))

    def progress(self) -> Progress:
        """Return the progress."""
        try:
            return self.read_record("progress", Progress)
        except MeasurementError:
            return Progress()

    def write_progress(self, progress: Progress) -> None:
        """Write how far it is."""
        files.write_json(self.file("progress"), dataclasses.asdict(progress))

    def cancel(self) -> None:
        """Ask its process to stop; what was found until then is kept."""
        if self.path.exists():
            self.file("cancel").touch()

    @property
    def canceled(self) -> bool:
        """Whether the user has canceled it."""
        return self.file("cancel").exists()

    def delete(self) -> None:
        """Move the record to the trash in the folder of runs, and remove the other files.

        Raises:
            MeasurementError: if it is still running.
        """
        if self.locked():
            raise MeasurementError("this measurement is still running: cancel it first")
        if self.exists():
            self.move_to_trash(self.path.parent.parent, f"measurement-{self.path.name}")
        self.remove_temporary_files()

    def remove_temporary_files(self) -> None:
        """Remove the files that are needed only while it runs; a log with content stays."""
        for name in _TEMPORARY:
            path = self.file(name)
            if name == "log" and self.exists() and _size(path):
                continue
            with contextlib.suppress(OSError):  # Windows keeps what another process has open
                path.unlink(missing_ok=True)


def measurements_dir() -> Path:
    """Return the folder of the measurements, beside the runs."""
    return runs_dir() / "measurements"


def measurements() -> list[Measurement]:
    """Return all measurements that this version can read, newest first."""
    return jobs.list_jobs(Measurement, measurements_dir())


@dataclass(frozen=True, slots=True)
class MeasurementSummary:
    """What lists show of a measurement.

    Attributes:
        measurement: that was read.
        state: one of `STATES`, as last written.
        size: bytes that the record takes in memory.
    """

    measurement: Measurement
    state: str
    size: int


def measurement_summaries() -> list[MeasurementSummary]:
    """Return the summaries of all measurements that this version can read, newest first."""
    return _INDEX.entries(measurements_dir())


def measurement_records() -> Sequence[tuple[Measurement, MeasurementRecord]]:
    """Return the newest measurements that this version can read with their records.

    They are as many as fit into the memory for records, 64 MiB: hundreds of large ones. More would
    be read from the disk at each look. A measurement that is deleted meanwhile is left out.
    """
    summaries = measurement_summaries()
    sizes = itertools.accumulate(summary.size for summary in summaries)
    return _records(summaries[: sum(size <= _PARSED.limit for size in sizes)])


@reuse_results(latest=1)
def _records(
    summaries: Sequence[MeasurementSummary],
) -> Sequence[tuple[Measurement, MeasurementRecord]]:
    records = []
    for summary in summaries:
        with contextlib.suppress(MeasurementError):
            records.append((summary.measurement, summary.measurement.stored_record()))
    return records


def _summary(path: Path) -> MeasurementSummary | None:
    measurement = Measurement(path)
    try:
        if not measurement.readable():
            return None
        record = measurement.stored_record()
    except MeasurementError:  # deleted meanwhile
        return None
    return MeasurementSummary(measurement, record.state, _RECORD_SIZE * _size(path))


_INDEX = JobIndex(_summary, jobs.listing(Measurement))


def find_measurement(key: str) -> Measurement:
    """Return the measurement of that id.

    Raises:
        MeasurementError: if there is none; anything but a generated id is refused unread.
    """
    return jobs.find_job(Measurement, measurements_dir(), key)


def create_measurement(plan: Plan) -> Measurement:
    """Create a measurement and its file.

    Raises:
        MeasurementError: if there is a file in place of the folder of measurements.
        OSError: if it cannot be written.
    """
    try:
        measurements_dir().mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise MeasurementError(
            f"{measurements_dir()} must be a folder, got a file: move it away"
        ) from error
    measurement = Measurement(jobs.new_path(Measurement, measurements_dir()))
    measurement.write(MeasurementRecord(plan))
    return measurement


def _parsed(path: Path) -> MeasurementRecord:
    """Return the content of a file, cached by its stamp: pages read it twice a second."""
    stamp = files.stamp(path)
    with _PARSED_LOCK:
        if path in _PARSED:
            entry: _Parsed = _PARSED[path]
            if entry[0] == stamp:
                return entry[1]
    record = files.read_record(path, MeasurementRecord)
    with _PARSED_LOCK:
        _PARSED.put(path, (stamp, record), _RECORD_SIZE * _size(path), needed=lambda _: False)
    return record


def _size(path: Path) -> int:
    try:
        return path.stat().st_size  # bytes
    except OSError:
        return 0


def load_average() -> float | None:
    """Return the load average of the last minute; None where the system has none."""
    getter: Any = getattr(os, "getloadavg", None)  # Windows has none
    return float(getter()[0]) if getter else None  # processes, mean over the last minute
