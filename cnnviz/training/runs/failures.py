"""How a training ends, and what a failure is called: one sentence for the person at the screen."""

import contextlib
import errno
import traceback
from dataclasses import replace

from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

RUN_ERRORS = (ValueError, RuntimeError, OSError, MemoryError)  # that end a run with a sentence
_NO_MEMORY = ("not enough memory", "out of memory", "can't allocate memory")  # Windows, GPU, Linux


def fail_run(run: Run, error: BaseException) -> Status:
    """End a run for that reason, which the log has in full; call it where it is caught."""
    status = end_run(run, "failed", error_message(error))
    with contextlib.suppress(OSError):  # the log may be what does not fit on the disk
        traceback.print_exc()
    return status


def end_run(run: Run, state: str, message: str = "") -> Status:
    """Write down that the run is in that state now; for the holder of its lock."""
    status = replace(run.recorded_status(), state=state, message=message)
    with contextlib.suppress(OSError):  # not even this fits: the run will read as interrupted
        run.write_status(status)
    return status


def error_message(error: BaseException) -> str:
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
