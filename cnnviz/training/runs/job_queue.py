"""Job queue: a few training slots for a folder of runs; who has waited longest is next."""

import time
from collections.abc import Callable
from pathlib import Path

from cnnviz.system.arrivals import ArrivalQueue
from cnnviz.system.cores import slot_count
from cnnviz.system.locks import SharedLock
from cnnviz.training.runs.store import Run

_POLL = 0.1  # seconds between two attempts to take a slot
_QUEUE = ".queue"  # folder of the waiting processes, in the folder of the runs


class Slot:
    """Slot of a run, which is released while the run is paused.

    Args:
        run: that waits for a slot.
        wanted: whether the run still wants one; by default, until the user stops it.
    """

    def __init__(self, run: Run, wanted: Callable[[], bool] | None = None) -> None:
        """Begin without a slot."""
        self._folder = run.path.parent
        self._wanted = wanted or (lambda: run.control().want != "stop")
        self._queue = ArrivalQueue(self._folder / _QUEUE)
        self._lock: SharedLock | None = None

    def acquire(self) -> None:
        """Wait until the run has a slot or no longer wants one."""
        while self._wanted():
            if self.try_acquire():
                return
            time.sleep(_POLL)
        self._queue.leave()

    def try_acquire(self) -> bool:
        """Take a slot if it is the run's turn, and return whether it has one.

        The run waits in the queue from the first attempt on, until it has a slot or `release`.

        Raises:
            OSError: if the folder of runs cannot be written.
        """
        if self._lock is not None:
            return True
        self._queue.join()
        if self._queue.ahead() or not self._try_slots():
            return False
        self._queue.leave()
        return True

    def release(self) -> None:
        """Leave the slot to another run, and the queue if the run waits in it."""
        self._queue.leave()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _try_slots(self) -> bool:
        for number in range(slot_count()):
            lock = SharedLock(slot_path(self._folder, number))
            if lock.try_acquire():
                self._lock = lock
                return True
        return False


def slot_path(folder: Path, number: int) -> Path:
    """Return the lock file of a slot in a folder of runs."""
    return folder / f".slot-{number}.lock"
