"""The machine's places to train in: who has one, and who waits."""

import contextlib
import os
import time
from collections.abc import Callable

from filelock import FileLock, Timeout

from cnnviz.training.runs.store import Run, runs

_POLL = 0.02  # seconds between two looks at what the user wants, while there is nothing to do


class Slot:
    """One of the machine's places to train in; given up while a run is paused."""

    def __init__(self, run: Run, wanted: Callable[[], bool] | None = None) -> None:
        """Name the run that waits for a place, and what tells whether it still wants one."""
        self._run = run
        self._wanted = wanted or (lambda: run.control().want != "stop")
        self._lock: FileLock | None = None

    def acquire(self) -> None:
        """Wait until it is this run's turn, or until the user stops it."""
        while self._wanted():
            if not _older_ones_wait(self._run) and self._take_any():
                return
            time.sleep(_POLL * 5)

    def release(self) -> None:
        """Let another run train."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _take_any(self) -> bool:
        for number in range(slot_count()):
            lock = FileLock(self._run.path.parent / f".slot-{number}.lock", timeout=0)
            with contextlib.suppress(Timeout):
                lock.acquire()
                self._lock = lock
                return True
        return False


def slot_count() -> int:
    """Return how many runs may train at once: one for every four cores, at least one."""
    return max(1, (os.cpu_count() or 1) // 4)


def _older_ones_wait(run: Run) -> bool:
    older = (other for other in runs() if other.id < run.id)
    return any(o.recorded_status().state == "queued" and o.status().live for o in older)
