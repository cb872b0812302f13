"""Trained networks: those that ship with cnnviz and those that were trained here."""

import contextlib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.catalogue import CATALOGUE, architecture
from cnnviz.records import RunError
from cnnviz.runs import Run, runs

if TYPE_CHECKING:
    from torch import nn

SHIPPED = Path(__file__).parent.parent / "checkpoints"
_FRESH = "fresh-"  # begins the keys of networks before any training


@dataclass(frozen=True)
class Network:
    """Weights of one architecture, and where they come from.

    Attributes:
        key: "shipped-<architecture>" or the run's id; stable, fit for a URL.
        title: name to show.
        architecture: key of the catalogue.
        weights: file with the weights.
        version: changes whenever the weights do; a cache key.
        accuracy: share of right answers on `tested_on`, 0 to 1, or what else the row measures;
            None before the first epoch.
        tested_on: which digits, in words.
    """

    key: str
    title: str
    architecture: str
    weights: Path
    version: str
    accuracy: float | None
    tested_on: str

    @property
    def task(self) -> str:
        """What it does: "classify" or "detect"."""
        return architecture(self.architecture).task


def networks(task: str | None = None) -> list[Network]:
    """Return every network that has weights: the shipped ones, then the runs, newest first.

    Args:
        task: "classify" or "detect" leaves out the others.
    """
    return [n for n in (*shipped(), *trained()) if task in (None, n.task)]


def shipped() -> list[Network]:
    """Return the networks that ship with cnnviz, in the catalogue's order."""
    paths = [SHIPPED / f"{key}.json" for key in CATALOGUE]
    cards = [json.loads(path.read_text()) for path in paths if path.exists()]
    return [
        Network(
            key=f"shipped-{card['architecture']}",
            title=architecture(card["architecture"]).title,
            architecture=card["architecture"],
            weights=SHIPPED / f"{card['architecture']}.safetensors",
            version=card["sha256"],
            accuracy=card["accuracy"],
            tested_on=card["tested_on"],
        )
        for card in cards
    ]


def trained() -> list[Network]:
    """Return the networks of the runs that have written weights, newest first."""
    found = []
    for run in runs():
        with contextlib.suppress(RunError, OSError):  # deleted or damaged since it was listed
            found.append(_of_run(run))
    return found


def _of_run(run: Run) -> Network:
    status = run.status()
    weights = run.path / "weights.safetensors"
    return Network(
        key=run.id,
        title=run.title(),
        architecture=run.settings().model,
        weights=weights,
        version=str(weights.stat().st_mtime_ns),
        accuracy=status.test_accuracy,
        tested_on=status.tested_on,
    )


def fresh(architecture_key: str) -> Network:
    """Return an architecture's network before any training, as seed 0 begins it."""
    row = architecture(architecture_key)
    title = f"{row.title} before any training"
    return Network(f"{_FRESH}{row.key}", title, row.key, Path(), "seed 0", None, "")


def network(key: str) -> Network:
    """Return the network of that key.

    Raises:
        ValueError: if there is none.
    """
    if key.startswith(_FRESH):
        return fresh(key.removeprefix(_FRESH))
    for candidate in networks():
        if candidate.key == key:
            return candidate
    raise ValueError(f"there is no trained network {key!r}")


def card(network: Network) -> dict[str, Any]:
    """Return what is on record about a shipped network: settings, versions, seconds, accuracy."""
    return dict(json.loads(network.weights.with_suffix(".json").read_text()))


def load(network: Network) -> "nn.Module":
    """Return the network with its weights, in evaluation mode, its gradients off.

    Raises:
        CheckpointError: if the file is missing or damaged.
        ValueError: if the weights do not fit the architecture.
    """
    import torch

    from cnnviz import checkpoint

    if network.key.startswith(_FRESH):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return architecture(network.architecture).build().eval().requires_grad_(False)
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
    tensors, _ = checkpoint.load(network.weights)
    model = architecture(network.architecture).build()
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"{network.weights} does not fit {network.architecture}") from error
    return model.eval().requires_grad_(False)
