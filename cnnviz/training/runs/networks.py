"""Trained networks: those that ship with cnnviz and those that were trained here.

A run has one network, its newest weights, and its moments, which are as good to look at.
"""

import contextlib
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.models.catalogue import CATALOGUE, Architecture, architecture
from cnnviz.system.paths import CHECKPOINTS
from cnnviz.training.runs import snapshots as kept
from cnnviz.training.runs.records import RunError, check_event
from cnnviz.training.runs.store import Run, find_run, runs

if TYPE_CHECKING:
    from cnnviz.models.loaded_network import LoadedNetwork

_WEIGHTS = "weights.safetensors"  # of a run, as its last checkpoint has them
_AT = "@"  # between a run's id and a step
_FRESH = "fresh-"  # begins the keys of networks before any training


@dataclass(frozen=True)
class TrainedNetwork:
    """Weights of one architecture, and where they come from.

    Attributes:
        key: "shipped-<architecture>", the run's id, or "<id>@<step>"; stable, fit for a URL.
        title: name to show.
        architecture_key: of its row in the catalogue.
        weights: file with the weights.
        version: changes whenever the weights do; a cache key.
        accuracy: share of right answers on `tested_on`, 0 to 1, or what else the row measures;
            None before the first epoch, and for a moment within one.
        tested_on: which digits, in words.
        step: batches learned from, of a run's moment; None for its newest weights.
        augmentation: how much its digits were moved and turned while it learned, 0 for not at all.
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
        """The row of the catalogue."""
        return architecture(self.architecture_key)

    @property
    def task(self) -> str:
        """What it does: "classify" or "detect"."""
        return self.architecture.task


def networks(task: str | None = None) -> list[TrainedNetwork]:
    """Return every network that has weights: the shipped ones, then the runs, newest first.

    Args:
        task: "classify" or "detect" leaves out the others.
    """
    return [n for n in (*shipped(), *trained()) if task in (None, n.task)]


def shipped() -> list[TrainedNetwork]:
    """Return the networks that ship with cnnviz, in the catalogue's order."""
    paths = [CHECKPOINTS / f"{key}.json" for key in CATALOGUE]
    cards = [json.loads(path.read_text()) for path in paths if path.exists()]
    return [
        TrainedNetwork(
            key=f"shipped-{card['architecture']}",
            title=architecture(card["architecture"]).title,
            architecture_key=card["architecture"],
            weights=CHECKPOINTS / f"{card['architecture']}.safetensors",
            version=card["sha256"],
            accuracy=card["accuracy"],
            tested_on=card["tested_on"],
            augmentation=card["settings"].get("augmentation", 0.0),
        )
        for card in cards
    ]


def trained() -> list[TrainedNetwork]:
    """Return the networks of the runs that have written weights, newest first."""
    found = []
    for run in runs():
        with contextlib.suppress(RunError, OSError):  # deleted or damaged since it was listed
            found.append(_of_run(run, run.path / _WEIGHTS))
    return found


def networks_with_snapshots() -> list[TrainedNetwork]:
    """Return the networks of the runs that keep moments, newest first.

    A run is there from its first moment on: until its first checkpoint, the newest moment stands
    for it.
    """
    found = []
    for run in runs():
        with contextlib.suppress(RunError, OSError):  # deleted or damaged since it was listed
            if steps := kept.snapshot_steps(run.path):
                weights = run.path / _WEIGHTS
                newest = kept.snapshot_path(run.path, steps[-1])
                found.append(_of_run(run, weights if weights.exists() else newest))
    return found


def _of_run(run: Run, weights: Path) -> TrainedNetwork:
    status, settings = run.status(), run.settings()
    return TrainedNetwork(
        key=run.id,
        title=run.title(),
        architecture_key=settings.model,
        weights=weights,
        version=str(weights.stat().st_mtime_ns),
        accuracy=status.test_accuracy,
        tested_on=status.tested_on,
        augmentation=settings.augmentation,
    )


def base_key(key: str) -> str:
    """Return the key of the network that a moment belongs to; a network's own key stays."""
    return key.partition(_AT)[0]


def snapshots_of(network: TrainedNetwork) -> list[TrainedNetwork]:
    """Return the recorded moments of a run's network, first to last; a shipped one has none."""
    if network.key.startswith("shipped-"):
        return []
    try:
        run = find_run(network.key)
        per_epoch = run.status().total_steps / run.settings().epochs
        accuracies = _accuracies(run)
        return [
            _moment(network, run, step, step / max(per_epoch, 1), accuracies.get(step))
            for step in kept.snapshot_steps(run.path)
        ]
    except (RunError, OSError):  # deleted or damaged since it was listed
        return []


def _moment(
    network: TrainedNetwork, run: Run, step: int, epoch: float, tested: float | None
) -> TrainedNetwork:
    weights = kept.snapshot_path(run.path, step)
    return replace(
        network,
        key=f"{run.id}{_AT}{step}",
        title=f"{network.title}, step {step:,} (epoch {epoch:.3g})",
        weights=weights,
        version=str(weights.stat().st_mtime_ns),
        accuracy=tested,
        tested_on=network.tested_on if tested is not None else "",
        step=step,
    )


def _accuracies(run: Run) -> dict[int, float | None]:
    """Return the test accuracy after each pass's last step; nothing if the log is damaged."""
    lines, _ = run.log.lines()
    try:
        epochs = run.log.parse([line for line in lines if line.startswith(b'{"kind": "epoch"')])
        for row in epochs:
            check_event(row)
    except ValueError:
        return {}
    return {row["step"]: row.get("test_accuracy") for row in epochs}


def untrained(architecture_key: str) -> TrainedNetwork:
    """Return an architecture's network before any training, as seed 0 begins it."""
    row = architecture(architecture_key)
    title = f"{row.title} before any training"
    return TrainedNetwork(f"{_FRESH}{row.key}", title, row.key, Path(), "seed 0", None, "")


def find_network(key: str) -> TrainedNetwork:
    """Return the network of that key.

    Raises:
        ValueError: if there is none.
    """
    if key.startswith(_FRESH):
        return untrained(key.removeprefix(_FRESH))
    for candidate in networks():
        if candidate.key == base_key(key):
            found = [candidate] if candidate.key == key else snapshots_of(candidate)
            if named := [network for network in found if network.key == key]:
                return named[0]
    raise ValueError(f"there is no trained network {key!r}")


def card(network: TrainedNetwork) -> dict[str, Any]:
    """Return what is on record about a shipped network: settings, versions, seconds, accuracy."""
    return dict(json.loads(network.weights.with_suffix(".json").read_text()))


def load_network(network: TrainedNetwork) -> "LoadedNetwork":
    """Return the network with its weights, in evaluation mode, its gradients off.

    Raises:
        CheckpointError: if the file is missing or damaged.
        ValueError: if the weights do not fit the architecture.
    """
    import torch

    from cnnviz.models.loaded_network import LoadedNetwork
    from cnnviz.training.runs import checkpoint

    row = network.architecture

    if network.key.startswith(_FRESH):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return LoadedNetwork(row.build().eval().requires_grad_(False), row)
    if network.key.startswith("shipped-"):
        try:
            found = hashlib.sha256(network.weights.read_bytes()).hexdigest()
        except OSError:
            found = ""
        if found != network.version:
            raise checkpoint.CheckpointError(
                f"{network.weights} is missing, or not as it shipped. "
                "Restore it from the repository."
            )
    tensors, _ = checkpoint.load_checkpoint(network.weights)
    model = row.build()
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"{network.weights} does not fit {network.architecture_key}") from error
    return LoadedNetwork(model.eval().requires_grad_(False), row)
