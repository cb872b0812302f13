"""The numbers that the learning curves of a race need, out of the logs of its runs.

An event in a log has the gradient norm of every layer: 1.2 KiB in memory for a network of 8 layers,
40 KiB for the 311 layers of ResNet-152. A session that watches a race holds `INTERVAL_BYTES` of an
interval instead. There are at most five a second, since one run trains at a time: 1.0 MB an hour,
instead of 21 to 690 MiB. A run has no more intervals than steps: in a race of 20 runs at batches of
64 for 100 epochs, the largest there can be, 105 MB after more than 100 hours.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnviz.stats.seed_bands import Values
from cnnviz.training.runs.event_log import EventReader
from cnnviz.training.runs.history import column
from cnnviz.training.runs.store import Run

INTERVAL_BYTES = 56  # seven numbers: curves share steps and seconds with the log
RECENT = 9  # intervals that the speed is the median of
_READ_BYTES = 8 * 2**20  # of a log at a time, before it is reduced to numbers
_INTERVAL = ("step", "seconds", "loss", "accuracy")
_EPOCH = ("step", "seconds", "test_accuracy")


class CurveLog:
    """Intervals and epochs of one run, as numbers.

    Attributes:
        intervals: step and seconds at the end of each interval, its mean loss and accuracy, (n, 4).
        epochs: step and seconds at the end of each epoch, and its test accuracy, (epochs, 3).
        speeds: digits per second in the last intervals, at most `RECENT`.
        dead: share of channels that were zero for a whole batch, mean over the ReLUs, as last
            measured; None for a network without a ReLU.
    """

    def __init__(self) -> None:
        """Begin without an event."""
        self.intervals = np.empty((0, len(_INTERVAL)))
        self.epochs = np.empty((0, len(_EPOCH)))
        self.speeds: Values = np.empty(0)
        self.dead: float | None = None

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add events; those of a kind other than interval and epoch are left out."""
        intervals = [row for row in rows if row.get("kind") == "interval"]
        epochs = [row for row in rows if row.get("kind") == "epoch"]
        self.epochs = np.concatenate([self.epochs, _columns(epochs, _EPOCH)])
        self.intervals = np.concatenate([self.intervals, _columns(intervals, _INTERVAL)])
        speeds = _columns(intervals[-RECENT:], ("images_per_second",))[:, 0]
        self.speeds = np.concatenate([self.speeds, speeds])[-RECENT:]
        if dead := next((row["dead"] for row in reversed(intervals) if row.get("dead")), None):
            self.dead = float(np.mean(list(dead.values())))


class CurveLogReader:
    """Reads the log of a run into a `CurveLog`; each `read` continues where the last one ended."""

    def __init__(self, run: Run) -> None:
        """Begin without an event."""
        self._reader = EventReader(run.log)
        self.log = CurveLog()

    def read(self) -> bool:
        """Read the events since the last call; return whether there is any, or the log is another.

        Raises:
            RunError: if a line of the log cannot be read or has invalid values.
        """
        changed = False
        while True:
            rows, from_start = self._reader.read(limit=_READ_BYTES)
            if from_start:
                changed = changed or bool(len(self.log.intervals) or len(self.log.epochs))
                self.log = CurveLog()
            if not rows:
                return changed
            self.log.add(rows)
            changed = True


def _columns(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> Values:
    """Return numbers of the rows, (rows, names)."""
    return np.stack([column(list(rows), name).astype(np.float64) for name in names], axis=1)
