"""What is known of each job in a folder, read again only for the jobs that have changed.

A page looks at all jobs at each rerun, and there may be thousands. An index costs one `stat` for
each: the time of a folder changes with every file that is created, deleted or replaced in it, and
all records are replaced. Within `SETTLING_SECONDS` of a change the job is read at each look, since
a second change within one tick of the clock, or one in place, would leave the time as it is.

An index lives in memory and is no record: it is rebuilt from the files when the server starts.
"""

import os
import stat
import threading
import time
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

SETTLING_SECONDS = 10.0

Entry = TypeVar("Entry")
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Read(Generic[Entry]):
    """An entry, the stamp of the files it was read from, and whether that stamp suffices."""

    stamp: _Stamp
    settled: bool
    entry: Entry | None


class JobIndex(Generic[Entry]):
    """Entries of the jobs in one folder, for all threads.

    It has as many entries as the folder has jobs, so that none is dropped and read again at the
    next look.
    """

    def __init__(
        self, read: Callable[[Path], Entry | None], *, is_job: Callable[[str], bool]
    ) -> None:
        """Create an empty index.

        Args:
            read: returns the entry of the job with a path; None leaves the job out. It must not
                use the index.
            is_job: tells whether a file name is that of a job.
        """
        self._read, self._is_job = read, is_job
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._known: dict[str, _Read[Entry]] = {}  # by file name

    def entries(self, folder: Path) -> list[Entry]:
        """Return the entries of the jobs in a folder, newest first."""
        with self._lock:
            before = self._known if folder == self._folder else {}
            now = time.time_ns()
            stamps = sorted(self._stamps(folder, before), reverse=True)
            self._known = {
                name: known
                if (known := before.get(name)) and known.settled and known.stamp == stamp
                else self._read_anew(folder / name, stamp, now)
                for name, stamp in stamps
            }
            self._folder = folder
            return [read.entry for read in self._known.values() if read.entry is not None]

    def _read_anew(self, path: Path, stamp: _Stamp, now: int) -> _Read[Entry]:
        settled = now - stamp[1] > SETTLING_SECONDS * 1e9  # also if the clock was set back
        return _Read(stamp, settled, self._read(path))

    def _stamps(self, folder: Path, known: Container[str]) -> Iterator[tuple[str, _Stamp]]:
        """Yield name and stamp of each job; a link, which could lead out of the folder, is none."""
        try:
            names = os.listdir(folder)  # noqa: PTH208 - without a path object for each name
        except (FileNotFoundError, NotADirectoryError):
            return
        root = os.path.join(folder, "")  # noqa: PTH118
        for name in names:
            if name not in known and not self._is_job(name):
                continue
            try:
                status = os.lstat(root + name)
            except FileNotFoundError:  # deleted since it was listed
                continue
            if not stat.S_ISLNK(status.st_mode):
                yield name, (status.st_ino, status.st_mtime_ns, status.st_size)
