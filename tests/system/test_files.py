import contextlib
import json
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from cnnviz.system import files

Failing = Callable[[str, int], AbstractContextManager[list[int]]]
OLD, NEW = b"old" * 1000, b"the new content" * 1000


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_holds_what_was_written_last(durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "a file.json"
    for content in (OLD, NEW, b""):
        files.replace(path, content, durable=durable)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["fsync", "replace", "open"])
def test_whichever_call_fails_old_or_new_is_there_and_nothing_else(
    name: str, failing: Failing, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    for nth in range(1, 10):
        path.write_bytes(OLD)
        with failing(name, nth) as calls, contextlib.suppress(OSError):
            files.replace(path, NEW, durable=True)
        assert path.read_bytes() in (OLD, NEW)
        assert list(tmp_path.iterdir()) == [path]
        if len(calls) < nth:  # there is no nth call: it has passed
            break
    assert path.read_bytes() == NEW
    assert nth > 1


def test_an_error_of_the_disk_is_passed_on(failing: Failing, tmp_path: Path) -> None:
    for name in ("fsync", "replace", "open"):
        with failing(name, 1), pytest.raises(OSError, match="No space left"):
            files.replace(tmp_path / "file", NEW, durable=True)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # Unix: a limit on the size of a file is a full disk
    path = tmp_path / "file"
    files.replace(path, OLD)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            files.replace(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_finds_the_old_content_or_the_new_whenever_it_looks(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.replace(path, OLD)
    seen, done = set(), threading.Event()

    def write() -> None:
        for turn in range(300):
            files.replace(path, NEW if turn % 2 == 0 else OLD)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= {OLD, NEW}


def test_a_value_survives_as_json(tmp_path: Path) -> None:
    value = {"label": "Grüße 7", "loss": 0.1, "dead": [None, True, []]}
    files.write_json(tmp_path / "value.json", value)
    assert json.loads((tmp_path / "value.json").read_bytes()) == value


def test_json_is_read_or_refused(tmp_path: Path) -> None:
    (tmp_path / "value.json").write_bytes(b'{"label": "7", "dead": [null, true]}')
    assert files.read_json(tmp_path / "value.json") == {"label": "7", "dead": [None, True]}
    (tmp_path / "value.json").write_bytes(b'{"label": "7", "dead": [null')
    with pytest.raises(ValueError, match="truncated"):
        files.read_json(tmp_path / "value.json")
    with pytest.raises(FileNotFoundError):
        files.read_json(tmp_path / "nothing.json")


def test_a_stamp_changes_with_the_file_and_is_constant_while_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "file"
    stamps = [files.stamp(path), files.stamp(path)]
    assert stamps == [files.MISSING, files.MISSING]
    for content in (OLD, OLD, NEW):
        files.replace(path, content)
        stamps.append(files.stamp(path))
    assert len(set(stamps)) == 4
    with path.open("ab") as file:  # in place, perhaps within one tick of the clock
        file.write(b"more")
    assert files.stamp(path) != stamps[-1]
    path.unlink()
    assert files.stamp(path) == files.MISSING


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_cannot_hold_leaves_the_old_file(value: object, tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    files.write_json(path, 1)
    with pytest.raises((ValueError, TypeError)):
        files.write_json(path, [value])
    assert path.read_bytes() == b"1"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.replace(tmp_path / "missing" / "file", NEW)


@dataclass(frozen=True)
class Cup:
    """A record within a record."""

    liters: float
    tea: str | None = None


@dataclass(frozen=True)
class Tray:
    """A record."""

    cups: tuple[Cup, ...]
    count: int = 1
    names: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the number of cups."""
        if self.count < 1:
            raise ValueError(f"count must be at least 1, got {self.count}")


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    tray = Tray((Cup(0.25, "mint"), Cup(1)), 2, {"Grüße": 7})
    files.write_json(tmp_path / "tray.json", asdict(tray))
    assert files.read_record(tmp_path / "tray.json", Tray) == tray
    files.write_json(tmp_path / "tray.json", {"cups": []})
    assert files.read_record(tmp_path / "tray.json", Tray) == Tray(())
    assert files.read_record(tmp_path / "tray.json", dict) == {"cups": []}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "Expected `object`, got `array`"),
        ("{}", "missing required field `cups`"),
        ('{"cups": [{"liters": "much"}]}', "Expected `float`, got `str` - at `$.cups[0].liters`"),
        ('{"cups": [{"liters": NaN}]}', "malformed"),
        ('{"cups": [{"liters": 1e999}]}', "out of range - at `$.cups[0].liters`"),
        ('{"cups": [], "count": true}', "Expected `int`, got `bool` - at `$.count`"),
        ('{"cups": [], "count": 0}', "count must be at least 1, got 0"),
        ('{"cups": [], "milk": 1}', "field must be one of cups, count, names, got 'milk' - at `$`"),
        ('{"cups": [{"liters": 1, "milk": 1}]}', "got 'milk' - at `$.cups[0]`"),
        ('{"cups": []', "truncated"),
        ("\xff", "malformed"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_by_the_place(
    text: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "tray.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=re.escape(words)):
        files.read_record(tmp_path / "tray.json", Tray)
