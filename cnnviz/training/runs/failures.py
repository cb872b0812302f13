"""Map exceptions to the status of a run and to messages for the user."""

import contextlib
import errno
import os
import traceback
from dataclasses import replace
from pathlib import Path

from cnnviz.system import files
from cnnviz.system.paths import shown_path
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

DISK_FULL = "The disk is full: free some space, then resume the run."
FOLDER_GONE = "The folder of this run has been moved, deleted or replaced."
_EXPECTED = (ValueError, RuntimeError)  # whose message is written for the user
_NO_MEMORY = ("not enough memory", "out of memory", "can't allocate memory")  # Windows, GPU, Linux


def fail_run(run: Run, error: BaseException) -> Status:
    """Write the status of a run that failed, and print the traceback to its log.

    Args:
        run: whose lock this process holds.
        error: that ended it, expected or not.
    """
    with contextlib.suppress(OSError):  # the disk may be full
        traceback.print_exception(error)  # first: who reads the status looks for it
    message = error_message(error) if run.path.is_dir() else FOLDER_GONE
    return end_run(run, "failed", message)


def end_run(run: Run, state: str, message: str = "") -> Status:
    """Write and return the status with a new state; only the lock's holder may call this."""
    status = replace(run.recorded_status(), state=state, message=message)
    with contextlib.suppress(OSError):  # the run will show as interrupted
        try:
            run.write_status(status)
        except OSError:  # a full disk, or a read-only folder
            run.overwrite_status(status)
    return status


def error_message(error: BaseException) -> str:
    """Return the message of an error for the user, one line."""
    text = str(error).strip().splitlines()
    first = text[0] if text else type(error).__name__
    if isinstance(error, MemoryError) or any(words in first for words in _NO_MEMORY):
        return "There was not enough memory: choose a smaller batch or a smaller network."
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            return DISK_FULL
        path = Path(os.fsdecode(error.filename)) if error.filename else None
        file = shown_path(files.replaced_path(path)) if path else "a file"
        return f"Cannot access {file}: {error.strerror or first}."
    if isinstance(error, _EXPECTED) or not isinstance(error, Exception):
        return first
    return ": ".join(["Internal error", type(error).__name__, *text[:1]])
