"""A run's numbers for other programs: CSV, and TensorBoard where it is installed."""

import csv
import io
from pathlib import Path
from typing import Any

from cnnviz.runs import Run


def to_csv(run: Run) -> str:
    """Return one line per event: intervals and epochs in the order in which they happened."""
    rows = [_flat(row) for row in run.metrics()[0]]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}/{key}": item for key, item in value.items()}
        elif not isinstance(value, list):
            flat[name] = value
    return flat


class TensorBoard:
    """Event files beside a run, so that `tensorboard --logdir runs` shows it.

    Does nothing where TensorBoard is not installed.
    """

    def __init__(self, folder: Path, step: int) -> None:
        """Name the run's folder and the step from which older events no longer count."""
        self._folder, self._step = folder, step
        self._written = 0
        self._writer: Any = None
        self._missing = False

    def write(self, history: list[dict[str, Any]]) -> None:
        """Add what is new in the history since the last call."""
        if self._open() is None:
            return
        for row in history[self._written :]:
            for name, value in _flat(row).items():
                if name not in ("kind", "step") and value is not None and row["step"] > self._step:
                    self._writer.add_scalar(f"{row['kind']}/{name}", value, row["step"])
        self._written = len(history)
        self._writer.flush()

    def close(self) -> None:
        """Close the event file, if one was opened."""
        if self._writer is not None:
            self._writer.close()

    def _open(self) -> Any:
        if self._writer is None and not self._missing:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self._missing = True
                return None
            purge = self._step + 1 if self._step else None
            self._writer = SummaryWriter(self._folder / "tensorboard", purge_step=purge)
        return self._writer
