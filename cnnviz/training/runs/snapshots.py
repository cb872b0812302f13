"""Snapshots of a training: weights after selected steps, for inference.

    runs/<id>/moments/<step>.safetensors

Weights change most in the first steps, so the steps are 0, the powers of two, and the last of each
epoch. They are planned before the first step, and stay the same when a run is stopped, killed and
resumed. PyTorch is not imported here.
"""

import re
from collections.abc import Sequence
from pathlib import Path

FOLDER = "moments"
MAX_COUNT, MAX_BYTES = 24, 64 * 2**20  # of the snapshots of a run
_NAME = re.compile(r"(0|[1-9]\d{0,8})\.safetensors")


def planned_steps(total: int, per_epoch: int, *, size: int) -> frozenset[int]:
    """Return the steps to take snapshots after: 0, 1, 2, 4, 8 and so on, and each epoch's last.

    Args:
        total: steps of the whole training.
        per_epoch: steps of one epoch.
        size: bytes of a snapshot; with `MAX_COUNT` and `MAX_BYTES` it limits their number.

    Returns:
        Steps from 0 to `total`. Where they would be too many, the ends of epochs get half of the
        limit or as many as they need, and both kinds are thinned evenly.
    """
    limit = min(MAX_COUNT, MAX_BYTES // max(size, 1))
    doubling = [0, *(2**k for k in range(total.bit_length()))]
    ends = range(per_epoch, total + 1, per_epoch)
    for_ends = min(len(ends), max((limit + 1) // 2, limit - len(doubling)))
    return frozenset(_thinned(doubling, limit - for_ends)) | frozenset(_thinned(ends, for_ends))


def snapshot_path(run: Path, step: int) -> Path:
    """Return the path of a snapshot in a run's folder."""
    return run / FOLDER / f"{step}.safetensors"


def snapshot_steps(run: Path) -> list[int]:
    """Return the steps that a run's folder has snapshots of, ascending."""
    if not (run / FOLDER).is_dir():
        return []
    matches = [_NAME.fullmatch(path.name) for path in (run / FOLDER).iterdir()]
    return sorted(int(match[1]) for match in matches if match)


def remove_after(run: Path, step: int) -> None:
    """Remove snapshots after the step that a run resumes from, and partly written ones."""
    for late in snapshot_steps(run):
        if late > step:
            snapshot_path(run, late).unlink(missing_ok=True)
    for torn in (run / FOLDER).glob(".*.safetensors-*"):
        torn.unlink(missing_ok=True)


def _thinned(steps: Sequence[int], count: int) -> list[int]:
    """Return at most `count` of the steps, evenly spread, the last one among them."""
    if count >= len(steps):
        return list(steps)
    stride = (len(steps) - 1) / max(count - 1, 1)
    return [steps[-1 - round(place * stride)] for place in range(count)]
