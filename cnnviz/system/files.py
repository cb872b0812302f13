"""Atomic file replacement, JSON files, and stamps that tell whether a file has changed.

msgspec reads JSON, since it is strict (it refuses NaN) and checks types by annotations.
"""

import contextlib
import dataclasses
import errno
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

Stamp = tuple[int, int, int]
MISSING: Stamp = (0, 0, 0)
_UNFINISHED = re.compile(r"\.(.+)-[0-9a-f]{12}")  # names that `replace` writes to first
_Result = TypeVar("_Result")
_Record = TypeVar("_Record")
_RETRY_SECONDS = 1.0 if os.name == "nt" else 0.0


def retry_while_open(call: Callable[[], _Result]) -> _Result:
    """Return the result of a call, retried while Windows refuses it because the file is open.

    Raises:
        PermissionError: if it is still refused after a second; on other systems at once.
    """
    deadline = time.monotonic() + _RETRY_SECONDS
    while True:
        try:
            return call()
        except PermissionError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.005)


def stamp(path: Path) -> Stamp:
    """Return inode, time and size of a file, which change with it; `MISSING` if there is none.

    The time alone would miss a second change within one tick of the clock.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return MISSING
    return status.st_ino, status.st_mtime_ns, status.st_size


class _Counter:
    """A number that all threads increase."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def increase(self) -> None:
        with self._lock:
            self.value += 1


_WRITES = _Counter()


def writes() -> int:
    """Return how many files this process has replaced or overwritten so far."""
    return _WRITES.value


def replace(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file atomically: a reader finds either the old content or the new.

    Args:
        path: of the file, in an existing folder.
        content: of the whole file.
        durable: wait until the disk has it, so that a power cut cannot undo it.

    Raises:
        OSError: if the file cannot be written; the old file is then still there.
    """
    with replacing(path, durable=durable) as file:
        file.write(content)


def overwrite(path: Path, content: bytes) -> None:
    """Write an existing file in place: all that a full disk or a read-only folder allows.

    A shorter content is filled up with spaces, so that one call writes it.

    Raises:
        OSError: if it cannot be written; the old content is then still there.
    """
    with path.open("r+b", buffering=0) as file:
        old = file.read()
        file.seek(0)
        if file.write(content.ljust(len(old))) < len(content):
            file.seek(0)
            file.write(old)
            file.truncate()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    _WRITES.increase()


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of another one at the end of the block.

    Args:
        path: as of `replace`.
        durable: as of `replace`.

    Raises:
        OSError: as `replace` does; an exception in the block leaves the old file too.
    """
    name = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    try:
        with name.open("xb") as file:  # unlike mkstemp, as readable as any other file
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        retry_while_open(lambda: os.replace(name, path))  # noqa: PTH105 - the name tests make fail
        _WRITES.increase()
    except BaseException:
        with contextlib.suppress(OSError):
            name.unlink()
        raise
    if durable:
        sync_folder(path.parent)


def is_unfinished(name: str) -> bool:
    """Tell whether a file name is one that `replace` writes to before it renames the file."""
    return _UNFINISHED.fullmatch(name) is not None


def replaced_path(path: Path) -> Path:
    """Return the file that takes the place of an unfinished one; another path as it is."""
    name = _UNFINISHED.fullmatch(path.name)
    return path.with_name(name[1]) if name else path


def remove_unfinished(folder: Path, pattern: str) -> None:
    """Remove what `replace` leaves of a file when its process is killed.

    Args:
        folder: of the file.
        pattern: of its name, such as "*.safetensors"; nobody may be writing such a file.
    """
    for unfinished in folder.glob(f".{pattern}-*"):
        unfinished.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not JSON.
    """
    return msgspec.json.decode(retry_while_open(path.read_bytes))


def read_record(path: Path, kind: type[_Record]) -> _Record:
    """Return the content of a JSON file as a dataclass or another annotated type.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not JSON, a value has another type than its field, or a dataclass has
            no such field, as in a file of another version; the message names the place.
    """
    content = retry_while_open(path.read_bytes)
    record = msgspec.json.decode(content, type=kind)
    _refuse_unknown_fields(msgspec.json.decode(content), record, "$")
    return record


def write_json(path: Path, value: Any, *, durable: bool = False) -> None:
    """Replace a file by a value as JSON.

    Raises:
        OSError: if the file cannot be written.
        ValueError: if a number is not finite, since JSON has no NaN.
    """
    replace(path, json.dumps(value, allow_nan=False).encode(), durable=durable)


def _refuse_unknown_fields(value: Any, record: Any, place: str) -> None:
    """Raise a `ValueError` for a field that msgspec passed over: only its own structs forbid it."""
    if isinstance(value, dict):
        fields = record
        if dataclasses.is_dataclass(record):
            fields = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
        if unknown := sorted(value.keys() - fields.keys()):
            names = ", ".join(fields)
            raise ValueError(f"field must be one of {names}, got {unknown[0]!r} - at `{place}`")
        for name, part in value.items():
            _refuse_unknown_fields(part, fields[name], f"{place}.{name}")
    elif isinstance(value, list):
        for index, (part, field) in enumerate(zip(value, record, strict=True)):
            _refuse_unknown_fields(part, field, f"{place}[{index}]")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; Windows needs no such call."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
