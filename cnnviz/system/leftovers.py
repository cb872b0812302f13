"""Files that may be removed: the trash, and what killed processes have left in a folder of runs."""

import functools
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cnnviz.system import files, jobs, locks

_DAY = 86_400.0  # seconds
_REMOVING = ".removing-"  # beginning of the name of what is being removed
_HOUR = 1 / 24  # days, that no process takes from creating a file to renaming it


@dataclass(frozen=True)
class Leftover:
    """A file or folder that may be removed.

    Attributes:
        path: of the file or folder.
        what: kind in words.
        size: bytes.
        age: days since it was moved or written.
    """

    path: Path
    what: str
    size: int
    age: float


def trash(root: Path) -> list[Leftover]:
    """Return what is in the trash of a folder, the oldest first."""
    entries = [leftover(path, "in the trash") for path in _inside(root / jobs.TRASH)]
    return sorted(entries, key=lambda entry: -entry.age)


def unfinished(root: Path) -> list[Leftover]:
    """Return what killed processes have left in a folder of runs, an hour ago or longer.

    These are files that were never renamed to what they replace, folders of runs without a status,
    which no list shows, and files beside measurements that have been deleted.
    """
    entries = [leftover(path, "unfinished file") for path in root.rglob(".*-*") if _torn(path)]
    for path in _inside(root):
        if jobs.is_id(path.name) and path.is_dir() and _abandoned(path):
            entries.append(leftover(path, "run that was never started"))
    for path in _inside(root / "measurements"):
        record = path.with_suffix(".json")
        if path.suffix in (".progress", ".cancel", ".lock", ".log") and not record.exists():
            entries.append(leftover(path, "file of a deleted measurement"))
    return [entry for entry in entries if entry.age > _HOUR]


def remove(entries: Iterable[Leftover]) -> int:
    """Remove files and folders, and return how many bytes they took.

    Each is renamed first, so that a job that is restored at the same moment is whole or gone.

    Raises:
        OSError: if one cannot be removed.
    """
    removed = 0
    for entry in entries:
        doomed = entry.path.with_name(f"{_REMOVING}{secrets.token_hex(6)}")
        try:
            entry.path.rename(doomed)
        except FileNotFoundError:  # restored, or removed by another process
            continue
        if doomed.is_dir() and not doomed.is_symlink():
            shutil.rmtree(doomed)
        else:
            doomed.unlink()
        removed += entry.size
    return removed


def age(path: Path, *, moved: bool = False) -> float:
    """Return how many days ago a file was written; with `moved` or moved, whichever was later.

    Raises:
        OSError: if it does not exist.
    """
    status = path.lstat()
    since = max(status.st_mtime, status.st_ctime) if moved else status.st_mtime
    return max(0.0, time.time() - since) / _DAY


def size_of(path: Path) -> int:
    """Return the bytes that a file, or the files below a folder, take on the disk."""
    return sum(_blocks(part) for part in (path, *_below(path)))


def _below(path: Path) -> Iterator[Path]:
    return iter(()) if path.is_symlink() or not path.is_dir() else path.rglob("*")


def _blocks(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError:  # deleted meanwhile
        return 0
    blocks: int | None = getattr(status, "st_blocks", None)  # of 512 bytes; not on Windows
    return status.st_size if blocks is None else 512 * blocks


def leftover(path: Path, what: str) -> Leftover:
    """Return a file or folder as a `Leftover` of a kind."""
    try:
        return Leftover(path, what, _known_size(path, files.stamp(path)), age(path, moved=True))
    except OSError:  # deleted meanwhile
        return Leftover(path, what, 0, 0.0)


@functools.lru_cache(maxsize=4096)  # 2 MiB when full
def _known_size(path: Path, stamp: files.Stamp) -> int:
    del stamp  # what is in the trash is not written any more
    return size_of(path)


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _torn(path: Path) -> bool:
    return files.is_unfinished(path.name) and jobs.TRASH not in path.parts


def _abandoned(folder: Path) -> bool:
    """Tell whether a folder of a run has no status and nobody is about to write one."""
    busy = any(locks.held(folder / name) for name in ("lock", "launch.lock"))
    return not busy and not (folder / "status.json").exists()
