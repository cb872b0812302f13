"""What a training survives: damaged checkpoints, full disks, clocks that jump."""

import errno
import functools
import itertools
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cnnviz.data.mnist import DataError, Digits
from cnnviz.system import files
from cnnviz.training import worker
from cnnviz.training.engine import setup
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.recorder import Recorder
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.training.runs.sessions import act_at, assert_same_network, course, damage, made, train

pytestmark = pytest.mark.usefixtures("quick")


def fails(run: Run) -> Status:
    """Execute a run that fails; it must say so on disk, and not hold its lock any longer."""
    status = worker.execute_run(run)
    assert status.state == "failed"
    assert run.status() == status
    assert "\n" not in status.message
    assert not run.locked()
    return status


def test_a_damaged_newest_checkpoint_costs_one_generation_and_no_bit() -> None:
    straight, run = made(), made()
    train(straight)
    train(run, act_at(10, functools.partial(run.request, "stop")))
    damage(run.path / checkpoint.LAST)
    run.request("run")
    assert train(run).state == "finished"
    assert course(run) == course(straight)
    assert_same_network(run, straight)


def test_a_newest_checkpoint_that_is_gone_is_no_start_from_nothing() -> None:
    run, first = made(), []
    train(run, act_at(10, functools.partial(run.request, "stop")))
    (run.path / checkpoint.LAST).unlink()
    run.request("run")
    train(run, first.append)
    assert first[0].step == 8  # after the first epoch, the generation before


def test_two_damaged_generations_fail_in_a_sentence_and_overwrite_nothing() -> None:
    run = made()
    train(run, act_at(10, functools.partial(run.request, "stop")))
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        damage(run.path / name)
    before = {path: path.read_bytes() for path in run.path.glob("*.safetensors")}
    run.request("run")
    assert fails(run).message == f"{run.id}/{checkpoint.LAST} is damaged and was not loaded."
    assert {path: path.read_bytes() for path in run.path.glob("*.safetensors")} == before


def test_a_whole_file_that_is_no_checkpoint_fails_in_a_sentence() -> None:
    run = made()
    train(run, act_at(10, functools.partial(run.request, "stop")))
    (run.path / checkpoint.LAST).write_bytes((run.path / "weights.safetensors").read_bytes())
    run.request("run")
    assert "last.safetensors is not a checkpoint of a training." in fails(run).message


def test_the_checkpoint_of_another_network_fails_in_a_sentence() -> None:
    run, other = made(), made(model="mnist_fcn")
    train(other)
    (run.path / checkpoint.LAST).write_bytes((other.path / checkpoint.LAST).read_bytes())
    assert fails(run).message == "weights must match lenet5, got no c1.weight"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DataError("train-images is missing."), "train-images is missing."),
        (MemoryError(), "There was not enough memory"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "not enough memory"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full: free some space"),
        (PermissionError(13, "Permission denied", "data"), "Cannot access data: Permission denied"),
        (RuntimeError("first line\nsecond line"), "first line"),
        (ValueError(), "ValueError"),
    ],
)
def test_whatever_stops_a_training_is_one_sentence(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(settings: Settings) -> Digits:
        del settings
        raise error

    monkeypatch.setattr(setup, "training_digits", refuse)
    assert sentence in fails(made()).message


def test_a_device_that_is_not_there_is_a_sentence() -> None:
    missing = "cuda" if torch.backends.mps.is_available() else "mps"
    assert f"cpu on this machine, got '{missing}'" in fails(made(device=missing)).message


def filling_up(nth: int, calls: list[str]) -> Callable[..., None]:
    """A `files.replace` whose nth call fails, and the next one, which would tell of it."""
    original = files.replace

    def replace(path: Path, content: bytes, **options: bool) -> None:
        calls.append(path.name)
        if len(calls) in (nth, nth + 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(path, content, **options)

    return replace


def test_a_disk_that_is_full_at_any_write_loses_no_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight = made(epochs=2)
    train(straight)
    for nth in range(1, 40, 3):
        calls: list[str] = []
        run = made(epochs=2)

        with monkeypatch.context() as patch:
            patch.setattr(files, "replace", filling_up(nth, calls))
            status = worker.execute_run(run)
        if len(calls) < nth:
            assert status.state == "finished"
            break
        assert status.state == "failed"
        assert status.message == "The disk is full: free some space, then resume the run."
        assert not run.status().live
        acknowledged = [row for row in course(run) if row[0] == "epoch"]
        run.request("run")
        assert worker.execute_run(run).state == "finished"
        assert [row for row in course(run) if row in acknowledged] == acknowledged
        assert course(run) == course(straight)
        assert_same_network(run, straight)
    else:
        pytest.fail("never passed")


def test_a_line_that_the_disk_takes_in_parts_arrives_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight, run, original = made(epochs=1), made(epochs=1), os.write
    train(straight)
    monkeypatch.setattr(os, "write", lambda handle, data: original(handle, data[:50]))
    train(run)
    assert course(run) == course(straight)


def test_a_page_that_reads_just_then_does_not_fail_a_training_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, original, refused = made(epochs=1), os.replace, []

    def replace(source: Path, target: Path) -> None:
        if len(refused) % 3 < 2:  # every file is open elsewhere at the first two attempts
            refused.append(target)
            raise PermissionError(errno.EACCES, "Access is denied", str(target))
        refused.append(None)
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(files, "_RETRY_SECONDS", 1.0)
    assert worker.execute_run(run).state == "finished"
    assert len(refused) > 20
    monkeypatch.setattr(files, "_RETRY_SECONDS", 0.0)
    assert worker.execute_run(run).state == "failed"


def jumping() -> Callable[[], float]:
    """A clock that jumps at each reading: a day forward, three days back, five days forward."""
    days = itertools.cycle(n if n % 2 else -n for n in range(1, 31))
    return lambda: 2e9 + 86_400.0 * next(days)


def test_a_wall_clock_that_jumps_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    straight, run, saved = made(), made(), list[int]()
    train(straight)
    save, go_on = Recorder.save_checkpoint, threading.Timer(0.1, run.request, ("run",))

    def note(recorder: Recorder) -> None:
        saved.append(recorder._trainer.step)
        save(recorder)

    def pause() -> None:
        run.request("pause")
        go_on.start()

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "save_checkpoint", note)
        patch.setattr(time, "time", jumping())
        status = train(run, act_at(10, pause))
    go_on.join()
    assert status.state == "finished"  # a pause of months would have given up the process
    assert saved == [7, 10, 14, 21]  # after each epoch, and in the pause: none is overdue
    assert 0 < status.seconds < 60
    rows = run.log.read()[0]
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds)
    assert all(row["images_per_second"] > 1 for row in rows if row["kind"] == "interval")
    assert course(run) == course(straight)
    assert_same_network(run, straight)
