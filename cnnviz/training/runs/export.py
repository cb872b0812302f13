"""Export of a run's events: CSV, and TensorBoard where it is installed."""

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnviz.system.tables import csv_text
from cnnviz.training.runs.store import Run


def events_to_csv(run: Run) -> str:
    """Return the events as CSV, one line for each interval and epoch, in order.

    Raises:
        RunError: if the log is damaged.
    """
    return csv_text([_flat(row) for row in run.log.read()[0]])


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}/{key}": item for key, item in value.items()}
        elif not isinstance(value, list):
            flat[name] = value
    return flat


class TensorBoard:
    """Writer of TensorBoard event files, which `tensorboard --logdir runs` shows.

    Does nothing where TensorBoard is not installed, and nothing more after its first error, which
    must not end a training.

    Args:
        folder: of the run.

    Attributes:
        problem: why the event files are incomplete, in a sentence; else empty.
    """

    def __init__(self, folder: Path) -> None:
        """Begin without a file.

        The files of an earlier session are void and written again: a killed session may have left
        events out, or written some that are in no checkpoint.
        """
        self._folder = folder / "tensorboard"
        self._writer: Any = None
        self._missing = False
        self.problem = ""

    @contextlib.contextmanager
    def tolerate_errors(self) -> Iterator[None]:
        """Have an error in the block end the writing of event files, not the training."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever TensorBoard and its thread raise
            with contextlib.suppress(OSError):  # the disk may be full
                traceback.print_exception(error)  # to the run's log
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            self.problem = (
                f"The event files for TensorBoard are incomplete: {reason.splitlines()[0]}. The "
                "training itself is not affected."
            )

    def available(self) -> bool:
        """Tell whether TensorBoard is installed, and open a file if it is."""
        opened = False
        with self.tolerate_errors():
            opened = not self.problem and self._open() is not None
        return opened

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Write events, those of one session in order."""
        if not self.available():
            return
        with self.tolerate_errors():
            for row in rows:
                for name, value in _flat(row).items():
                    if name not in ("kind", "step") and value is not None:
                        self._writer.add_scalar(f"{row['kind']}/{name}", value, row["step"])
            self._writer.flush()

    def close(self) -> None:
        """Close the event file, if one was opened."""
        if self._writer is not None:
            with self.tolerate_errors():
                self._writer.close()

    def _open(self) -> Any:
        if self._writer is None and not self._missing:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                self._missing = True
                return None
            purge_step = 1 if self._folder.exists() else None  # earlier files are void from here on
            self._writer = SummaryWriter(self._folder, purge_step=purge_step)
        return self._writer
