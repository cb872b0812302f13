"""Trainer process: `python -m cnnviz.training.worker FOLDER`, or `--spare` to wait for a folder.

The folder is that of a run, or of a race, whose runs `cnnviz.training.race.process` trains in time
slices.

The process holds the run's lock from beginning to end, waits for a training slot, trains, and
records the run. A second process on the same run finds the lock held and ends.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import Timeout

from cnnviz.training.race.race import Race, is_race
from cnnviz.training.runs.failures import end_run, fail_run
from cnnviz.training.runs.job_queue import Slot
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run

if TYPE_CHECKING:
    from cnnviz.training.engine.events import Event

NICE = 10  # lowers the priority, since pages need latency

Observer = Callable[["Event"], None]


def execute_run(
    run: Run,
    observe: Observer | None = None,
    *,
    claims: contextlib.ExitStack | None = None,
) -> Status:
    """Train a run until it ends or the user stops it, and return its last status.

    Args:
        run: new, or to be resumed.
        observe: called with every event after it has been recorded.
        claims: that hold the run's launch lock, closed once this process holds the run's lock.

    Raises:
        RunError: if another process trains the run.
    """
    try:
        with run.lock():
            if claims:
                claims.close()
            return _train(run, observe)
    except Timeout:
        raise RunError(f"{run.title()} is already training") from None


def _train(run: Run, observe: Observer | None) -> Status:
    try:
        run.change_state("queued")
        with _training_slot(run) as slot:
            if run.control().want == "stop":
                return end_run(run, "stopped")
            if run.upload():
                from cnnviz.training.runs.uploads import evaluate_upload  # imports PyTorch

                return evaluate_upload(run)
            from cnnviz.training.runs.session import Session  # imports PyTorch

            return Session(run, slot, observe).train()
    except Exception as error:  # noqa: BLE001 - whatever it is, the user reads it on the page
        return fail_run(run, error)


@contextlib.contextmanager
def _training_slot(run: Run) -> Iterator[Slot]:
    slot = Slot(run)
    slot.acquire()
    try:
        yield slot
    finally:
        slot.release()


def _wait_for_work() -> Path | None:
    """Warm up, then return the folder from standard input; None if the server has ended."""
    from cnnviz.training.engine.setup import warm_up

    warm_up()
    line = sys.stdin.readline().strip()  # empty at the end of input
    return Path(line) if line else None


def _stop_on_signal(work: Run | Race) -> None:
    """Have SIGTERM stop the training with a checkpoint."""

    def stop(signum: int, frame: object) -> None:
        del signum, frame
        # not here: this thread may hold the lock under which requests are written
        threading.Thread(target=work.request, args=("stop",)).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the server


def main() -> None:
    """Train the run or race whose folder is the argument, or comes on standard input."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    argument = sys.argv[1]
    path = _wait_for_work() if argument == "--spare" else Path(argument)
    if path is None:
        return
    log = os.open(path / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    work: Race | Run = Race(path) if is_race(path) else Run(path)
    _stop_on_signal(work)
    try:
        _execute(work)
    except RunError:  # another process was faster
        return
    except Exception as error:  # before or after the training itself
        _fail_queued(work.present() if isinstance(work, Race) else [work], error)
        raise


def _execute(work: Run | Race) -> None:
    if isinstance(work, Race):
        from cnnviz.training.race import process

        process.execute_race(work)
    else:
        execute_run(work)


def _fail_queued(runs: list[Run], error: Exception) -> None:
    """Have runs fail that wait for this process and that no other one trains."""
    for run in filter(Run.exists, runs):  # a lock would create a deleted folder again
        with contextlib.suppress(Timeout, OSError), run.lock():
            if run.recorded_status().live:
                fail_run(run, error)


if __name__ == "__main__":
    main()
