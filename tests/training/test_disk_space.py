"""Limits on disk space: on a small file system that is really full, and by age."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.plan import Plan
from cnnviz.system import jobs, leftovers
from cnnviz.training import clean_command, disk_space, launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.runs import store, trash
from cnnviz.training.runs.records import RunError
from tests.on_disk import make_measurement, make_race, make_run

SMALL = Settings(model="lenet5", epochs=1, batch_size=64, source="embedded", device="cpu")


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB for the runs."""
    folder = tmp_path / "small"
    folder.mkdir()
    if sys.platform != "linux":
        pytest.skip("mounts a tmpfs")
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a tmpfs is not permitted")
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(folder))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write zeros until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))


def test_a_full_disk_refuses_a_start_and_the_trash_frees_it(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNVIZ_MIN_FREE_MB", "4")
    run = make_run(SMALL)
    fill(run.path / "last.safetensors")
    with pytest.raises(RunError, match=r"free space must be at least 4 MB, got 0: empty the trash"):
        launch.start_run(SMALL)
    assert store.runs() == [run]
    run.delete()
    assert shutil.disk_usage(small_disk).free < 1e6  # the trash is on the same disk
    with pytest.raises(RunError, match="free space must be"):
        disk_space.check_space()
    assert clean_command.main([]) == 0
    assert "Freed 8." in capsys.readouterr().out
    assert shutil.disk_usage(small_disk).free > 8e6
    disk_space.check_space()


def test_with_little_space_left_the_number_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    store.runs_dir().mkdir(parents=True)
    free = shutil.disk_usage(store.runs_dir()).free / 1e6
    monkeypatch.setenv("CNNVIZ_MIN_FREE_MB", str(free + 5000))
    with pytest.raises(RunError, match=r"free space must be at least [\d,]+ MB, got [\d,]+: "):
        launch.start_run(SMALL)
    assert store.runs() == []
    monkeypatch.setenv("CNNVIZ_MIN_FREE_MB", "0")
    disk_space.check_space()


def test_a_quota_refuses_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(SMALL)
    (run.path / "last.safetensors").write_bytes(os.urandom(3_000_000))
    monkeypatch.setenv("CNNVIZ_QUOTA_GB", "0.002")
    with pytest.raises(RunError, match=r"runs must take at most 0\.002 GB, got 0\.0: empty the"):
        launch.start_run(SMALL)
    monkeypatch.setenv("CNNVIZ_QUOTA_GB", "0.005")
    disk_space.check_space()


@pytest.mark.parametrize("text", ["much", "-1", "nan"])
def test_a_limit_that_is_no_number_is_a_sentence(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.runs_dir().mkdir(parents=True)
    monkeypatch.setenv("CNNVIZ_QUOTA_GB", text)
    with pytest.raises(ValueError, match="CNNVIZ_QUOTA_GB must be a number from 0 on, got"):
        disk_space.check_space()


def days_later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    clock = time.time
    monkeypatch.setattr(leftovers.time, "time", lambda: clock() + 86_400 * days)


def test_what_is_in_the_trash_for_long_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(SMALL)
    run.delete()
    days_later(monkeypatch, 29)
    disk_space.check_space()
    assert trash.in_trash(run.id)
    days_later(monkeypatch, 2)
    disk_space.check_space()
    assert not trash.in_trash(run.id)


def test_what_ended_long_ago_is_moved_to_the_trash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNVIZ_KEEP_DAYS", "100")
    old, live, parked = (make_run(SMALL, state=s) for s in ("stopped", "running", "parked"))
    old_race = make_race(seeds=1)
    measurement = make_measurement(Plan(models=("lenet5",)))
    running = make_measurement(Plan(models=("lenet5",)), state="running")
    days_later(monkeypatch, 99)
    with FileLock(live.path / "lock"), FileLock(running.file("lock")):
        disk_space.check_space()
        assert len(store.runs()) == 5
        days_later(monkeypatch, 2)
        disk_space.check_space()
        assert set(store.runs()) == {live, parked}
        assert (race.races(), measurements.measurements()) == ([], [running])
    trash = {path.name for path in (store.runs_dir() / jobs.TRASH).iterdir()}
    assert trash >= {old.id, f"race-{old_race.id}", f"measurement-{measurement.path.name}"}
    race.restore_race(old_race.id)
    assert len(old_race.present()) == 2  # whole again


def test_the_command_lists_first_and_then_removes(capsys: pytest.CaptureFixture[str]) -> None:
    gone, kept = make_run(SMALL), make_run(SMALL)
    (gone.path / "last.safetensors").write_bytes(os.urandom(2_000_000))
    gone.delete()
    assert clean_command.main(["--dry-run"]) == 0
    listing = capsys.readouterr().out
    assert gone.id in listing
    assert kept.id not in listing
    assert "Would free 2." in listing
    assert trash.in_trash(gone.id)
    assert clean_command.main(["--older-than", "1"]) == 0
    assert "Freed 0.0 MB" in capsys.readouterr().out
    assert trash.in_trash(gone.id)
    assert clean_command.main([]) == 0
    assert not trash.in_trash(gone.id)
    assert clean_command.main(["--ended", "0", "--dry-run"]) == 0
    assert kept.id in capsys.readouterr().out
    assert clean_command.main(["--ended", "0"]) == 0
    assert store.runs() == []


def test_the_command_stops_once_the_folder_is_small_enough() -> None:
    runs = [make_run(SMALL) for _ in range(3)]
    for number, run in enumerate(runs):
        (run.path / "last.safetensors").write_bytes(os.urandom(1_000_000))
        run.delete()
        then = time.time() - 3600 * (10 - number)  # the last is the youngest
        os.utime(store.runs_dir() / jobs.TRASH / run.id, (then, then))
    assert clean_command.main(["--keep-mb", "2.5"]) == 0
    assert sum(trash.in_trash(run.id) for run in runs) == 2


def test_the_command_refuses_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        clean_command.main(["--keep-mb", "many"])
    assert exit_.value.code == 2
    assert "invalid float value" in capsys.readouterr().err
