"""Jobs on disk: ids, listing, what is refused, the lock and the trash."""

import json
import logging
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from filelock import FileLock, Timeout

from cnnviz.system import files, jobs
from cnnviz.system.jobs import Job, JobError

OLD, NEW = "20240101-120000-abcdef", "20250101-120000-000000"


class TeaError(JobError):
    """What goes wrong with tea."""


@dataclass(frozen=True)
class Pot(Job):
    """A job that is a folder."""

    noun: ClassVar[str] = "pot"
    error: ClassVar[type[JobError]] = TeaError
    record_file: ClassVar[str] = "tea.json"

    def check(self) -> None:
        """Read how much tea there is."""
        if self.read_record("tea.json", dict)["cups"] < 1:
            raise ValueError("cups must be at least 1")


@dataclass(frozen=True)
class Bag(Pot):
    """A job that is a file."""

    noun: ClassVar[str] = "bag"
    record_file: ClassVar[str] = "json"
    suffix: ClassVar[str] = ".json"

    def check(self) -> None:
        """Read anything."""
        self.read_record("json", int)


def pot(folder: Path, key: str, text: str = '{"cups": 2}') -> Pot:
    (folder / key).mkdir(parents=True)
    (folder / key / "tea.json").write_text(text)
    return Pot(folder / key)


def bag(folder: Path, key: str, text: str = "1") -> Bag:
    folder.mkdir(exist_ok=True)
    (folder / f"{key}.json").write_text(text)
    return Bag(folder / f"{key}.json")


def test_an_id_is_the_local_time_and_six_random_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.struct_time((2026, 3, 4, 5, 6, 7, 2, 63, 0))
    strftime = time.strftime
    monkeypatch.setattr(time, "strftime", lambda form: strftime(form, moment))
    paths = {jobs.new_path(Pot, tmp_path) for _ in range(20)}
    assert len(paths) > 15
    assert all(re.fullmatch(r"20260304-050607-[0-9a-f]{6}", path.name) for path in paths)
    assert {path.parent for path in paths} == {tmp_path}
    assert jobs.new_path(Bag, tmp_path).suffix == ".json"
    assert jobs.is_id(Pot(paths.pop()).id)
    assert jobs.is_id(Bag(jobs.new_path(Bag, tmp_path)).id)


def test_a_timestamp_is_iso_8601_with_an_offset() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", jobs.timestamp())


def test_jobs_are_listed_newest_first_and_other_files_are_none(tmp_path: Path) -> None:
    older, newer = pot(tmp_path, OLD), pot(tmp_path, NEW)
    (tmp_path / "20260101-120000-000000").mkdir()  # being created: without a record yet
    (tmp_path / "notes.txt").write_text("mine")
    pot(tmp_path / jobs.TRASH, OLD)
    single = bag(tmp_path, OLD)
    (tmp_path / f"{OLD}.lock").touch()
    assert jobs.list_jobs(Pot, tmp_path) == [newer, older]
    assert jobs.list_jobs(Bag, tmp_path) == [single]


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_without_a_folder_there_are_no_jobs(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert jobs.list_jobs(Pot, tmp_path / name) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cups": 0}', '{"cups": "two"}'])
def test_a_damaged_job_is_skipped_and_the_log_says_once_why(
    text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, damaged = pot(tmp_path, OLD), pot(tmp_path, NEW, text)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert jobs.list_jobs(Pot, tmp_path) == [good]
    (message,) = caplog.messages
    assert message.startswith(f"skipping pot {NEW}: ")
    with pytest.raises(TeaError, match=f"pot {NEW} was made by another version of cnnviz, or is"):
        jobs.find_job(Pot, tmp_path, NEW)
    files.write_json(damaged.file("tea.json"), {"cups": 1})
    assert jobs.list_jobs(Pot, tmp_path) == [damaged, good]


def test_a_record_that_is_damaged_in_place_is_noticed(tmp_path: Path) -> None:
    job = pot(tmp_path, OLD)
    assert job.readable()
    stamp = job.file("tea.json").stat().st_mtime_ns
    job.file("tea.json").write_text('{"cups": 0} ')
    os.utime(job.file("tea.json"), ns=(stamp, stamp))  # within one tick of the clock
    assert not job.readable()


@pytest.mark.parametrize("key", ["", "..", f"../{OLD}", f"{OLD}/..", f"{OLD}\n", OLD.upper(), NEW])
def test_anything_but_the_id_of_a_job_is_refused(key: str, tmp_path: Path) -> None:
    pot(tmp_path, OLD)
    with pytest.raises(
        TeaError, match=re.escape(f"pot must exist, got {key!r}: it may have been deleted")
    ):
        jobs.find_job(Pot, tmp_path / "pots", key)
    with pytest.raises(
        TeaError, match=re.escape(f"pot must exist, got {key!r}: it may have been deleted")
    ):
        jobs.find_job(Pot, tmp_path, key)


def test_a_link_is_no_job(tmp_path: Path) -> None:
    outside = pot(tmp_path / "outside", OLD)
    (tmp_path / "pots").mkdir()
    try:
        (tmp_path / "pots" / NEW).symlink_to(outside.path, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert jobs.list_jobs(Pot, tmp_path / "pots") == []
    with pytest.raises(TeaError, match="pot must exist, got"):
        jobs.find_job(Pot, tmp_path / "pots", NEW)


def test_files_lie_in_the_folder_or_beside_the_file(tmp_path: Path) -> None:
    assert pot(tmp_path, OLD).file("lock") == tmp_path / OLD / "lock"
    assert bag(tmp_path, OLD).file("lock") == tmp_path / f"{OLD}.lock"


def test_a_record_is_read_or_refused_by_name(tmp_path: Path) -> None:
    job = pot(tmp_path, OLD)
    assert job.read_record("tea.json", dict) == {"cups": 2}
    for text in ("{", "[1]", "3"):
        job.file("tea.json").write_text(text)
        with pytest.raises(TeaError, match=rf"tea\.json of pot {OLD} cannot be read"):
            job.read_record("tea.json", dict)
    with pytest.raises(TeaError, match=rf"milk\.json of pot {OLD} cannot be read"):
        job.read_record("milk.json", dict)


def test_whoever_works_on_a_job_holds_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROBE_PATIENCE", 0.05)
    job = pot(tmp_path, OLD)
    assert not job.locked()
    assert not job.file("lock").exists()  # asking does not create it
    with job.lock():
        assert job.locked()
        assert json.loads(job.file("tea.json").read_text()) == {"cups": 2}
        with pytest.raises(Timeout), FileLock(tmp_path / OLD / "lock", timeout=0):
            pass
        with pytest.raises(Timeout), job.lock():
            pass
    assert not job.locked()


def test_a_deleted_job_lies_in_the_trash_whole(tmp_path: Path) -> None:
    job = pot(tmp_path / "pots", OLD)
    path = job.move_to_trash(tmp_path, f"pot-{OLD}")
    assert path == tmp_path / ".trash" / f"pot-{OLD}"
    assert (path / "tea.json").read_text() == '{"cups": 2}'
    assert not job.exists()
    assert jobs.list_jobs(Pot, tmp_path / "pots") == []


def stop_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    last, strftime = time.struct_time((2026, 12, 31, 23, 59, 59, 3, 365, 0)), time.strftime
    monkeypatch.setattr(time, "strftime", lambda form, moment=last: strftime(form, moment))


def test_a_second_has_ids_for_hundreds_of_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_clock(monkeypatch)
    created = []
    for _ in range(200):
        path = jobs.new_path(Pot, tmp_path)
        path.mkdir()
        created.append(path.name)
    assert created == sorted(set(created))


def test_after_the_last_id_of_a_second_comes_the_next_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_clock(monkeypatch)
    (tmp_path / "20261231-235959-ffffff").mkdir()
    assert re.fullmatch(r"20270101-000000-[0-9a-f]{6}", jobs.new_path(Pot, tmp_path).name)
    (tmp_path / "99999999-999999-ffffff").mkdir()  # made by hand
    with pytest.raises(jobs.JobError, match="id of a pot must be a time, got 99999999-999999"):
        jobs.new_path(Pot, tmp_path)


def test_a_job_is_after_those_before_it_though_the_clock_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = ["20261130-120000", "20261130-120000", "20261130-110000", "20261129-235959"]
    clock = iter([*times * 3, "20261130-120001"])
    monkeypatch.setattr(jobs.time, "strftime", lambda _: next(clock))
    created = []
    for _ in range(13):
        path = jobs.new_path(Pot, tmp_path)
        path.mkdir()
        created.append(path.name)
    assert created == sorted(set(created))
    assert created[-1].startswith("20261130-120001")
    assert all(map(jobs.is_id, created))
