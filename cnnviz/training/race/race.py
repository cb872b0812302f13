"""Races on disk: networks trained on the same batches, with equal time on the same cores.

    runs/races/<id>/race.json     network, seed and run of each entry
                    figures.json  parameters and MACs of each network, number of training digits
                    lock          held by the trainer of the race while it runs
                    log.txt       output of that trainer

Each entry is an ordinary run, which the race refers to by id. One trainer process holds the locks
of all runs and trains them in time slices, each with every core, so that the seconds of a run are
those it would take alone. Neither PyTorch nor Streamlit is imported here.
"""

import dataclasses
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from cnnviz.models.catalog import architecture
from cnnviz.system import files, jobs
from cnnviz.system.jobs import Job, JobError
from cnnviz.system.paths import runs_dir
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.runs import store, trash
from cnnviz.training.runs.folder_lock import runs_lock
from cnnviz.training.runs.records import ENDED, UNKNOWN, ParkedError, RunError, Status
from cnnviz.training.runs.store import Run

_FOLDER = "races"
_STATE_PRIORITY = (  # a race is in the first of these that one of its runs is in
    *("stopping", "running", "paused", "queued", UNKNOWN),
    *("interrupted", "stopped", "finished", "failed", "diverged"),
)
REQUESTED = {"pausing": "running", "resuming": "paused"}  # requested state: state until then


@dataclass(frozen=True)
class RaceEntry:
    """One network with one seed in a race, and its run."""

    model: str
    seed: int
    run: Run

    def present(self) -> bool:
        """Tell whether the run exists and is readable."""
        return not self.deleted() and self.run.readable()

    def deleted(self) -> bool:
        """Tell whether the run has been deleted; an existing run may still be unreadable."""
        return not self.run.exists()

    def title(self) -> str:
        """Return the network's title and the seed."""
        return f"{architecture(self.model).title}, seed {self.seed}"


@dataclass(frozen=True)
class Race(Job):
    """A race, by its folder."""

    noun: ClassVar[str] = "race"
    error: ClassVar[type[JobError]] = RunError
    record_file: ClassVar[str] = "race.json"

    def check(self) -> None:
        """Check the entries and the time of creation.

        Raises:
            KeyError, TypeError, ValueError: if one is missing, damaged or of another version.
        """
        config = self.config()
        jobs.check_format(config)
        if not self.entries() or not isinstance(config["created"], str):
            raise ValueError(f"race must have entries and a time of creation, got {config}")

    def entries(self) -> list[RaceEntry]:
        """Return the entries, network by network; their runs may have been deleted.

        Raises:
            RunError: if the record cannot be read.
        """
        try:
            return [self._entry(row) for row in self.config()["contestants"]]
        except (KeyError, TypeError, ValueError) as error:
            raise self.incompatible() from error

    def present(self) -> list[Run]:
        """Return the runs that exist and are readable."""
        return [entry.run for entry in self.entries() if entry.present()]

    def models(self) -> list[str]:
        """Return the catalog keys of the networks, in the order of the entries."""
        return list(dict.fromkeys(entry.model for entry in self.entries()))

    def title(self) -> str:
        """Return the networks' titles and the number of seeds."""
        seeds = len({entry.seed for entry in self.entries()})
        names = " · ".join(architecture(key).title for key in self.models())
        return f"{names}, {seeds} seeds" if seeds > 1 else names

    def state(self) -> str:
        """Return the state of the whole race: of `records.LIVE`, `records.ENDED` or `REQUESTED`.

        A request counts at once, although the trainer first finishes its step and writes a
        checkpoint of each run.
        """
        return state_of([(run, run.status()) for run in self.present()])

    def live(self) -> bool:
        """Tell whether any run of the race is training, queued or paused."""
        return self.state() not in ENDED

    def network_costs(self) -> tuple[dict[str, NetworkCost], int]:
        """Return the cost of each network by key, and the number of training digits.

        Empty and 0 until the trainer has written them, since counting MACs takes PyTorch.
        """
        try:
            record: dict[str, Any] = self.read_record("figures.json", dict)
            costs = {key: NetworkCost(**row) for key, row in record["networks"].items()}
            return costs, int(record["digits"])
        except (RunError, KeyError, TypeError, ValueError, AttributeError):
            return {}, 0

    def write_network_costs(self, costs: Mapping[str, NetworkCost], digits: int) -> None:
        """Write the cost of each network by key, and the number of training digits."""
        rows = {key: dataclasses.asdict(cost) for key, cost in costs.items()}
        files.write_json(self.path / "figures.json", {"networks": rows, "digits": digits})

    def request(self, want: str) -> list[Run]:
        """Ask every live run of the race to "run", "pause" or "stop".

        Returns:
            The parked runs, which have no trainer to carry it out: see `launch.request_race`.
        """
        parked = []
        for run in self.present():
            try:
                if run.status().live:
                    run.request(want)
            except ParkedError:
                parked.append(run)
        return parked

    def delete(self) -> None:
        """Move the race and its runs to the trash in the folder of runs.

        Raises:
            RunError: if one of its runs is still training.
        """
        with runs_lock():
            if self.live():
                raise RunError("the race is still running: stop it first")
            for run in self.present():
                run.delete()
            self.move_to_trash(self.path.parent.parent, f"race-{self.id}")

    def _entry(self, row: dict[str, Any]) -> RaceEntry:
        if not jobs.is_id(row["run"]):
            raise ValueError(f"run must be the id of a run, got {row['run']!r}")
        run = Run(self.path.parent.parent / row["run"])
        return RaceEntry(architecture(row["model"]).key, int(row["seed"]), run)


def create_race(
    settings: Sequence[Settings], *, preset: str = "", versions: dict[str, str]
) -> Race:
    """Make the folder of a new race and a run for each of the settings.

    Args:
        settings: of the runs, as `cnnviz.training.race.plan.plan_race` returns them.
        preset: key of the preset they come from, if any.
        versions: of the packages that decide the result, for the record.

    Raises:
        OSError: if a folder cannot be written.
    """
    path = jobs.new_path(Race, races_dir())
    path.mkdir(parents=True)
    rows = []
    for entry_settings in settings:
        model, seed = entry_settings.model, entry_settings.seed
        run = store.create_run(entry_settings, versions=versions, race=path.name)
        run.rename(f"{architecture(model).title} · race, seed {seed}")
        rows.append({"model": model, "seed": seed, "run": run.id})
    record = {"format": jobs.FORMAT, "contestants": rows, "preset": preset}
    record["created"] = jobs.timestamp()
    files.write_json(path / Race.record_file, record, durable=True)
    files.sync_folder(path.parent)
    return Race(path)


def restore_race(key: str) -> Race:
    """Move a race and its runs from the trash back, and return the race.

    Raises:
        RunError: if it is not in the trash; anything but a generated id is refused.
    """
    race, trashed = Race(races_dir() / key), runs_dir() / jobs.TRASH / f"race-{key}"
    with runs_lock():
        if not jobs.is_id(key) or not trashed.is_dir() or race.path.exists():
            raise RunError(f"race must be in the trash, got {key!r}")
        shutil.move(trashed, race.path)
        for entry in race.entries():
            if entry.deleted() and trash.in_trash(entry.run.id):
                trash.restore_run(entry.run.id)
    return race


def races_dir() -> Path:
    """Return the folder of the races, inside the folder of the runs."""
    return runs_dir() / _FOLDER


def races() -> list[Race]:
    """Return all races that this version can read, newest first."""
    return jobs.list_jobs(Race, races_dir())


def find_race(key: str) -> Race:
    """Return the race with an id.

    Raises:
        RunError: if there is none; anything but a generated id is refused unread.
    """
    return jobs.find_job(Race, races_dir(), key)


def is_race(path: Path) -> bool:
    """Tell whether a folder holds a race, not a run."""
    return Race(path).exists()


def state_of(statuses: Collection[tuple[Run, Status]]) -> str:
    """Return `Race.state` from statuses that have been read."""
    states = {status.state for _, status in statuses}
    # no state: all runs were deleted
    state = next((state for state in _STATE_PRIORITY if state in states), "stopped")
    if state not in REQUESTED.values():
        return state
    wants = {run.control().want for run, status in statuses if status.live}
    if state == "paused":
        return "paused" if "pause" in wants else "resuming"
    return "pausing" if wants == {"pause"} else state
