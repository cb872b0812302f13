"""Job queue: a few training slots for the whole machine; the oldest waiting run is next."""

import contextlib
import os
import time
from collections.abc import Callable

from filelock import FileLock, Timeout

from cnnviz.training.runs.store import Run, runs

_POLL = 0.1  # seconds between two attempts to take a slot


class Slot:
    """Slot of a run, which is released while the run is paused.

    Args:
        run: that waits for a slot.
        wanted: whether the run still wants one; by default, until the user stops it.
    """

    def __init__(self, run: Run, wanted: Callable[[], bool] | None = None) -> None:
        """Begin without a slot."""
        self._run = run
        self._wanted = wanted or (lambda: run.control().want != "stop")
        self._lock: FileLock | None = None

    def acquire(self) -> None:
        """Wait until the run has a slot or no longer wants one."""
        while self._wanted():
            if not _older_run_waits(self._run) and self._try_slots():
                return
            time.sleep(_POLL)

    def release(self) -> None:
        """Leave the slot to another run."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _try_slots(self) -> bool:
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


def _older_run_waits(run: Run) -> bool:
    older = (other for other in runs() if other.id < run.id)
    return any(o.recorded_status().state == "queued" and o.status().live for o in older)
