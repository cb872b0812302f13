"""The process behind a run: `python -m cnnviz.worker FOLDER`, or `--spare` to wait for one.

The folder may be that of a race: `cnnviz.racing` then has several runs take turns in this process.

It holds the run's lock from its first moment to its last, waits its turn, trains, and writes down
what happens. A second process on the same run finds the lock taken and leaves.
"""

import contextlib
import errno
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from cnnviz.race import Race, is_race
from cnnviz.records import RunError, Status
from cnnviz.runs import Run, runs

if TYPE_CHECKING:
    from cnnviz.engine import Event

NICE = 10  # the page and its answers come first
_POLL = 0.02  # seconds between two looks at what the user wants, while there is nothing to do
FAILURES = (ValueError, RuntimeError, OSError, MemoryError)  # that end a run with a sentence
_NO_MEMORY = ("not enough memory", "out of memory", "can't allocate memory")  # Windows, GPU, Linux

Observer = Callable[["Event"], None]


def execute(run: Run, observe: Observer | None = None) -> Status:
    """Train a run to its end, or to where the user stops it, and return its last status.

    Args:
        run: made by `cnnviz.runs.create`, or stopped earlier: it is then gone on with.
        observe: called with every event, after it has been written down.

    Raises:
        RunError: if another process is at work on the run.
    """
    try:
        with FileLock(run.path / "lock", timeout=2):  # a reader may be probing it right now
            return _train(run, observe)
    except Timeout:
        raise RunError(f"{run.title()} is already training") from None


def _train(run: Run, observe: Observer | None) -> Status:
    try:
        run.write_status(replace(run.recorded_status(), state="queued", message=""))
        with _turn(run) as slot:
            if run.control().want == "stop":
                return end(run, "stopped")
            from cnnviz.session import Session  # PyTorch: only once it is this run's turn

            return Session(run, slot, observe).train()
    except FAILURES as error:
        return fail(run, error)


def fail(run: Run, error: BaseException) -> Status:
    """End a run for that reason, which the log has in full; call it where it is caught."""
    status = end(run, "failed", sentence(error))
    with contextlib.suppress(OSError):  # the log may be what does not fit on the disk
        traceback.print_exc()
    return status


def end(run: Run, state: str, message: str = "") -> Status:
    """Write down that the run is in that state now; for the holder of its lock."""
    status = replace(run.recorded_status(), state=state, message=message)
    with contextlib.suppress(OSError):  # not even this fits: the run will read as interrupted
        run.write_status(status)
    return status


def sentence(error: BaseException) -> str:
    """Return an error as one sentence for the person at the screen."""
    text = str(error).strip().splitlines()
    first = text[0] if text else type(error).__name__
    if isinstance(error, MemoryError) or any(words in first for words in _NO_MEMORY):
        return "There was not enough memory: choose a smaller batch or a smaller network."
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
        where = f" {error.filename}" if error.filename else ""
        return (
            "The disk is full: make room, then go on with the run."
            if full
            else f"The disk refused{where}: {error.strerror or first}."
        )
    return first


class Slot:
    """One of the machine's places to train in; given up while a run is paused."""

    def __init__(self, run: Run, wanted: Callable[[], bool] | None = None) -> None:
        """Name the run that waits for a place, and what tells whether it still wants one."""
        self._run = run
        self._wanted = wanted or (lambda: run.control().want != "stop")
        self._lock: FileLock | None = None

    def take(self) -> None:
        """Wait until it is this run's turn, or until the user stops it."""
        while self._wanted():
            if not _older_ones_wait(self._run) and self._take_any():
                return
            time.sleep(_POLL * 5)

    def give_back(self) -> None:
        """Let another run train."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _take_any(self) -> bool:
        for number in range(slots()):
            lock = FileLock(self._run.path.parent / f".slot-{number}.lock", timeout=0)
            with contextlib.suppress(Timeout):
                lock.acquire()
                self._lock = lock
                return True
        return False


@contextlib.contextmanager
def _turn(run: Run) -> Iterator[Slot]:
    slot = Slot(run)
    slot.take()
    try:
        yield slot
    finally:
        slot.give_back()


def slots() -> int:
    """Return how many runs may train at once: one for every four cores, at least one."""
    return max(1, (os.cpu_count() or 1) // 4)


def _older_ones_wait(run: Run) -> bool:
    older = (other for other in runs() if other.id < run.id)
    return any(o.recorded_status().state == "queued" and o.status().live for o in older)


def _wait_for_work() -> Path | None:
    """Import what a training needs, then read the folder of a run or race from standard input."""
    from cnnviz.session import rehearse

    rehearse()
    line = sys.stdin.readline().strip()  # empty when the server has gone
    return Path(line) if line else None


def _stop_on_signal(work: Run | Race) -> None:
    """Turn a polite request to end into a stop, which saves a checkpoint."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        work.request("stop")

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on the server is not for the trainer


def main() -> None:
    """Train the run or the race named on the command line, or that arrives on standard input."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    argument = sys.argv[1]
    path = _wait_for_work() if argument == "--spare" else Path(argument)
    if path is None:
        return
    log = os.open(path / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    with contextlib.suppress(RunError):  # somebody else was quicker
        if is_race(path):
            from cnnviz import racing  # it builds on this module

            _stop_on_signal(Race(path))
            racing.execute(Race(path))
        else:
            _stop_on_signal(Run(path))
            execute(Run(path))


if __name__ == "__main__":
    main()
