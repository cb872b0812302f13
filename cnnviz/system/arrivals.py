"""Queue in a folder: one locked file for each waiting process, numbered in the order of arrival.

Who waits holds the lock of its own file; one that is killed is no longer in the queue. A process
looks only at the files of those before it, however many jobs there are.
"""

import contextlib
import secrets
from pathlib import Path

from filelock import FileLock

from cnnviz.system import files, locks


class ArrivalQueue:
    """Place of this process in the queue of a folder.

    Args:
        folder: with the files of the queue; it is created when needed.
    """

    def __init__(self, folder: Path) -> None:
        """Begin outside the queue."""
        self._folder = folder
        self._place: Path | None = None
        self._lock: FileLock | None = None

    def join(self) -> None:
        """Join the end of the queue, unless this process is in it.

        Raises:
            OSError: if the folder cannot be written.
        """
        if self._place is not None and files.stamp(self._place) != files.MISSING:
            return
        self.leave()
        self._folder.mkdir(parents=True, exist_ok=True)
        # two that arrive at once may get the same number: the random part decides
        number = max((int(name.partition("-")[0]) for name in self._names()), default=0) + 1
        self._place = self._folder / f"{number:012d}-{secrets.token_hex(4)}"
        self._lock = FileLock(self._place, thread_local=False)
        self._lock.acquire()

    def leave(self) -> None:
        """Leave the queue, if this process is in it."""
        if self._place is not None and self._lock is not None:
            self._lock.release()
            with contextlib.suppress(OSError):  # the folder may have been removed
                self._place.unlink(missing_ok=True)
        self._place = self._lock = None

    def ahead(self) -> int:
        """Return how many processes have waited longer; files of those that died are removed."""
        if self._place is None:
            return 0
        before = [self._folder / name for name in self._names() if name < self._place.name]
        return sum(map(_waits, before))

    def length(self) -> int:
        """Return how many processes wait."""
        return sum(_waits(self._folder / name) for name in self._names())

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        names = (path.name for path in self._folder.iterdir())
        return sorted(name for name in names if name.partition("-")[0].isdecimal())


def _waits(place: Path) -> bool:
    """Tell whether the process of a place lives; remove the place of one that died."""
    if locks.probe(place):
        return True
    with contextlib.suppress(OSError):  # of another user
        place.unlink(missing_ok=True)
    return False
