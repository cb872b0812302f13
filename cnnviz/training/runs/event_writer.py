"""Writer of a run's events: into its log at once, into its history with each checkpoint.

    metrics.jsonl   every event, for readers, while the run trains
    history.jsonl   the events up to the last checkpoint, which holds their length and digest

A checkpoint therefore costs the same after many events as after few. A resumed run cuts both files
back to the events of its checkpoint. If one of the two is lost or damaged, the other replaces it.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnviz.system import files
from cnnviz.training.runs.event_log import EventLog

if TYPE_CHECKING:
    from hashlib import _Hash

_BLOCK = 2**20  # bytes read at a time


@dataclass(frozen=True)
class HistoryMark:
    """The events of a checkpoint: the first bytes of the history.

    Attributes:
        bytes: their length.
        sha256: their digest.
        losses: of the first and the last interval, None where they were not finite; empty if there
            is no interval.
    """

    bytes: int
    sha256: str
    losses: list[float | None]


class EventWriter:
    """Log and history of a run, which only the holder of its lock may write.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        """Leave the files as they are until `restore` or `rewrite`."""
        self._log, self._history = EventLog(folder).path, folder / "history.jsonl"
        self._handle: int | None = None  # of the log
        self._staged: list[bytes] = []  # lines since the last checkpoint
        self._size = 0  # bytes of the history
        self._digest = hashlib.sha256()  # of the history
        self._losses: list[float | None] = []  # of the first and the last interval

    def restore(self, mark: HistoryMark) -> bool:
        """Cut log and history back to a mark; return False if neither has its events intact."""
        paths = (self._history, self._log)
        digests = {path: sha for path in paths if (sha := _digest(path, mark.bytes))}
        intact = [path for path, sha in digests.items() if sha.hexdigest() == mark.sha256]
        if not intact:
            return False
        for path in paths:
            if path not in intact or path.stat().st_size != mark.bytes:
                _copy_start(intact[0], path, mark.bytes)
        self._staged, self._losses = [], list(mark.losses)
        self._size, self._digest = mark.bytes, digests[intact[0]]
        return True

    def rewrite(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace log and history by rows, as a checkpoint of an earlier version holds them."""
        self._staged, self._losses = [], []
        self._size, self._digest = 0, hashlib.sha256()
        content = b"".join(map(self.stage, rows))
        files.replace(self._history, b"")
        self.commit()
        files.replace(self._log, content)

    def stage(self, row: Mapping[str, Any]) -> bytes:
        """Add an event to those of the next checkpoint, and return its line.

        Raises:
            ValueError: if a number is not finite, since JSON has no NaN.
        """
        line = (json.dumps(row, allow_nan=False) + "\n").encode()
        self._staged.append(line)
        if row["kind"] == "interval":
            self._losses = [*(self._losses or [row.get("loss")])[:1], row.get("loss")]
        return line

    def publish(self, line: bytes) -> None:
        """Append a line to the log, where readers find it at once."""
        if self._handle is None:
            self._handle = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        while line:  # a disk that fills up takes a part, and refuses the next call
            line = line[os.write(self._handle, line) :]

    def commit(self) -> HistoryMark:
        """Write the staged events durably, and return the mark of all events so far.

        Raises:
            OSError: if they cannot be written; they then stay staged.
        """
        content = b"".join(self._staged)
        with self._history.open("r+b") as file:
            file.seek(self._size)
            file.truncate()  # what a call that failed has left
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self._staged = []
        self._size += len(content)
        self._digest.update(content)
        return HistoryMark(self._size, self._digest.hexdigest(), self._losses)

    def close(self) -> None:
        """Close the log."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _digest(path: Path, size: int) -> "_Hash | None":
    """Return the digest of the first bytes of a file; None if it is missing or has fewer."""
    if not path.exists():
        return None
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size and (block := file.read(min(size, _BLOCK))):
            digest.update(block)
            size -= len(block)
    return None if size else digest


def _copy_start(source: Path, target: Path, size: int) -> None:
    """Replace a file by the first bytes of another one, or of itself."""
    with source.open("rb") as file, files.replacing(target, durable=True) as copy:
        while size and (block := file.read(min(size, _BLOCK))):
            copy.write(block)
            size -= len(block)
