"""The trainer process: `python -m cnnviz.training.worker FOLDER`, or `--spare` to wait for one.

The folder may be that of a race: `cnnviz.training.race.process` then trains several runs
in turns in this process.

It holds the run's lock from its first moment to its last, waits its turn, trains, and writes down
what happens. A second process on the same run finds the lock taken and leaves.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import Timeout

from cnnviz.training.race.race import Race, is_race
from cnnviz.training.runs.failures import RUN_ERRORS, end_run, fail_run
from cnnviz.training.runs.job_queue import Slot
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run

if TYPE_CHECKING:
    from cnnviz.training.engine.events import Event

NICE = 10  # the page and its answers come first

Observer = Callable[["Event"], None]


def execute_run(run: Run, observe: Observer | None = None) -> Status:
    """Train a run to its end, or to where the user stops it, and return its last status.

    Args:
        run: made by `cnnviz.training.runs.store.create_run`, or stopped earlier and now resumed.
        observe: called with every event, after it has been written down.

    Raises:
        RunError: if another process is at work on the run.
    """
    try:
        with run.lock():
            return _train(run, observe)
    except Timeout:
        raise RunError(f"{run.title()} is already training") from None


def _train(run: Run, observe: Observer | None) -> Status:
    try:
        run.write_status(replace(run.recorded_status(), state="queued", message=""))
        with _turn(run) as slot:
            if run.control().want == "stop":
                return end_run(run, "stopped")
            from cnnviz.training.runs.session import (
                Session,  # PyTorch: only once it is this run's turn
            )

            return Session(run, slot, observe).train()
    except RUN_ERRORS as error:
        return fail_run(run, error)


@contextlib.contextmanager
def _turn(run: Run) -> Iterator[Slot]:
    slot = Slot(run)
    slot.acquire()
    try:
        yield slot
    finally:
        slot.release()


def _wait_for_work() -> Path | None:
    """Import what a training needs, then read the folder of a run or race from standard input."""
    from cnnviz.training.engine.setup import warm_up

    warm_up()
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
            from cnnviz.training.race import process

            _stop_on_signal(Race(path))
            process.execute_race(Race(path))
        else:
            _stop_on_signal(Run(path))
            execute_run(Run(path))


if __name__ == "__main__":
    main()
