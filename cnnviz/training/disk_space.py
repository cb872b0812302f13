"""Limits on the disk space of runs, and what is removed to keep to them.

| Variable | Meaning | Default |
|---|---|---|
| `CNNVIZ_MIN_FREE_MB` | no training starts with less free space | 500 |
| `CNNVIZ_QUOTA_GB` | no training starts while the folder of runs takes more | none |
| `CNNVIZ_TRASH_DAYS` | what is in the trash for longer is removed | 30 |
| `CNNVIZ_KEEP_DAYS` | what ended earlier is moved to the trash | none |

They are applied whenever a training is admitted. PyTorch is not imported here.
"""

import contextlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cnnviz.system import files, jobs, leftovers, locks
from cnnviz.system.leftovers import Leftover
from cnnviz.system.paths import runs_dir
from cnnviz.training.race.race import races
from cnnviz.training.runs.records import ENDED, RunError
from cnnviz.training.runs.summaries import summaries

_MB, _GB = 1e6, 1e9  # bytes
_HINT = "empty the trash on the Train page, or run cnnviz clean"


def check_space() -> None:
    """Apply the limits, and check that there is space for one more training.

    Raises:
        RunError: if there is not; the message has the number.
        ValueError: if a variable is not a number.
        OSError: if what has expired cannot be removed.
    """
    root = runs_dir()
    leftovers.remove(expired_trash())
    expire(_number("CNNVIZ_KEEP_DAYS"))
    least = _number("CNNVIZ_MIN_FREE_MB", 500.0) or 0.0
    free = shutil.disk_usage(root).free / _MB
    if free < least:
        raise RunError(f"free space must be at least {least:,.0f} MB, got {free:,.0f}: {_HINT}")
    quota = _number("CNNVIZ_QUOTA_GB")
    if quota is not None and (used := leftovers.size_of(root) / _GB) > quota:
        raise RunError(f"runs must take at most {quota:,g} GB, got {used:,.1f}: {_HINT}")


def expired_trash() -> list[Leftover]:
    """Return what has been in the trash for longer than `CNNVIZ_TRASH_DAYS`."""
    days = _number("CNNVIZ_TRASH_DAYS", 30.0)
    return [entry for entry in leftovers.trash(runs_dir()) if days is None or entry.age > days]


@dataclass(frozen=True)
class Expired:
    """A run, race or measurement that ended long ago.

    Attributes:
        paths: of its folders or files.
        delete: moves it to the trash.
    """

    paths: tuple[Path, ...]
    delete: Callable[[], object]


def expire(days: float | None) -> None:
    """Move what ended so many days ago to the trash; nothing if `days` is None.

    Raises:
        OSError: if it cannot be moved.
    """
    for entry in [] if days is None else expired(days):
        with contextlib.suppress(RunError, FileNotFoundError):  # resumed or deleted meanwhile
            entry.delete()


def expired(days: float) -> list[Expired]:
    """Return the runs, races and measurements that ended so many days ago or earlier."""
    entries, in_races = [], set()
    for race in races():
        runs = race.present()
        in_races |= set(runs)
        if race.state() in ENDED and all(_is_older(run.path / "status.json", days) for run in runs):
            entries.append(Expired((race.path, *(run.path for run in runs)), race.delete))
    for summary in summaries():
        run = summary.run
        old = run not in in_races and _is_older(run.path / "status.json", days)
        if old and summary.status().state in ENDED:
            entries.append(Expired((run.path,), run.delete))
    for path in sorted((runs_dir() / "measurements").glob("*.json")):
        running = locks.held(path.with_suffix(".lock"))
        if jobs.is_id(path.stem) and not running and _is_older(path, days):
            entries.append(Expired((path,), partial(_move_measurement, path)))
    return entries


def _move_measurement(path: Path) -> None:
    trash = runs_dir() / jobs.TRASH
    trash.mkdir(exist_ok=True)
    shutil.move(path, trash / f"measurement-{path.name}")


def _is_older(path: Path, days: float) -> bool:
    stamp = files.stamp(path)
    return stamp != files.MISSING and leftovers.age(path) >= days


def _number(name: str, default: float | None = None) -> float | None:
    """Return the number in an environment variable; the default if it is not set or empty.

    Raises:
        ValueError: if it is not a number from 0 on.
    """
    text = os.environ.get(name, "")
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not number >= 0:  # NaN is not either
        raise ValueError(f"{name} must be a number from 0 on, got {text!r}")
    return number
