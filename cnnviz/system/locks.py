"""File locks that show whether a process is alive: the system releases them when it ends."""

import hashlib
from pathlib import Path

from filelock import FileLock, Timeout

from cnnviz.system.paths import lock_dir

PROBE_PATIENCE = 2.0  # seconds to wait for a lock, which a probing reader holds for a moment


def held(path: Path, *, patience: float = 0.0) -> bool:
    """Tell whether another process holds a lock for at least `patience` seconds.

    A lock file that does not exist is not created.
    """
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=patience, poll_interval=0.01):
            return False
    except Timeout:
        return True


def download_lock(target: Path) -> FileLock:
    """Return the lock of whoever downloads a file or folder; acquiring it does not wait."""
    name = hashlib.sha256(str(target.resolve()).encode()).hexdigest()[:16]
    # a generator that is given up may be closed by another thread
    return FileLock(lock_dir() / f"cnnviz-download-{name}.lock", timeout=0, thread_local=False)
