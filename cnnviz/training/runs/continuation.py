"""Weights, and optimizer state where it was kept, of a run at one of its snapshots."""

import contextlib

from torch import Tensor

from cnnviz.training.runs import checkpoint, snapshots
from cnnviz.training.runs.origin import START
from cnnviz.training.runs.store import Run

_OPTIMIZER, _MODEL = "optimizer.", "model."  # prefixes of tensors, as in `Trainer.state`


def state_at(run: Run, step: int) -> dict[str, Tensor]:
    """Return the tensors of a run after a step, named as `Trainer.state` names them.

    The two newest checkpoints also hold the state of the optimizer, and weights in full precision.
    A snapshot has weights alone, in about half the space.

    Args:
        run: that has a snapshot of the step.
        step: of the snapshot.

    Raises:
        CheckpointError: if there is none, or it is damaged.
    """
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        with contextlib.suppress(checkpoint.CheckpointError):
            tensors, metadata = checkpoint.load_checkpoint(run.path / name)
            if metadata["position"]["step"] == step:
                return tensors
    weights, _ = checkpoint.load_checkpoint(snapshots.snapshot_path(run.path, step))
    return {f"{_MODEL}{name}": weight for name, weight in weights.items()}


def without_optimizer(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of the network alone."""
    return {name: tensor for name, tensor in state.items() if not name.startswith(_OPTIMIZER)}


def has_optimizer(state: dict[str, Tensor]) -> bool:
    """Tell whether tensors hold the state of an optimizer."""
    return any(name.startswith(_OPTIMIZER) for name in state)


def save_start(run: Run, state: dict[str, Tensor]) -> None:
    """Write the tensors that a run's training begins with."""
    checkpoint.save_checkpoint(run.path / START, state, {"architecture": run.settings().model})
