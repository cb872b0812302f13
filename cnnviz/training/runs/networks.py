"""Trained networks: those that ship with cnnviz, and those of runs with their snapshots.

A run has one network with its newest weights, and one for each snapshot.
"""

import contextlib
import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.models.catalog import CATALOG, Architecture, architecture
from cnnviz.system import files, jobs
from cnnviz.system.job_index import JobIndex
from cnnviz.system.paths import CHECKPOINTS, runs_dir
from cnnviz.training.runs import snapshots
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run, find_run

if TYPE_CHECKING:
    from cnnviz.models.loaded_network import LoadedNetwork

SHIPPED = "shipped-"  # prefix of the keys of the networks that ship with cnnviz
_AT = "@"  # between a run's id and a step
UNTRAINED = "fresh-"  # prefix of the keys of untrained networks


@dataclass(frozen=True)
class TrainedNetwork:
    """Reference to the weights of a network, and what is known of them.

    Attributes:
        key: "shipped-<architecture>", the id of a run, or "<id>@<step>"; stable, used in URLs.
        title: to show.
        architecture_key: of its row in the catalog.
        weights: file with the weights.
        version: changes whenever the weights do; a cache key.
        accuracy: share of correct answers on `tested_on`, 0 to 1, or another measure of the row;
            None before the first epoch, and for a snapshot within an epoch.
        tested_on: the test set in words.
        step: batches that a snapshot was trained on; None for the newest weights.
        augmentation: strength of the random distortions at the start or the end of its training,
            whichever is higher; 0 for none.
    """

    key: str
    title: str
    architecture_key: str
    weights: Path
    version: str
    accuracy: float | None
    tested_on: str
    step: int | None = None
    augmentation: float = 0.0

    @property
    def architecture(self) -> Architecture:
        """Its row in the catalog."""
        return architecture(self.architecture_key)

    @property
    def shipped(self) -> bool:
        """Whether it ships with cnnviz."""
        return self.key.startswith(SHIPPED)

    @property
    def task(self) -> str:
        """ "classify" or "detect"."""
        return self.architecture.task


def networks(task: str | None = None) -> list[TrainedNetwork]:
    """Return every network that has weights: the shipped ones, then the runs, newest first.

    Args:
        task: "classify" or "detect"; None returns both.
    """
    return [n for n in (*shipped(), *trained()) if task in (None, n.task)]


def shipped() -> list[TrainedNetwork]:
    """Return the networks that ship with cnnviz, in the catalog's order."""
    return [_of_card(path) for key in CATALOG if (path := _card_path(key)).exists()]


def _card_path(key: str) -> Path:
    return CHECKPOINTS / f"{key}.json"


def _of_card(path: Path) -> TrainedNetwork:
    return _read_card(path, files.stamp(path))


@lru_cache(maxsize=64)  # 64 kB: as many as there are architectures
def _read_card(path: Path, stamp: files.Stamp) -> TrainedNetwork:
    del stamp  # another file has other numbers
    card = json.loads(path.read_text())
    return TrainedNetwork(
        key=f"{SHIPPED}{card['architecture']}",
        title=architecture(card["architecture"]).title,
        architecture_key=card["architecture"],
        weights=CHECKPOINTS / f"{card['architecture']}.safetensors",
        version=card["sha256"],
        accuracy=card["accuracy"],
        tested_on=card["tested_on"],
        augmentation=card["settings"].get("augmentation", 0.0),
    )


def trained() -> list[TrainedNetwork]:
    """Return the networks of the runs that have written weights, newest first."""
    return [row.trained for row in _INDEX.entries(runs_dir()) if row.trained]


def networks_with_snapshots() -> list[TrainedNetwork]:
    """Return the networks of the runs that have snapshots, newest first.

    Until the first checkpoint of a run, its newest snapshot stands for it.
    """
    return [row.with_snapshots for row in _INDEX.entries(runs_dir()) if row.with_snapshots]


@dataclass(frozen=True, slots=True)
class _RunNetworks:
    """The network of a run: with its weights, and if it has snapshots; None where it has none."""

    trained: TrainedNetwork | None
    with_snapshots: TrainedNetwork | None


def _networks_of_run(path: Path) -> _RunNetworks | None:
    run = Run(path)
    try:
        if not run.exists() or not run.readable():
            return None
        trained = _of_run(run, run.weights) if run.weights.exists() else None
        steps = snapshots.snapshot_steps(path)
        if steps and trained is None:
            return _RunNetworks(None, _of_run(run, snapshots.snapshot_path(path, steps[-1])))
        return _RunNetworks(trained, trained if steps else None)
    except (RunError, OSError):  # deleted or damaged since it was listed
        return None


_INDEX = JobIndex(_networks_of_run, jobs.listing(Run))


def network_of_run(run: Run) -> TrainedNetwork:
    """Return the network with the newest weights of a run, in whatever folder the run is.

    Raises:
        RunError: if the run is missing or damaged.
        OSError: if it has no weights.
    """
    return _of_run(run, run.weights)


def _of_run(run: Run, weights: Path) -> TrainedNetwork:
    status, settings = run.recorded_status(), run.settings()
    return TrainedNetwork(
        key=run.id,
        title=run.title(),
        architecture_key=settings.model,
        weights=weights,
        version=str(weights.stat().st_mtime_ns),
        accuracy=status.test_accuracy,
        tested_on=status.tested_on,
        augmentation=max(settings.augmentation, status.augmentation or 0.0),
    )


def base_key(key: str) -> str:
    """Return the key without the step of a snapshot."""
    return key.partition(_AT)[0]


def snapshots_of(network: TrainedNetwork) -> list[TrainedNetwork]:
    """Return the snapshots of a run's network, first to last; a shipped network has none."""
    if network.shipped:
        return []
    try:
        run = find_run(network.key)
        per_epoch = run.status().total_steps / run.settings().epochs
        accuracies = _accuracies(run)
        return [
            _snapshot(network, run, step, step / max(per_epoch, 1), accuracies.get(step))
            for step in snapshots.snapshot_steps(run.path)
        ]
    except (RunError, OSError):  # deleted or damaged since it was listed
        return []


def _snapshot(
    network: TrainedNetwork, run: Run, step: int, epoch: float, accuracy: float | None
) -> TrainedNetwork:
    weights = snapshots.snapshot_path(run.path, step)
    return replace(
        network,
        key=f"{run.id}{_AT}{step}",
        title=f"{network.title}, step {step:,} (epoch {epoch:.3g})",
        weights=weights,
        version=str(weights.stat().st_mtime_ns),
        accuracy=accuracy,
        tested_on=network.tested_on if accuracy is not None else "",
        step=step,
    )


def _accuracies(run: Run) -> dict[int, float | None]:
    """Return the test accuracy by last step of each epoch; empty if the log is damaged."""
    try:
        return {row["step"]: row.get("test_accuracy") for row in run.log.epochs()}
    except RunError:
        return {}


def untrained(architecture_key: str) -> TrainedNetwork:
    """Return a network with the initial weights of seed 0."""
    row = architecture(architecture_key)
    title = f"{row.title} before any training"
    return TrainedNetwork(f"{UNTRAINED}{row.key}", title, row.key, Path(), "seed 0", None, "")


def find_network(key: str) -> TrainedNetwork:
    """Return the network with a key.

    Raises:
        ValueError: if there is none.
    """
    if key.startswith(UNTRAINED):
        return untrained(key.removeprefix(UNTRAINED))
    network = _newest(base_key(key))
    if network and network.key != key:
        network = next((n for n in snapshots_of(network) if n.key == key), None)
    if network is None:
        raise ValueError(f"network must be a shipped network or a run's id, got {key!r}")
    return network


def _newest(key: str) -> TrainedNetwork | None:
    """Return a shipped network, or that of a run with its newest weights; None if it is missing."""
    row_key = key.removeprefix(SHIPPED)
    if row_key != key:
        path = _card_path(row_key)
        return _of_card(path) if row_key in CATALOG and path.exists() else None
    with contextlib.suppress(RunError, OSError):  # missing, damaged, or without weights yet
        return network_of_run(find_run(key))
    return None


def card(network: TrainedNetwork) -> dict[str, Any]:
    """Return the card of a shipped network: settings, versions, seconds, accuracy."""
    return dict(json.loads(network.weights.with_suffix(".json").read_text()))


def weights_digest(network: TrainedNetwork) -> str:
    """Return the SHA-256 of the file with a network's weights."""
    with network.weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_shipped(network: TrainedNetwork) -> None:
    """Check that the weights of a shipped network are as they shipped.

    Raises:
        CheckpointError: if they are missing or differ.
    """
    from cnnviz.training.runs.checkpoint import CheckpointError

    try:
        digest = weights_digest(network)
    except OSError:
        digest = ""
    if digest != network.version:
        raise CheckpointError(
            f"{network.weights} is missing, or not as it shipped. Restore it from the repository."
        )


def load_network(network: TrainedNetwork) -> "LoadedNetwork":
    """Return the network with its weights, in evaluation mode, without gradients.

    Raises:
        CheckpointError: if the file is missing or damaged.
        ValueError: if the weights do not fit the architecture.
    """
    from cnnviz.models.loaded_network import LoadedNetwork, untrained_network
    from cnnviz.models.state_dicts import load_weights
    from cnnviz.training.runs import checkpoint

    row = network.architecture
    if network.key.startswith(UNTRAINED):
        return untrained_network(row)
    if network.shipped:
        check_shipped(network)
    tensors, _ = checkpoint.load_checkpoint(network.weights)
    model = row.build()
    load_weights(model, tensors, name=row.key, file=network.weights)
    return LoadedNetwork(model.eval().requires_grad_(False), row)
