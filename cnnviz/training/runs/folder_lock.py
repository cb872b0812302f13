"""Lock of the folder of runs, under which a run is started, deleted or restored.

Neither PyTorch nor Streamlit is imported here.
"""

import contextlib
import threading
from collections.abc import Iterator

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
