"""Locks of the folder of runs and of a run's folder, which must not be deleted meanwhile.

Neither PyTorch nor Streamlit is imported here.
"""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from cnnviz.system.locks import SharedLock
from cnnviz.system.paths import runs_dir
from cnnviz.training.runs.records import RunError

_LOCK = ".admission.lock"  # in the folder of the runs
_PATIENCE = 30.0  # seconds to wait for others, each of which takes milliseconds
_nested = threading.local()  # `folder`: whose lock this thread holds


@contextlib.contextmanager
def runs_lock() -> Iterator[None]:
    """Hold the lock under which runs are started, deleted and restored; a thread may nest it.

    Raises:
        RunError: if others hold it for too long.
        OSError: if the folder of runs cannot be written.
    """
    folder = runs_dir()
    if getattr(_nested, "folder", None) == folder:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    lock = SharedLock(folder / _LOCK)
    if not lock.acquire(_PATIENCE):
        raise RunError("many trainings are being started: try again in a minute")
    _nested.folder = folder
    try:
        yield
    finally:
        _nested.folder = None
        lock.release()


@contextlib.contextmanager
def lock_in_folder(path: Path, record: Path, *, timeout: float = -1.0) -> Iterator[None]:
    """Hold a lock in a job's folder, and leave no folder if the job has been deleted.

    Args:
        path: of the lock.
        record: file that the folder has from its creation on.
        timeout: seconds to wait; negative to wait until the lock is free.

    Raises:
        FileNotFoundError: if the job has been deleted.
        filelock.Timeout: if the lock is held for longer.
    """
    if not path.parent.exists():
        raise FileNotFoundError(path.parent)
    with FileLock(path, timeout=timeout, poll_interval=0.005):
        if not record.exists():  # deleted just now: `FileLock` has created the folder again
            with contextlib.suppress(OSError):  # on Windows, the lock is still open
                path.unlink()
                path.parent.rmdir()
            raise FileNotFoundError(path.parent)
        yield
