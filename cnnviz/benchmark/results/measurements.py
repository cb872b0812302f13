"""Measurements on disk, made by processes of their own, one at a time.

    runs/measurements/<id>.json      what was asked for, the circumstances and what was found
                      <id>.progress  how far it is, while it is at work
                      <id>.cancel    there once the user wants it no more
                      <id>.lock      held by the measuring process as long as it lives
                      <id>.log       what the process printed, if it said anything

The one that measures holds a lock outside, in a folder of the machine; the others wait, whatever
folder their runs are in. The system lets go of a lock when its holder ends, however that may be.

Neither PyTorch nor Streamlit is imported here.
"""

import contextlib
import dataclasses
import functools
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from filelock import FileLock

from cnnviz.benchmark.results.records import Conditions, Findings, Plan
from cnnviz.system import files, jobs
from cnnviz.system.jobs import Job, JobError
from cnnviz.system.paths import lock_dir, runs_dir
from cnnviz.system.processes import spawn

LIVE = ("queued", "running")
STATES = (*LIVE, "finished", "cancelled", "failed", "interrupted")
_START_TIMEOUT = 60.0  # seconds for a new process to take its lock
_TEMPORARY = ("progress", "cancel", "lock", "log")


class MeasurementError(JobError):
    """A measurement cannot be found, read or started; the message says why."""


@dataclass(frozen=True)
class MeasurementRecord:
    """What the file of a measurement holds.

    Attributes:
        plan: what to measure.
        state: one of `STATES`.
        message: one sentence on why it failed, else empty.
        conditions: the circumstances; None until its turn has come.
        findings: what was found so far; those of a cancelled one are kept.
    """

    plan: Plan
    state: str = "queued"
    message: str = ""
    conditions: Conditions | None = None
    findings: Findings = field(default_factory=Findings)

    def __post_init__(self) -> None:
        """Refuse what nobody has written."""
        if self.state not in STATES:
            raise ValueError("this is no state of a measurement")


@dataclass(frozen=True)
class Progress:
    """How far a measurement is.

    Attributes:
        share: that is done, 0 to 1.
        doing: what it is at, in a few words.
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
        self.recorded()

    def record(self) -> MeasurementRecord:
        """Return what is on record; a live one whose process has gone is interrupted.

        Raises:
            MeasurementError: if the file cannot be read.
        """
        found = self.recorded()
        if found.state not in LIVE or self.locked():
            return found
        found = self.recorded()  # it may have ended between the two looks
        return dataclasses.replace(found, state="interrupted") if found.state in LIVE else found

    def recorded(self) -> MeasurementRecord:
        """Return the record as it was last written, whether its process lives or not.

        Raises:
            MeasurementError: if the file cannot be read.
        """
        try:
            return _parsed(self.path, files.stamp(self.path))
        except (OSError, ValueError) as error:
            raise self.incompatible() from error

    def write(self, record: MeasurementRecord) -> None:
        """Replace the record; only the holder of the lock does this."""
        files.write_json(self.path, dataclasses.asdict(record))

    def progress(self) -> Progress:
        """Return how far it is."""
        try:
            return self.read_record("progress", Progress)
        except MeasurementError:
            return Progress()

    def tell(self, progress: Progress) -> None:
        """Write down how far it is."""
        files.write_json(self.file("progress"), dataclasses.asdict(progress))

    def cancel(self) -> None:
        """Ask for an end; what was found until then is kept."""
        if self.path.exists():
            self.file("cancel").touch()

    @property
    def cancelled(self) -> bool:
        """Whether the user wants it no more."""
        return self.file("cancel").exists()

    def delete(self) -> None:
        """Move the record to the trash in the folder of runs, and remove all else.

        Raises:
            MeasurementError: if it is still at work.
        """
        if self.locked():
            raise MeasurementError("this measurement is still at work: cancel it first")
        if self.exists():
            self.move_to_trash(self.path.parent.parent, f"measurement-{self.path.name}")
        self.tidy()

    def tidy(self) -> None:
        """Remove what is of use only while it is at work; a log that says something stays."""
        for name in _TEMPORARY:
            path = self.file(name)
            if name == "log" and self.exists() and _size(path):
                continue
            with contextlib.suppress(OSError):  # Windows keeps what another process has open
                path.unlink(missing_ok=True)


def measurements_dir() -> Path:
    """Return the folder that holds the measurements, beside the runs."""
    return runs_dir() / "measurements"


def measuring_lock() -> FileLock:
    """Return the lock that whoever measures holds: one measurement at a time on a machine.

    Each user has one, since systems keep users from opening each other's files in a folder that
    they share.
    """
    lock_dir().mkdir(parents=True, exist_ok=True)
    getter: Any = getattr(os, "getuid", None)  # Windows has none, and a folder for each user
    user = f"-{getter()}" if getter else ""
    return FileLock(lock_dir() / f"cnnviz-measuring{user}.lock")


def measurements() -> list[Measurement]:
    """Return all measurements that this version can read, newest first."""
    return jobs.list_jobs(Measurement, measurements_dir())


def measurement_records() -> list[tuple[Measurement, MeasurementRecord]]:
    """Return all measurements that this version can read with what they hold, newest first.

    One that is deleted meanwhile is left out.
    """
    found = []
    for each in measurements():
        with contextlib.suppress(MeasurementError):
            found.append((each, each.recorded()))
    return found


def find_measurement(key: str) -> Measurement:
    """Return the measurement of that id.

    Raises:
        MeasurementError: if there is none; anything but a generated id is refused unread.
    """
    return jobs.find_job(Measurement, measurements_dir(), key)


def create_measurement(plan: Plan) -> Measurement:
    """Make the file of a new measurement.

    Raises:
        MeasurementError: if something else stands where its folder belongs.
        OSError: if it cannot be written.
    """
    try:
        measurements_dir().mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise MeasurementError(
            f"{measurements_dir()} must be a folder and something else is there: move that away"
        ) from error
    made = Measurement(jobs.new_path(Measurement, measurements_dir()))
    made.write(MeasurementRecord(plan))
    return made


def launch_measurement(plan: Plan) -> Measurement:
    """Make a measurement and start the process that carries it out.

    Raises:
        MeasurementError: if the process does not start, or its folder cannot be.
        OSError: if the disk refuses.
    """
    made = create_measurement(plan)
    process = spawn("cnnviz.benchmark.process", made.id, output=made.file("log"))
    deadline = time.monotonic() + _START_TIMEOUT
    while not made.locked() and made.recorded().state in LIVE:
        if process.poll() is not None or time.monotonic() > deadline:
            raise MeasurementError(f"the measuring process did not start: see {made.id}.log")
        time.sleep(0.01)
    return made


@functools.lru_cache(maxsize=256)
def _parsed(path: Path, stamp: files.Stamp) -> MeasurementRecord:
    """Return what a file holds; its stamp changes with it, pages look twice a second."""
    del stamp
    return files.read_record(path, MeasurementRecord)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def available_cores() -> int:
    """Return the cores that this process may use, as the system counts them."""
    mine: Any = getattr(os, "sched_getaffinity", None)  # Linux
    return len(mine(0)) if mine else os.cpu_count() or 1


def load_average() -> float | None:
    """Return how many processes wanted a core in the last minute, on average, if it is known."""
    getter: Any = getattr(os, "getloadavg", None)  # Windows has none
    return float(getter()[0]) if getter else None
