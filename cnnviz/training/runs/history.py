"""Events of a run, read as they arrive, and their columns as arrays to plot."""

import contextlib
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.training.runs.event_log import EventReader
from cnnviz.training.runs.records import check_event
from cnnviz.training.runs.store import Run

Column = NDArray[np.float32]
_Row = TypeVar("_Row")


class History:
    """Events of a run; each `read` continues where the last one ended."""

    def __init__(self, run: Run) -> None:
        """Begin without an event."""
        self._log = run.log
        self._reader = EventReader(run.log)
        self.intervals: list[dict[str, Any]] = []
        self.epochs: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []  # of settings during the training

    def read(self) -> "History":
        """Read the events added since the last call, or all if a resumed run has rewritten its log.

        Raises:
            RunError: if a line of the log cannot be read or has invalid values.
        """
        rows, from_start = self._reader.read()
        if from_start:
            self._clear()
        self._add(rows)
        return self

    def read_sound(self) -> "History":
        """Read all events before the first invalid line."""
        self._reader = EventReader(self._log)
        self._clear()
        with contextlib.suppress(ValueError):
            for line in self._log.lines()[0]:
                (row,) = self._log.parse([line])
                check_event(row)
                self._add([row])
        return self

    def _clear(self) -> None:
        self.intervals, self.epochs, self.changes = [], [], []

    def _add(self, rows: list[dict[str, Any]]) -> None:
        self.intervals += [row for row in rows if row.get("kind") == "interval"]
        self.epochs += [row for row in rows if row.get("kind") == "epoch"]
        self.changes += [row for row in rows if row.get("kind") == "change"]


def column(rows: list[dict[str, Any]], name: str, key: str | None = None) -> Column:
    """Return one number of each row as an array (n,), NaN where there is none.

    Args:
        rows: events of one kind.
        name: of the field.
        key: of an entry where the field is a mapping, such as a layer of the gradient norms.
    """
    values = [row.get(name) if key is None else row.get(name, {}).get(key) for row in rows]
    numbers = np.array([np.nan if value is None else value for value in values], np.float64)
    with np.errstate(over="ignore"):  # a diverging loss exceeds float32: infinite there
        return numbers.astype(np.float32)


def keys(rows: list[dict[str, Any]], name: str) -> list[str]:
    """Return the keys in a mapping field of the rows, in order of first appearance."""
    return list(dict.fromkeys(key for row in rows for key in row.get(name, {})))


def subsample(rows: list[_Row], most: int) -> list[_Row]:
    """Return at most about `most` rows, evenly spread and including the last."""
    stride = -(-len(rows) // most) or 1
    return rows[(len(rows) - 1) % stride :: stride]
