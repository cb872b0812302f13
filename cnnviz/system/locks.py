"""File locks as proof of life: the system releases one when its holder ends, however it ends."""

from pathlib import Path

from filelock import FileLock, Timeout

PROBE_PATIENCE = 2.0  # seconds to wait for a lock: a reader probing it has it for a moment


def held(path: Path, *, patience: float = 0.0) -> bool:
    """Tell whether another holder keeps the lock of that path for at least `patience` seconds.

    A lock file that does not exist is not created.
    """
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=patience, poll_interval=0.01):
            return False
    except Timeout:
        return True
