"""Jobs on disk: ids, locks, JSON records, listing and trash of runs, races and measurements.

A job is a folder, or a JSON file with further files of the same stem. Its id is the local time of
its creation and a random part, so that names sort by age:

    <root>/<folder of its kind>/<id>/...    or    <root>/<folder of its kind>/<id>.json, <id>.lock
    <root>/.trash/                          deleted jobs of all kinds

The process that works on a job holds its lock from beginning to end, and only it writes the
status. Neither PyTorch nor Streamlit is imported here.
"""

import logging
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from filelock import FileLock

from cnnviz.system import files
from cnnviz.system.job_index import JobIndex, JobListing
from cnnviz.system.locks import PROBE_PATIENCE, held

TRASH = ".trash"
FORMAT = 1  # of the records that this version writes; older ones have none
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
_SECOND = "%Y%m%d-%H%M%S"  # first part of an id
_LAST_PART = 0xFFFFFF  # the random part of an id
_PART_STEP = 4096  # at most between two ids of one second: thousands fit into it
_log = logging.getLogger(__name__)
_INDEXES: dict[type["Job"], JobIndex[Any]] = {}  # of `list_jobs`
_LISTINGS: dict[type["Job"], JobListing] = {}

_Job = TypeVar("_Job", bound="Job")
_Record = TypeVar("_Record")


class JobError(ValueError):
    """A job cannot be found, read, started or changed; the message says why."""


@dataclass(frozen=True)
class Job:
    """A job, by its folder or file.

    Attributes:
        noun: name of the kind in messages.
        error: to raise with those messages.
        record_file: name of the file that `check` reads.
        suffix: of the path, "" for a folder.
    """

    path: Path

    noun: ClassVar[str] = "job"
    error: ClassVar[type[JobError]] = JobError
    record_file: ClassVar[str] = "job.json"
    suffix: ClassVar[str] = ""

    @property
    def id(self) -> str:
        """The generated id."""
        return self.path.stem

    def file(self, name: str) -> Path:
        """Return the path of one of the job's files."""
        return self.path.with_suffix(f".{name}") if self.suffix else self.path / name

    def exists(self) -> bool:
        """Tell whether the job exists; it may still be unreadable."""
        return self.file(self.record_file).exists()

    def config(self) -> dict[str, Any]:
        """Return what the job was created with.

        Raises:
            JobError: if it cannot be read.
        """
        return self.read_record(self.record_file, dict)

    def check(self) -> None:
        """Check what the job was created with.

        Raises:
            KeyError, TypeError, ValueError: if it is damaged or of another version.
        """

    def readable(self) -> bool:
        """Tell whether `check` passes; the result is cached until its file changes."""
        stamp = files.stamp(self.file(self.record_file))
        return stamp != files.MISSING and _readable(self, stamp)

    def locked(self) -> bool:
        """Tell whether a process works on the job."""
        return held(self.file("lock"))

    def lock(self) -> FileLock:
        """Return the lock for the process that works on the job."""
        return FileLock(self.file("lock"), timeout=PROBE_PATIENCE)

    def read_record(self, name: str, kind: type[_Record]) -> _Record:
        """Return one of the job's JSON files as a dataclass or another annotated type.

        Raises:
            JobError: if it cannot be read, or is not of that type.
        """
        try:
            return files.read_record(self.file(name), kind)
        except (OSError, ValueError) as error:
            raise self.unreadable(name) from error

    def unreadable(self, name: str) -> JobError:
        """Return the error for a file that cannot be read."""
        return self.error(f"{name} of {self.noun} {self.id} cannot be read")

    def incompatible(self) -> JobError:
        """Return the error for a job that does not pass `check`."""
        return self.error(
            f"{self.noun} {self.id} was made by another version of cnnviz, or is damaged"
        )

    def move_to_trash(self, root: Path, name: str) -> Path:
        """Move the job to the trash of a folder, and return its new path."""
        trash = root / TRASH
        trash.mkdir(exist_ok=True)
        return Path(shutil.move(self.path, trash / name))


def new_path(kind: type[Job], folder: Path) -> Path:
    """Return the path of a new job, with an id after those of the jobs in the folder.

    Where the clock has been set back, the id has the time of the newest job, or the next second.
    """
    now = time.strftime(_SECOND)
    newest = _newest_id(kind, folder)
    if newest < now:
        return folder / f"{now}-{secrets.token_hex(3)}{kind.suffix}"
    second, part = newest[:15], int(newest[16:], 16) + 1 + secrets.randbelow(_PART_STEP)
    if part > _LAST_PART:
        second, part = _next_second(second), secrets.randbelow(_PART_STEP)
    if not second:
        raise kind.error(f"id of a {kind.noun} must be a time, got {newest}")
    return folder / f"{second}-{part:06x}{kind.suffix}"


def _next_second(second: str) -> str:
    """Return the first part of an id one second later; empty if that is no time."""
    try:
        return format(datetime.strptime(second, _SECOND) + timedelta(seconds=1), _SECOND)
    except (ValueError, OverflowError):  # made by hand
        return ""


def _newest_id(kind: type[Job], folder: Path) -> str:
    """Return the last id in a folder; empty if there is none."""
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return max(
        (name.removesuffix(kind.suffix) for name in names if is_name(kind, name)), default=""
    )


def check_format(record: Mapping[str, Any]) -> None:
    """Check that this version or an older one has written a record.

    Raises:
        ValueError: if a newer version has.
    """
    number = record.get("format", FORMAT)
    if not isinstance(number, int) or number > FORMAT:
        raise ValueError(
            f"format must be at most {FORMAT}, got {number!r}: a newer version of cnnviz wrote this"
        )


def timestamp() -> str:
    """Return the local time with its offset from UTC, in ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def is_id(text: str) -> bool:
    """Tell whether a text is a generated id; only those become part of a path."""
    return _ID.fullmatch(text) is not None


def start_time(key: str) -> str:
    """Return the time in a generated id, "12:03:05 on 2 Jan"; empty for another text."""
    if not is_id(key):
        return ""
    month, day = int(key[4:6]), int(key[6:8])
    hour, minute, second = key[9:11], key[11:13], key[13:15]
    try:  # strptime takes ten times as long, and menus have thousands of runs
        datetime(int(key[:4]), month, day, int(hour), int(minute), int(second))
    except ValueError:  # made by hand: no such month or hour
        return ""
    return f"{hour}:{minute}:{second} on {day} {_MONTHS[month - 1]}"


def list_jobs(kind: type[_Job], folder: Path) -> list[_Job]:
    """Return the jobs of a kind that this version can read, newest first.

    Why a job cannot be read is logged once.
    """
    if kind not in _INDEXES:
        _INDEXES.setdefault(kind, JobIndex(partial(_listed, kind), listing(kind)))
    index: JobIndex[_Job] = _INDEXES[kind]
    return index.entries(folder)


def listing(kind: type[Job]) -> JobListing:
    """Return the listing of a kind, which all its indexes share."""
    return _LISTINGS.setdefault(kind, JobListing(partial(is_name, kind)))


def is_name(kind: type[Job], name: str) -> bool:
    """Tell whether a file name is that of a job of a kind."""
    return name.endswith(kind.suffix) and is_id(name.removesuffix(kind.suffix))


def _listed(kind: type[_Job], path: Path) -> _Job | None:
    job = kind(path)
    return job if job.exists() and job.readable() else None


def find_job(kind: type[_Job], folder: Path, key: str) -> _Job:
    """Return the job with an id.

    Raises:
        JobError: if there is none, or it cannot be read; anything but a generated id is refused
            unread.
    """
    job = kind(folder / f"{key}{kind.suffix}") if is_id(key) else None
    if job is None or not _present(job):
        raise kind.error(f"{kind.noun} must exist, got {key!r}: it may have been deleted")
    if not job.readable():
        raise job.incompatible()
    return job


def _present(job: Job) -> bool:
    """Tell whether the job exists and is no link, which could lead out of the folder."""
    return not job.path.is_symlink() and job.exists()


@lru_cache(maxsize=4096)  # 4 MiB when full, at paths of 260 characters
def _readable(job: Job, stamp: files.Stamp) -> bool:
    del stamp  # part of the cache key, so that a changed file is checked again
    try:
        job.check()
    except (KeyError, TypeError, ValueError) as error:
        reason = error.__cause__ or error
        _log.warning("skipping %s %s: %s: %s", job.noun, job.id, type(reason).__name__, reason)
        return False
    return True
