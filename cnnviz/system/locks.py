"""File locks that show whether a process is alive: the system releases them when it ends."""

import contextlib
import errno
import hashlib
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

if sys.platform != "win32":  # Windows has none
    import fcntl

from cnnviz.system import paths

PROBE_PATIENCE = 2.0  # seconds to wait for a lock, which a probing reader holds for a moment
_POLL = 0.01  # seconds between two attempts


def held(path: Path, *, patience: float = 0.0) -> bool:
    """Tell whether another process holds a lock for at least `patience` seconds.

    A lock of which that cannot be told counts as held. One that does not exist is not created.
    """
    return probe(path, patience=patience) is not False


def probe(path: Path, *, patience: float = 0.0) -> bool | None:
    """Return whether a lock is held, as `held` does; None if the system does not tell.

    That is so for a lock file of another user that this one may not read, and on network file
    systems without locks.
    """
    if not path.exists():
        return False
    try:
        with lock_in_folder(path, timeout=patience):
            return False
    except Timeout:
        return True
    except FileNotFoundError:  # deleted meanwhile
        return False
    except PermissionError:  # a file of another user
        return _probe_unwritable(path, patience)
    except (OSError, NotImplementedError):  # ENOLCK, or no flock at all
        return None


@contextlib.contextmanager
def lock_in_folder(path: Path, *, timeout: float = math.inf) -> Iterator[None]:
    """Hold a lock as `FileLock` does, but without creating its folder, which may be deleted.

    Args:
        path: of the lock, which is created.
        timeout: seconds to wait for it.

    Raises:
        FileNotFoundError: if the folder does not exist.
        filelock.Timeout: if another process or thread holds the lock for longer.
        OSError: if the file cannot be opened, or its file system has no locks.
    """
    if sys.platform == "win32":  # no open file can be deleted there
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        with FileLock(path, timeout=-1 if timeout == math.inf else timeout):
            yield
        return
    deadline = time.monotonic() + timeout
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _try_flock(handle):
            if time.monotonic() >= deadline:
                raise Timeout(str(path))
            time.sleep(_POLL)
        yield
    finally:
        os.close(handle)


def _try_flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def download_lock(target: Path) -> FileLock:
    """Return the lock of whoever downloads a file or folder; acquiring it does not wait.

    Raises:
        OSError: as `user_lock_path`.
    """
    name = hashlib.sha256(str(target.resolve()).encode()).hexdigest()[:16]
    path = user_lock_path(f"cnnviz-download-{name}.lock")
    # a generator that is given up may be closed by another thread
    return FileLock(path, timeout=0, thread_local=False)


def user_lock_path(name: str) -> Path:
    """Return the path of a lock of this user, in a folder that no other user can write into.

    Raises:
        PermissionError: if the folder belongs to another user.
        OSError: if it cannot be created.
    """
    folder = paths.lock_dir()
    if os.environ.get("CNNVIZ_LOCK_DIR"):  # chosen, perhaps for several users
        folder.mkdir(parents=True, exist_ok=True)
    elif not paths.make_private(folder):
        raise PermissionError(
            f"folder of locks {folder.name} must belong to this user only, got one of another: "
            "set CNNVIZ_LOCK_DIR"
        )
    return folder / name


def _probe_unwritable(path: Path, patience: float) -> bool | None:
    deadline = time.monotonic() + patience
    try:
        while True:
            with read_only_lock(path) as free:
                if free:
                    return False
            if time.monotonic() >= deadline:
                return True
            time.sleep(_POLL)
    except OSError:
        return None


@contextlib.contextmanager
def read_only_lock(path: Path) -> Iterator[bool]:
    """Lock a file that may be read, but not written, and yield whether that was possible.

    Raises:
        OSError: if the file may not be read either, or its file system has no locks.
    """
    if sys.platform == "win32":
        raise PermissionError(f"{path} must be writable")
    handle = os.open(path, os.O_RDONLY)
    try:
        yield _try_flock(handle)
    finally:
        os.close(handle)


class SharedLock:
    """Lock of a file that another user may have created, where a `FileLock` needs to write it.

    Args:
        path: of the file, in an existing folder.

    Attributes:
        is_locked: whether this process has the lock.
    """

    def __init__(self, path: Path) -> None:
        """Begin without the lock."""
        self._path = path
        self._stack = contextlib.ExitStack()
        self.is_locked = False

    def try_acquire(self) -> bool:
        """Take the lock unless somebody holds it, and return whether this process has it.

        Raises:
            OSError: if the file can be neither created nor read, or its file system has no locks.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(FileLock(self._path, timeout=0, thread_local=False))
            except Timeout:
                return False
            except PermissionError:
                if not stack.enter_context(read_only_lock(self._path)):
                    return False
            self._stack = stack.pop_all()
            self.is_locked = True
            return True

    def acquire(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the lock, and return whether this process has it."""
        deadline = time.monotonic() + timeout
        while not self.try_acquire():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
        return True

    def release(self) -> None:
        """Release the lock, if this process has it."""
        self.is_locked = False
        self._stack.close()
