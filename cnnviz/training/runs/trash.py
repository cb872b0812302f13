"""Runs in the trash, and their way back."""

from pathlib import Path

from cnnviz.system import jobs
from cnnviz.system.paths import runs_dir
from cnnviz.training.runs.folder_lock import runs_lock
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run


def in_trash(key: str) -> bool:
    """Tell whether the run with an id has been deleted and can be restored."""
    return jobs.is_id(key) and _trashed(key).is_dir()


def restore_run(key: str) -> Run:
    """Move a run from the trash back to the other runs, and return it.

    Raises:
        RunError: if it is not in the trash; anything but a generated id is refused.
        OSError: if it cannot be moved.
    """
    run = Run(runs_dir() / key)
    with runs_lock():
        if not in_trash(key) or run.path.exists():
            raise RunError(f"run must be in the trash, got {key!r}")
        _trashed(key).rename(run.path)
    return run


def _trashed(key: str) -> Path:
    return runs_dir() / jobs.TRASH / key
