"""Places to train in: how many there are, whose turn it is, and who waits."""

import contextlib
import os
import threading

import pytest
from filelock import FileLock

from cnnviz.system import paths
from cnnviz.training.runs import job_queue
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.waiting import until


def numbered(number: int) -> Run:
    """A queued run whose place in the order is certain: two of them may share a second."""
    run = make_run(state="queued")
    return Run(run.path.rename(run.path.with_name(f"20250101-00000{number}-000000")))


def place(number: int) -> FileLock:
    """The lock of one of the places."""
    return FileLock(paths.runs_dir() / f".slot-{number}.lock", timeout=0)


@pytest.mark.parametrize(
    ("cores", "count"), [(None, 1), (1, 1), (2, 1), (4, 1), (7, 1), (8, 2), (64, 16)]
)
def test_one_run_trains_for_every_four_cores(
    cores: int | None, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert job_queue.slot_count() == count


def test_as_many_runs_train_at_once_as_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 2)
    first, second, third = (job_queue.Slot(numbered(number)) for number in (1, 2, 3))
    first.acquire()
    second.acquire()
    waiting = threading.Thread(target=third.acquire)
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    second.release()
    waiting.join(30)
    assert not waiting.is_alive()
    with pytest.raises(TimeoutError), place(0), place(1):
        pass
    first.release()
    third.release()
    with place(0), place(1):
        pass


def test_a_slot_that_was_never_acquired_can_be_released() -> None:
    slot = job_queue.Slot(numbered(1))
    slot.release()
    slot.acquire()
    with pytest.raises(TimeoutError), place(0):
        pass
    slot.release()
    slot.release()
    with place(0) as lock:
        assert lock.is_locked


def test_who_is_stopped_while_waiting_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    run = numbered(1)
    slot = job_queue.Slot(run)
    with place(0):
        waiting = threading.Thread(target=slot.acquire)
        waiting.start()
        run.request("stop")
        waiting.join(30)
        assert not waiting.is_alive()
    with place(0):  # it is free: the slot holds nothing
        pass


def test_a_callback_may_decide_whether_a_run_still_wants_a_slot() -> None:
    asked: list[bool] = []

    def wanted() -> bool:
        asked.append(True)
        return False

    job_queue.Slot(numbered(1), wanted).acquire()
    assert asked == [True]
    with place(0):
        pass


@pytest.mark.parametrize(
    ("state", "alive", "waits"),
    [
        ("queued", True, True),
        ("queued", False, False),  # its trainer was killed
        ("paused", True, False),
        ("running", True, False),
        ("finished", False, False),
    ],
)
def test_an_older_run_that_waits_goes_first(
    state: str, alive: bool, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    older, younger = numbered(1), job_queue.Slot(numbered(2))
    older.write_status(Status(state))
    with contextlib.ExitStack() as trainer:
        if alive:
            trainer.enter_context(FileLock(older.path / "lock"))
        waiting = threading.Thread(target=younger.acquire)
        waiting.start()
        if waits:
            waiting.join(0.5)
            assert waiting.is_alive()
            older.write_status(Status("finished"))
        until(lambda: not waiting.is_alive(), 30)
        younger.release()
