"""What may be removed: the trash, and what killed processes leave behind."""

import os
import time
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.system import files, jobs, leftovers
from cnnviz.system.leftovers import Leftover

RUN = "20250101-120000-abcdef"
BLOCK = 65536  # bytes, more than any file system rounds up to


def write(path: Path, *, days: float = 0.0, size: int = BLOCK) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))
    age(path, days)
    return path


def age(path: Path, days: float) -> None:
    then = time.time() - 86_400 * days
    os.utime(path, (then, then))


def test_the_trash_is_listed_with_its_size_and_removed(tmp_path: Path) -> None:
    assert leftovers.trash(tmp_path) == []
    write(tmp_path / jobs.TRASH / RUN / "weights" / "last.safetensors")
    write(tmp_path / jobs.TRASH / f"measurement-{RUN}.json")
    kept = write(tmp_path / RUN / "last.safetensors")
    entries = leftovers.trash(tmp_path)
    assert {entry.path.name for entry in entries} == {RUN, f"measurement-{RUN}.json"}
    assert 2 * BLOCK <= sum(entry.size for entry in entries) <= 3 * BLOCK  # folders take some
    assert all(entry.age < 0.01 for entry in entries)
    assert leftovers.remove(entries) == sum(entry.size for entry in entries)
    assert list((tmp_path / jobs.TRASH).iterdir()) == []
    assert kept.exists()


def test_what_was_restored_meanwhile_stays(tmp_path: Path) -> None:
    write(tmp_path / jobs.TRASH / RUN / "last.safetensors")
    entries = leftovers.trash(tmp_path)
    (tmp_path / jobs.TRASH / RUN).rename(tmp_path / RUN)
    assert leftovers.remove(entries) == 0
    assert (tmp_path / RUN / "last.safetensors").exists()


@pytest.mark.skipif(os.name == "nt", reason="links take a privilege")
def test_a_link_in_the_trash_is_removed_and_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "thesis.tex")
    (tmp_path / "runs" / jobs.TRASH).mkdir(parents=True)
    (tmp_path / "runs" / jobs.TRASH / RUN).symlink_to(outside.parent)
    entries = leftovers.trash(tmp_path / "runs")
    assert [entry.size < BLOCK for entry in entries] == [True]
    leftovers.remove(entries)
    assert outside.exists()
    assert list((tmp_path / "runs" / jobs.TRASH).iterdir()) == []


def test_files_that_a_killed_process_did_not_rename_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / RUN / "status.json")

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(SystemExit):
            files.replace(tmp_path / RUN / "preview.json", b"0" * BLOCK)
    [torn] = [path for path in (tmp_path / RUN).iterdir() if path.name != "status.json"]
    assert leftovers.unfinished(tmp_path) == []  # it may be written at this moment
    monkeypatch.setattr(time, "time", lambda clock=time.time: clock() + 3601)
    [entry] = leftovers.unfinished(tmp_path)
    assert (entry.path, entry.what) == (torn, "unfinished file")
    leftovers.remove([entry])
    assert [path.name for path in (tmp_path / RUN).iterdir()] == ["status.json"]


def test_runs_that_never_had_a_status_are_found_unless_they_are_being_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / RUN / "config.json")
    write(tmp_path / "20250101-120001-abcdef" / "status.json")
    write(tmp_path / "notes" / "text.md")  # not of cnnviz
    write(tmp_path / "measurements" / f"{RUN}.log")
    write(tmp_path / "measurements" / "20250101-120001-abcdef.log")
    write(tmp_path / "measurements" / "20250101-120001-abcdef.json")
    monkeypatch.setattr(time, "time", lambda clock=time.time: clock() + 3601)
    assert {(entry.path.name, entry.what) for entry in leftovers.unfinished(tmp_path)} == {
        (RUN, "run that was never started"),
        (f"{RUN}.log", "file of a deleted measurement"),
    }
    with FileLock(tmp_path / RUN / "launch.lock"):
        assert [entry.path.name for entry in leftovers.unfinished(tmp_path)] == [f"{RUN}.log"]


def test_what_is_deleted_while_it_is_counted_takes_nothing(tmp_path: Path) -> None:
    missing = leftovers.leftover(tmp_path / "gone", "in the trash")
    assert missing == Leftover(tmp_path / "gone", "in the trash", 0, 0.0)
    assert leftovers.remove([missing]) == 0
