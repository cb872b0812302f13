"""Events of a run, read as they arrive, and their columns as arrays to plot."""

import contextlib
import copy
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnviz.system.sized_cache import memory_of
from cnnviz.training.runs.event_log import EventReader
from cnnviz.training.runs.interval_table import IntervalRows, IntervalTable
from cnnviz.training.runs.records import check_event
from cnnviz.training.runs.store import Run

Column = NDArray[np.float32]
_Row = TypeVar("_Row")
_READ_BYTES = 8 * 2**20  # of a log at a time, before it is reduced to numbers


class History:
    """Events of a run; each `read` continues where the last one ended."""

    def __init__(self, run: Run) -> None:
        """Begin without an event."""
        self._log = run.log
        self._reader = EventReader(run.log)
        self._clear()

    @property
    def nbytes(self) -> int:
        """Memory of the events in bytes."""
        return self._table.nbytes + memory_of((self.epochs, self.changes))

    def read(self) -> "History":
        """Read the events added since the last call, or all if a resumed run has rewritten its log.

        Raises:
            RunError: if a line of the log cannot be read or has invalid values.
        """
        while True:
            rows, from_start = self._reader.read(limit=_READ_BYTES)
            if from_start:
                self._clear()
            self._add(rows)
            if not rows or not self._reader.unread():
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

    def snapshot(self) -> "History":
        """Return the events read so far, which stay as they are when this one reads on."""
        snapshot = copy.copy(self)
        snapshot.epochs, snapshot.changes = list(self.epochs), list(self.changes)
        return snapshot

    def _clear(self) -> None:
        self._table = IntervalTable()
        self.intervals: Sequence[dict[str, Any]] = self._table.rows()
        self.epochs: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []  # of settings during the training

    def _add(self, rows: list[dict[str, Any]]) -> None:
        self._table.extend([row for row in rows if row.get("kind") == "interval"])
        self.intervals = self._table.rows()
        self.epochs += [row for row in rows if row.get("kind") == "epoch"]
        self.changes += [row for row in rows if row.get("kind") == "change"]


def column(rows: Sequence[dict[str, Any]], name: str, key: str | None = None) -> Column:
    """Return one number of each row as an array (n,), NaN where there is none.

    Args:
        rows: events of one kind.
        name: of the field.
        key: of an entry where the field is a mapping, such as a layer of the gradient norms.
    """
    if isinstance(rows, IntervalRows):
        numbers = rows.column(name, key)
    else:
        values = [row.get(name) if key is None else row.get(name, {}).get(key) for row in rows]
        numbers = np.array([np.nan if value is None else value for value in values], np.float64)
    with np.errstate(over="ignore"):  # a diverging loss exceeds float32: infinite there
        return numbers.astype(np.float32)


def keys(rows: Sequence[dict[str, Any]], name: str) -> list[str]:
    """Return the keys in a mapping field of the rows, in order of first appearance."""
    if isinstance(rows, IntervalRows):
        return rows.keys(name)
    return list(dict.fromkeys(key for row in rows for key in row.get(name, {})))


def subsample(rows: Sequence[_Row], most: int) -> Sequence[_Row]:
    """Return at most about `most` rows, evenly spread and including the last."""
    stride = -(-len(rows) // most) or 1
    return rows[(len(rows) - 1) % stride :: stride]
