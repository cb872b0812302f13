"""An index of jobs: what is read, when it is read again, and in which order it is listed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cnnviz.system import files, job_index
from cnnviz.system.job_index import (
    SETTLING_SECONDS,
    SHARED_SECONDS,
    JobIndex,
    JobListing,
    share_listings,
)
from cnnviz.system.jobs import is_id

NAMES = [f"2024010{day}-120000-abcdef" for day in (1, 2, 3)]
HOUR = 3600


class Counted:
    """An index that reads one file of each job, and the names of the jobs that it has read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.index = JobIndex(self._read, JobListing(is_id))

    def _read(self, path: Path) -> str | None:
        self.read.append(path.name)
        return (path / "note").read_text() or None

    def look(self, folder: Path) -> tuple[list[str], list[str]]:
        """Return the entries, and what had to be read for them."""
        self.read.clear()
        entries = self.index.entries(folder)
        return entries, list(self.read)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        job(tmp_path / name, name[7])
    return tmp_path


def job(path: Path, text: str, *, age: float = HOUR) -> None:
    path.mkdir(exist_ok=True)
    fresh = path / "fresh"
    fresh.write_text(text)
    fresh.replace(path / "note")
    past = time.time() - age
    os.utime(path, (past, past))


def test_entries_are_listed_newest_first_and_read_once(folder: Path) -> None:
    counted = Counted()
    assert counted.look(folder) == (["3", "2", "1"], NAMES[::-1])
    assert counted.look(folder) == (["3", "2", "1"], [])


def test_only_a_changed_job_is_read_again(folder: Path) -> None:
    counted = Counted()
    counted.look(folder)
    job(folder / NAMES[1], "new", age=HOUR / 2)
    assert counted.look(folder) == (["3", "new", "1"], [NAMES[1]])
    assert counted.look(folder) == (["3", "new", "1"], [])


@pytest.mark.parametrize("age", [-HOUR, 0.0, SETTLING_SECONDS / 2])
def test_a_job_that_has_just_changed_is_read_at_each_look(age: float, folder: Path) -> None:
    job(folder / NAMES[0], "1", age=age)  # in the future after the clock was set back
    counted = Counted()
    counted.look(folder)
    (folder / NAMES[0] / "note").write_text("in place")
    assert counted.look(folder) == (["3", "2", "in place"], [NAMES[0]])


def test_jobs_come_and_go(folder: Path) -> None:
    counted = Counted()
    counted.look(folder)
    (folder / NAMES[2]).rename(folder / "gone")
    job(folder / "20240102-120000-bbbbbb", "b")
    assert counted.look(folder) == (["b", "2", "1"], ["20240102-120000-bbbbbb"])
    (folder / "gone").rename(folder / NAMES[2])  # restored from the trash
    assert counted.look(folder)[0] == ["3", "b", "2", "1"]


def test_a_job_without_an_entry_is_left_out_until_it_changes(folder: Path) -> None:
    job(folder / NAMES[0], "")
    counted = Counted()
    assert counted.look(folder)[0] == ["3", "2"]
    assert counted.look(folder) == (["3", "2"], [])
    job(folder / NAMES[0], "1", age=HOUR / 2)
    assert counted.look(folder)[0] == ["3", "2", "1"]


def test_another_folder_has_entries_of_its_own(folder: Path, tmp_path: Path) -> None:
    counted = Counted()
    counted.look(folder)
    assert counted.look(tmp_path / "missing") == ([], [])
    (tmp_path / "other").mkdir()
    job(tmp_path / "other" / NAMES[0], "other")
    assert counted.look(tmp_path / "other")[0] == ["other"]
    assert counted.look(folder)[0] == ["3", "2", "1"]


@pytest.mark.parametrize("count", [199, 200, 201, 300])
def test_no_number_of_jobs_is_too_large_to_remember(count: int, tmp_path: Path) -> None:
    for number in range(count):
        job(tmp_path / f"20240101-120000-{number:06x}", "x")
    counted = Counted()
    assert len(counted.look(tmp_path)[1]) == count
    assert counted.look(tmp_path)[1] == []


@contextmanager
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the folders that are listed within the block."""
    folders: list[str] = []
    original = os.listdir
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", lambda path: folders.append(str(path)) or original(path))
        yield folders


@pytest.fixture
def shared() -> Iterator[None]:
    """Looks of this test, and of none after it, share a listing."""
    token = job_index._SHARED.set(None)
    share_listings()
    yield
    job_index._SHARED.reset(token)


@pytest.mark.usefixtures("shared")
def test_a_rerun_lists_a_folder_once_for_all_its_indexes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = JobListing(is_id)
    indexes = [JobIndex(lambda path: path.name, listing) for _ in range(3)]
    with listed(monkeypatch) as folders:
        for index in indexes * 2:
            share_listings(renew=False)  # as a fragment does
            assert index.entries(folder) == NAMES[::-1]
        assert folders == [str(folder)]
        share_listings()  # the next rerun
        assert indexes[0].entries(folder) == NAMES[::-1]
        assert folders == [str(folder)] * 2


def test_looks_of_a_thread_that_shares_none_are_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted()
    with listed(monkeypatch) as folders:
        counted.look(folder)
        counted.look(folder)
    assert len(folders) == 2


@pytest.mark.usefixtures("shared")
def test_what_this_process_does_to_jobs_is_seen_within_a_rerun(folder: Path) -> None:
    counted = Counted()
    assert counted.look(folder)[0] == ["3", "2", "1"]
    files.replace(folder / NAMES[0] / "note", b"new")
    assert counted.look(folder)[0] == ["3", "2", "new"]
    (folder / NAMES[1]).rename(folder / "trashed")
    assert counted.look(folder)[0] == ["3", "new"]


@pytest.mark.usefixtures("shared")
def test_a_long_rerun_sees_what_others_have_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, clock = Counted(), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    counted.look(folder)
    job(folder / NAMES[1], "new", age=HOUR / 2)  # no write of this process
    assert counted.look(folder) == (["3", "2", "1"], [])
    clock += SHARED_SECONDS
    assert counted.look(folder)[0] == ["3", "new", "1"]
    job(folder / NAMES[2], "newest", age=HOUR / 3)
    share_listings()
    assert counted.look(folder)[0] == ["newest", "new", "1"]
