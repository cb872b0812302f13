"""A race: networks that learn the same digits in the same order, with the same share of the cores.

    runs/races/<id>/race.json     who takes part: network, seed and the run of each
                    figures.json  parameters and MACs of each network, and the count of digits
                    lock          held by the trainer of the race as long as it lives
                    log.txt       what that trainer had to say

A contestant is a run like any other; the race's folder only names them. One trainer holds the locks
of all and gives each its turn with every core to itself, so that its seconds are those that it
would have needed alone. Neither PyTorch nor Streamlit is imported here.
"""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from cnnviz.models.catalogue import architecture
from cnnviz.system import files, jobs
from cnnviz.system.jobs import Job, JobError
from cnnviz.system.paths import runs_dir
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import ENDED, RunError, Status
from cnnviz.training.runs.store import Run

NETWORK_COUNT = (2, 4)  # least and most
MAX_SEEDS = 5  # at most; with three, a difference of two is luck in one race of ten
BACKWARD = 3  # a step takes about three forward passes: one forward, two backward

_FOLDER = "races"
_FIRST = (  # the first that a contestant is in names the race
    *("stopping", "running", "paused", "queued"),
    *("interrupted", "stopped", "finished", "failed", "diverged"),
)
REQUESTED = {"pausing": "running", "resuming": "paused"}  # asked for; what the race still is


@dataclass(frozen=True)
class Contestant:
    """One network with one seed, and its run."""

    model: str
    seed: int
    run: Run

    def present(self) -> bool:
        """Tell whether the run has not been deleted, and can be read."""
        return not self.deleted() and self.run.readable()

    def deleted(self) -> bool:
        """Tell whether the run is gone; one that is there may still not be readable."""
        return not self.run.exists()

    def title(self) -> str:
        """Return the network's name and the seed."""
        return f"{architecture(self.model).title}, seed {self.seed}"


@dataclass(frozen=True)
class NetworkCost:
    """What a network takes.

    Attributes:
        parameters: that it learns.
        macs: multiply-accumulates of one forward pass of one digit.
    """

    parameters: int
    macs: int


@dataclass(frozen=True)
class Race(Job):
    """One race, by its folder."""

    noun: ClassVar[str] = "race"
    error: ClassVar[type[JobError]] = RunError
    record_file: ClassVar[str] = "race.json"

    def config(self) -> dict[str, Any]:
        """Return what the race was created with."""
        return self.read_record(self.record_file, dict)

    def check(self) -> None:
        """Read the contestants and the time of creation.

        Raises:
            KeyError, TypeError, ValueError: if one is missing, damaged or of another version.
        """
        if not self.contestants() or not isinstance(self.config()["created"], str):
            raise ValueError("a race must have contestants and a time of creation")

    def contestants(self) -> list[Contestant]:
        """Return who takes part, network by network; a run may have been deleted meanwhile.

        Raises:
            RunError: if the record cannot be read.
        """
        try:
            return [self._contestant(row) for row in self.config()["contestants"]]
        except (KeyError, TypeError, ValueError) as error:
            raise self.incompatible() from error

    def _contestant(self, row: dict[str, Any]) -> Contestant:
        if not jobs.is_id(row["run"]):
            raise ValueError(f"{row['run']!r} is not the id of a run")
        run = Run(self.path.parent.parent / row["run"])
        return Contestant(architecture(row["model"]).key, int(row["seed"]), run)

    def present(self) -> list[Run]:
        """Return the runs that have not been deleted."""
        return [one.run for one in self.contestants() if one.present()]

    def models(self) -> list[str]:
        """Return the keys of the networks, in the order in which they were entered."""
        return list(dict.fromkeys(one.model for one in self.contestants()))

    def title(self) -> str:
        """Return the networks' names and how many seeds each has."""
        entered = self.contestants()
        seeds = len({one.seed for one in entered})
        names = " · ".join(architecture(key).title for key in self.models())
        return f"{names}, {seeds} seeds" if seeds > 1 else names

    def state(self) -> str:
        """Return the state of the whole race: of `records.LIVE`, `records.ENDED` or `REQUESTED`.

        What the user has asked for counts at once, though the trainer needs a moment for it: a step
        that has begun, and a checkpoint of each.
        """
        return state_of([(run, run.status()) for run in self.present()])

    def live(self) -> bool:
        """Tell whether anything of the race is training, waiting or paused."""
        return self.state() not in ENDED

    def network_costs(self) -> tuple[dict[str, NetworkCost], int]:
        """Return what each network takes, and the count of training digits; empty and 0 at first.

        The trainer writes them, since they take PyTorch to find out.
        """
        try:
            found: dict[str, Any] = self.read_record("figures.json", dict)
            by_model = {key: NetworkCost(**row) for key, row in found["networks"].items()}
            return by_model, int(found["digits"])
        except (RunError, KeyError, TypeError, ValueError, AttributeError):
            return {}, 0

    def request(self, want: str) -> None:
        """Ask every contestant that is still in the race to "run", "pause" or "stop"."""
        for run in self.present():
            if run.status().live:
                run.request(want)

    def delete(self) -> None:
        """Move the race and its runs to the trash in the folder of runs.

        Raises:
            RunError: if something of it is still training.
        """
        if self.live():
            raise RunError("the race is still on: stop it first")
        for run in self.present():
            run.delete()
        self.move_to_trash(self.path.parent.parent, f"race-{self.id}")


def plan(
    models: Sequence[str],
    *,
    preset: str,
    seeds: Sequence[int],
    epochs: int | None = None,
    source: str = "auto",
) -> list[Settings]:
    """Return the settings of each contestant, network by network and seed by seed.

    Everything is the same for all, digits, order, batches, passes, optimizer and threads, except
    the seed and the learning rate, which is that of the network's own row in the catalogue.

    Args:
        models: keys of the catalogue.
        preset: what all have in common; what it tunes for one network is left out.
        seeds: each network learns once with each.
        epochs: passes over the digits; None for the preset's.
        source: of the digits.

    Raises:
        ValueError: if these cannot race, naming what stands in the way.
    """
    least, most = NETWORK_COUNT
    if not least <= len(set(models)) == len(models) <= most:
        raise ValueError(f"choose {least} to {most} different networks to race")
    if not 1 <= len(set(seeds)) == len(seeds) <= MAX_SEEDS:
        raise ValueError(f"choose 1 to {MAX_SEEDS} different seeds")
    if len({architecture(model).task for model in models}) > 1:
        raise ValueError("a detector learns from other pictures: it cannot race a classifier")
    common = dataclasses.replace(PRESETS[preset], tuned=False)
    shared = common.settings(models[0]).replace(dropout=0.0, source=source)
    shared = shared if epochs is None else shared.replace(epochs=epochs)
    rates = {model: PRESETS[preset].settings(model).learning_rate for model in models}
    return [
        shared.replace(model=model, learning_rate=rates[model], seed=seed)
        for model in models
        for seed in seeds
    ]


def create_race(
    settings: Sequence[Settings], *, preset: str = "", versions: dict[str, str]
) -> Race:
    """Make the folder of a new race, and one run for each of the settings.

    Raises:
        OSError: if a folder cannot be written.
    """
    path = jobs.new_path(Race, races_dir())
    path.mkdir(parents=True)
    rows = []
    for each in settings:
        run = store.create_run(each, versions=versions, race=path.name)
        run.rename(f"{architecture(each.model).title} · race, seed {each.seed}")
        rows.append({"model": each.model, "seed": each.seed, "run": run.id})
    record = {"contestants": rows, "preset": preset, "created": jobs.timestamp()}
    files.write_json(path / Race.record_file, record)
    return Race(path)


def races_dir() -> Path:
    """Return the folder that holds the races: it lies in that of the runs."""
    return runs_dir() / _FOLDER


def races() -> list[Race]:
    """Return all races that this version can read, newest first."""
    return jobs.list_jobs(Race, races_dir())


def find_race(key: str) -> Race:
    """Return the race of that id.

    Raises:
        RunError: if there is none; anything but a generated id is refused unread.
    """
    return jobs.find_job(Race, races_dir(), key)


def is_race(path: Path) -> bool:
    """Tell whether a folder that a trainer is handed holds a race, and not a run."""
    return Race(path).exists()


def state_of(statuses: Collection[tuple[Run, Status]]) -> str:
    """Return `Race.state` of runs whose statuses have been read."""
    states = {status.state for _, status in statuses}
    state = next((state for state in _FIRST if state in states), "stopped")  # all were deleted
    if state not in REQUESTED.values():
        return state
    wants = {run.control().want for run, status in statuses if status.live}
    if state == "paused":
        return "paused" if "pause" in wants else "resuming"
    return "pausing" if wants == {"pause"} else state


def images_seen(step: int, *, batch_size: int, digits: int) -> int:
    """Return how many digits have been learned from after so many steps.

    The last batch of a pass holds what is left over.
    """
    per_pass = -(-digits // batch_size)
    passes, rest = divmod(step, per_pass)
    return passes * digits + min(rest * batch_size, digits)


def training_macs(macs: int, images: int) -> int:
    """Return the multiply-accumulates of learning from so many digits: 3 x forward x digits.

    A backward pass multiplies twice what the forward pass does, once for the gradient of the
    weights and once for that of the input.
    """
    return BACKWARD * macs * images


def write_network_costs(race: Race, networks: dict[str, NetworkCost], digits: int) -> None:
    """Write down what each network takes, for `Race.network_costs`."""
    rows = {key: dataclasses.asdict(found) for key, found in networks.items()}
    files.write_json(race.path / "figures.json", {"networks": rows, "digits": digits})
