"""What lists show of the runs on disk, read again only for runs that have changed.

A summary takes about 3 kB; there is one for each run. Neither PyTorch nor Streamlit is imported
here.
"""

from dataclasses import dataclass
from pathlib import Path

from cnnviz.models.catalog import architecture
from cnnviz.system import jobs, ownership
from cnnviz.system.job_index import JobIndex
from cnnviz.system.paths import runs_dir
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.origin import Parent, Upload
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run


@dataclass(frozen=True)
class RunSummary:
    """A run, and what its records say.

    Attributes:
        run: that the records belong to.
        title: to show.
        settings: of its training.
        created: local time in ISO 8601.
        parent: snapshot that the run continues, if any.
        upload: file that the weights come from, if they were not trained here.
        recorded: status as last written, whether or not the trainer is alive.
        owner: token of the visitor who created the run; empty if that is not recorded.
        races: whether the run is part of a race.
    """

    run: Run
    title: str
    settings: Settings
    created: str
    parent: Parent | None
    upload: Upload | None
    recorded: Status
    owner: str
    races: bool

    def status(self) -> Status:
        """Return the status; that of a live run whose trainer has died becomes interrupted."""
        return self.run.status() if self.recorded.live else self.recorded.shown()

    @property
    def network(self) -> str:
        """Title of the network."""
        return architecture(self.settings.model).title


def summaries() -> list[RunSummary]:
    """Return the summaries of all runs that this version can read, newest first."""
    return _INDEX.entries(runs_dir())


def any_live() -> bool:
    """Tell whether any run has a trainer: it is training, queued or paused, but not parked."""
    return any(summary.recorded.live and summary.status().live for summary in summaries())


def any_running() -> bool:
    """Tell whether any run is training now: it is neither queued nor paused."""
    return any(s.recorded.state == "running" and s.status().state == "running" for s in summaries())


def _read(path: Path) -> RunSummary | None:
    run = Run(path)
    try:
        if not run.exists() or not run.readable():
            return None
        return RunSummary(
            run,
            title=run.title(),
            settings=run.settings(),
            created=run.config()["created"],
            parent=run.parent(),
            upload=run.upload(),
            recorded=run.recorded_status(),
            owner=ownership.owner(run),
            races=bool(run.config().get("race")),
        )
    except (RunError, OSError):  # deleted meanwhile
        return None


_INDEX = JobIndex(_read, jobs.listing(Run))
