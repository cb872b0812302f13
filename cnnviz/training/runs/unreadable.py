"""Runs on disk that no list shows: why they cannot be read, and whether they can be rebuilt.

Neither PyTorch nor Streamlit is imported here.
"""

from dataclasses import dataclass
from pathlib import Path

from cnnviz.system import files, jobs
from cnnviz.system.job_index import JobIndex
from cnnviz.system.leftovers import age
from cnnviz.system.locks import held
from cnnviz.system.paths import runs_dir
from cnnviz.training.runs.records import CHECKPOINT_FILES
from cnnviz.training.runs.store import Run

_STARTING = 60 / 86_400  # days that a run may take from its folder to its status
_NEVER_STARTED = "status.json is missing: the run was never started, or the file was lost"


@dataclass(frozen=True)
class UnreadableRun:
    """A run that this version cannot read.

    Attributes:
        run: by its folder.
        reason: why, without a period.
        rebuildable: whether `rebuild.rebuild_run` may help.
    """

    run: Run
    reason: str
    rebuildable: bool

    @property
    def title(self) -> str:
        """The time of its start, "Run of 12:03:05 on 2 Jan", or its id."""
        start = jobs.start_time(self.run.id)
        return f"Run of {start}" if start else f"Run {self.run.id}"


def unreadable_runs() -> list[UnreadableRun]:
    """Return the runs that this version cannot read, newest first; not those being created."""
    return [entry for entry in _INDEX.entries(runs_dir()) if not _starting(entry.run)]


def _starting(run: Run) -> bool:
    """Tell whether a run without a status is young or has a trainer, which will write it."""
    if run.exists():
        return False
    try:
        return age(run.path) < _STARTING or any(
            held(run.file(name)) for name in ("lock", "launch.lock")
        )
    except OSError:  # deleted meanwhile
        return True


def _read(path: Path) -> UnreadableRun | None:
    run = Run(path)
    if not path.is_dir() or (run.exists() and run.readable()):
        return None
    reason, lost = _fault(run)
    saved = any((path / name).exists() for name in CHECKPOINT_FILES)
    return UnreadableRun(run, reason or _NEVER_STARTED, saved if lost else not reason)


def _fault(run: Run) -> tuple[str, bool]:
    """Return why the settings cannot be read, and whether a checkpoint may have them.

    The reason is empty if they are sound.
    """
    try:
        config = files.read_record(run.file(run.record_file), dict)
    except FileNotFoundError:
        return "config.json is missing", True
    except OSError as error:
        return f"config.json cannot be read: {error.strerror}", False
    except ValueError:
        return "config.json is damaged", True
    try:
        jobs.check_format(config)
    except ValueError as error:
        return str(error), False
    try:
        run.check()
    except KeyError as error:
        return f"config.json has no {error}", True
    except (TypeError, ValueError) as error:
        return f"config.json has a value that cannot be used: {error}", True
    return "", False


_INDEX = JobIndex(_read, jobs.listing(Run))
