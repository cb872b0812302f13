"""The course of a run's loss in a few points, from a few lines of its log.

The log of a long training has thousands of lines of up to 12 kB. Each has the gradient norm of
every layer, which is not decoded here.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from cnnviz.training.runs.history import subsample

POINTS = 60
_WHOLE = 64 * 1024  # bytes of a log that is read completely


class _LossRow(msgspec.Struct):
    """The fields of a line that the sparkline needs."""

    kind: str = ""
    loss: float | None = None


def loss_sparkline(log: Path) -> list[float]:
    """Return at most about 60 losses from first to last, evenly spread over the log.

    Lines that cannot be read are left out: the run's own view says that its log is damaged.
    """
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            whole = size <= _WHOLE
            lines = file.read().splitlines() if whole else list(_sampled(file, size))
    except FileNotFoundError:
        return []
    return list(subsample(list(_losses(lines)), POINTS))


def _sampled(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the first line, and the first whole line after each of evenly spread positions."""
    yield file.readline()
    end = file.tell()
    for place in range(1, POINTS):
        start = max(place * size // POINTS, end)
        file.seek(start - 1)
        file.readline()  # the rest of a line, or only its end
        yield file.readline()
        end = file.tell()


def _losses(lines: Iterable[bytes]) -> Iterator[float]:
    decode = msgspec.json.Decoder(_LossRow).decode
    for line in lines:
        try:
            row = decode(line)
        except ValueError:  # damaged, or still being written
            continue
        if row.kind == "interval" and row.loss is not None:
            yield row.loss
