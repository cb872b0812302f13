"""Event log of a run, `metrics.jsonl`: a JSON object per line and event, appended by the trainer.

A run that is resumed rewrites its log to the history in its checkpoint.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from cnnviz.system import files
from cnnviz.training.runs.records import RunError, check_event


@dataclass(frozen=True)
class EventLog:
    """Log of a run, by the run's folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file, which need not exist yet."""
        return self.folder / "metrics.jsonl"

    def read(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return the events from a byte offset on, and the offset to read on from.

        A last line that is still being written is left for the next call. An offset beyond the
        end means that the log was rewritten: it is then read from its start.

        Raises:
            RunError: if a line cannot be read.
        """
        lines, start = self.lines(offset)
        return self.parse(lines), start + sum(map(len, lines))

    def lines(self, offset: int = 0, *, limit: int = -1) -> tuple[list[bytes], int]:
        """Return the complete lines from a byte offset on, and the offset of the first of them.

        Args:
            offset: of a line; one beyond the end means the start.
            limit: bytes to read at most; -1 for all.
        """
        if (log := self._open()) is None:
            return [], 0
        with log as file:
            size = file.seek(0, os.SEEK_END)  # bytes
            file.seek(offset if offset <= size else 0)
            start, content = file.tell(), file.read(limit)
        return content[: content.rfind(b"\n") + 1].splitlines(keepends=True), start

    def _open(self) -> BinaryIO | None:
        """Return the file; None if there is none, or no more."""
        try:
            return files.retry_while_open(lambda: self.path.open("rb"))
        except FileNotFoundError:
            return None

    def epochs(self) -> list[dict[str, Any]]:
        """Return the events of epochs.

        Raises:
            RunError: if one of them cannot be read or has invalid values.
        """
        if (log := self._open()) is None:
            return []
        with log as file:
            lines = [line for line in file if line.startswith(b'{"kind": "epoch"')]
        rows = self.parse([line for line in lines if line.endswith(b"\n")])
        self.check(rows)
        return rows

    def parse(self, lines: list[bytes]) -> list[dict[str, Any]]:
        """Return lines of the log as events.

        Raises:
            RunError: if one of them cannot be read.
        """
        try:
            return [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
        except ValueError as error:
            raise self.damaged() from error

    def check(self, rows: list[dict[str, Any]]) -> None:
        """Check the values of events.

        Raises:
            RunError: if one of them is invalid.
        """
        try:
            for row in rows:
                check_event(row)
        except ValueError as error:
            raise self.damaged() from error

    def damaged(self) -> RunError:
        """Return the error for a log that cannot be read."""
        return RunError(
            f"the log of run {self.folder.name} is damaged: resume the run, which restores the "
            "log from its checkpoint, or delete it"
        )

    def identity(self) -> int:
        """Return a number that changes when the log is rewritten; 0 if there is none."""
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return 0


class EventReader:
    """Reads a log as it grows; each `read` continues where the last one ended."""

    def __init__(self, log: EventLog) -> None:
        """Begin at the start of the log."""
        self._log = log
        self._last = b""  # the last line read, which starts at `_offset`
        self._offset = 0

    def read(self, *, limit: int = -1) -> tuple[list[dict[str, Any]], bool]:
        """Return the events added since the last call, and whether they start the log.

        They start it at the first call, and again once a resumed run has rewritten its log. If the
        last line read is still at its place, the log has only grown.

        Args:
            limit: bytes to read at most, more than two lines; -1 for all.

        Raises:
            RunError: if a line of the log cannot be read or has invalid values.
        """
        lines, start = self._log.lines(self._offset, limit=limit)
        grown = bool(self._last) and lines[:1] == [self._last]
        if not grown:
            lines, start = self._log.lines(limit=limit)  # rewritten: from its start
        rows = self._log.parse(lines[grown:])
        self._log.check(rows)
        self._last = lines[-1] if lines else b""
        self._offset = start + sum(map(len, lines[:-1]))  # bytes, of the last line
        return rows, not grown

    def unread(self) -> int:
        """Return the bytes of the log after the last line read."""
        try:
            size = self._log.path.stat().st_size
        except FileNotFoundError:
            return 0
        return max(0, size - self._offset - len(self._last))
