"""Moments of a training: its weights after a few steps, so that any of them can be looked at.

    runs/<id>/moments/<step>.safetensors

Most happens early, so the steps are the powers of two, the initial weights and the ends of passes.
The trainer knows its whole length: which steps they are is settled before the first, and a run
that is stopped, killed and gone on with keeps the same ones. PyTorch is not imported here.
"""

import re
from collections.abc import Sequence
from pathlib import Path

FOLDER = "moments"
MAX_COUNT, MAX_BYTES = 24, 64 * 2**20  # of one run, at most
_NAME = re.compile(r"(0|[1-9]\d{0,8})\.safetensors")


def planned_steps(total: int, per_epoch: int, *, size: int) -> frozenset[int]:
    """Return the steps to keep of a training: 0, 1, 2, 4, 8 and so on, and each pass's last.

    Args:
        total: steps of the whole training.
        per_epoch: steps of one pass.
        size: bytes of one moment; with `MAX_COUNT` and `MAX_BYTES` it bounds their number.

    Returns:
        Steps from 0 to `total`. Where they would be too many, the passes' ends have half of the
        room or what they need, and both kinds are thinned evenly.
    """
    room = min(MAX_COUNT, MAX_BYTES // max(size, 1))
    doubling = [0, *(2**k for k in range(total.bit_length()))]
    ends = range(per_epoch, total + 1, per_epoch)
    for_ends = min(len(ends), max((room + 1) // 2, room - len(doubling)))
    return frozenset(_thinned(doubling, room - for_ends)) | frozenset(_thinned(ends, for_ends))


def snapshot_path(run: Path, step: int) -> Path:
    """Return where a run keeps the weights as they were after so many steps."""
    return run / FOLDER / f"{step}.safetensors"


def snapshot_steps(run: Path) -> list[int]:
    """Return the steps whose weights a run's folder keeps, first to last."""
    if not (run / FOLDER).is_dir():
        return []
    names = [_NAME.fullmatch(found.name) for found in (run / FOLDER).iterdir()]
    return sorted(int(name[1]) for name in names if name)


def remove_after(run: Path, step: int) -> None:
    """Remove what lies beyond a step that the run goes back to, and what was half written."""
    for late in snapshot_steps(run):
        if late > step:
            snapshot_path(run, late).unlink(missing_ok=True)
    for torn in (run / FOLDER).glob(".*.safetensors-*"):
        torn.unlink(missing_ok=True)


def _thinned(every: Sequence[int], room: int) -> list[int]:
    """Return at most so many of them, evenly picked, the last always among them."""
    if room >= len(every):
        return list(every)
    stride = (len(every) - 1) / max(room - 1, 1)
    return [every[-1 - round(place * stride)] for place in range(room)]
