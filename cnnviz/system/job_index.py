"""What is known of each job in a folder, read again only for the jobs that have changed.

A page looks at all jobs at each rerun, and there may be thousands. A listing costs one `stat` for
each: the time of a folder changes with every file that is created, deleted or replaced in it, and
all records are replaced. Within `SETTLING_SECONDS` of a change the job is read at each look, since
a second change within one tick of the clock, or one in place, would leave the time as it is.

All indexes of one kind of job share a listing, and after `share_listings` one listing serves all
looks of a rerun. Both live in memory and are no record: they are rebuilt from the files when the
server starts.
"""

import os
import stat
import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from cnnviz.system import files

SETTLING_SECONDS = 10.0
SHARED_SECONDS = 1.0  # for which a listing may serve the looks of one rerun

Entry = TypeVar("Entry")
_Stamp = tuple[int, int, int]
Stamps = Sequence[tuple[str, _Stamp]]  # of files by name


@dataclass(frozen=True, slots=True)
class _Taken:
    """A listing, and what must be unchanged for it to serve another look."""

    stamps: Stamps
    folder_changed: files.Stamp
    writes: int
    time: float  # seconds

    def current(self, folder: Path) -> bool:
        """Tell whether it is recent, and neither the folder nor a file of this process is newer."""
        return (
            time.monotonic() - self.time < SHARED_SECONDS
            and self.writes == files.writes()
            and self.folder_changed == files.stamp(folder)
        )


_SHARED: ContextVar[dict[tuple["JobListing", Path], _Taken] | None] = ContextVar(
    "shared_listings", default=None
)


def share_listings(*, renew: bool = True) -> None:
    """Let looks at a folder share one listing from now on, in this thread.

    It is renewed once it is a second old, this process has written a record, or a job has come or
    gone. What other processes write meanwhile is seen after the next call.

    Args:
        renew: begin anew, also if the thread shares a listing already.
    """
    if renew or _SHARED.get() is None:
        _SHARED.set({})


class JobListing:
    """Names of the jobs in a folder, and stamps that change with the jobs."""

    def __init__(self, is_job: Callable[[str], bool]) -> None:
        """Create a listing of the jobs whose file names `is_job` accepts."""
        self._is_job = is_job
        self._accepted: Container[str] = ()  # names, to be checked no second time

    def stamps(self, folder: Path) -> Stamps:
        """Return name and stamp of each job, newest first.

        After `share_listings` this is the same object until something changes.
        """
        shared = _SHARED.get()
        if shared is None:
            return self._take(folder)
        taken = shared.get((self, folder))
        if taken is None or not taken.current(folder):
            before = files.stamp(folder), files.writes(), time.monotonic()
            taken = shared[self, folder] = _Taken(self._take(folder), *before)
        return taken.stamps

    def _take(self, folder: Path) -> Stamps:
        stamps = sorted(self._read(folder), reverse=True)
        self._accepted = {name for name, _ in stamps}
        return stamps

    def _read(self, folder: Path) -> Iterator[tuple[str, _Stamp]]:
        """Yield name and stamp of each job; a link, which could lead out of the folder, is none."""
        try:
            names = os.listdir(folder)  # noqa: PTH208 - without a path object for each name
        except (FileNotFoundError, NotADirectoryError):
            return
        root, accepted = os.path.join(folder, ""), self._accepted  # noqa: PTH118
        for name in names:
            if name not in accepted and not self._is_job(name):
                continue
            try:
                status = os.lstat(root + name)
            except FileNotFoundError:  # deleted since it was listed
                continue
            if not stat.S_ISLNK(status.st_mode):
                yield name, (status.st_ino, status.st_mtime_ns, status.st_size)


@dataclass(frozen=True, slots=True)
class _Read(Generic[Entry]):
    """An entry, the stamp of the files it was read from, and whether that stamp suffices."""

    stamp: _Stamp
    settled: bool
    entry: Entry | None


@dataclass(slots=True)
class _Known(Generic[Entry]):
    """What an index knows of a folder.

    Attributes:
        folder: that was read.
        stamps: of its jobs.
        by_name: what was read of each job.
        entries: of the jobs that have one.
    """

    folder: Path
    stamps: Stamps
    by_name: dict[str, _Read[Entry]]
    entries: list[Entry] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the entries."""
        self.entries = [r.entry for r in self.by_name.values() if r.entry is not None]


class JobIndex(Generic[Entry]):
    """Entries of the jobs in one folder, for all threads.

    It has as many entries as the folder has jobs, so that none is dropped and read again at the
    next look.
    """

    def __init__(self, read: Callable[[Path], Entry | None], listing: JobListing) -> None:
        """Create an empty index.

        Args:
            read: returns the entry of the job with a path; None leaves the job out. It must not
                use the index.
            listing: of the jobs, which other indexes may share.
        """
        self._read, self._listing = read, listing
        self._lock = threading.Lock()
        self._known: _Known[Entry] | None = None

    def entries(self, folder: Path) -> list[Entry]:
        """Return the entries of the jobs in a folder, newest first."""
        with self._lock:
            now = time.time_ns()
            stamps = self._listing.stamps(folder)
            known = self._known if self._known and self._known.folder == folder else None
            if known is None or known.stamps is not stamps:
                before = known.by_name if known else {}
                by_name = {
                    name: read
                    if (read := before.get(name)) and read.settled and read.stamp == stamp
                    else self._read_anew(folder / name, stamp, now)
                    for name, stamp in stamps
                }
                known = self._known = _Known(folder, stamps, by_name)
            return list(known.entries)

    def _read_anew(self, path: Path, stamp: _Stamp, now: int) -> _Read[Entry]:
        settled = now - stamp[1] > SETTLING_SECONDS * 1e9  # also if the clock was set back
        return _Read(stamp, settled, self._read(path))
