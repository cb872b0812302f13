"""Places to train in: how many there are, whose turn it is, and who waits."""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.system import paths
from cnnviz.training.runs import job_queue
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run

ROOT = Path(__file__).parents[3]


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
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr("cnnviz.system.cores.cpu_quota", lambda: None)
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


WAITING = """
import sys
from pathlib import Path
from cnnviz.training.runs import job_queue
from cnnviz.training.runs.store import Run
slot = job_queue.Slot(Run(Path(sys.argv[1])))
slot.try_acquire()
print(1, flush=True)
sys.stdin.readline()
slot.acquire()
print(2, flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def waiting_process(run: Run) -> Iterator["subprocess.Popen[str]"]:
    """Another process whose run waits in the queue; with a line of input it asks again."""
    command = [sys.executable, "-c", WAITING, str(run.path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "1\n"
        yield process
        process.kill()


@pytest.mark.parametrize(
    ("end", "waits"),
    [
        (lambda _: None, True),
        (lambda process: (process.kill(), process.wait()), False),  # it holds nobody up
    ],
)
def test_who_has_waited_longer_goes_first_whatever_the_age_of_its_run(
    end: Callable[["subprocess.Popen[str]"], object], waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    older, younger = numbered(1), numbered(2)
    taken = place(0)
    taken.acquire()
    with waiting_process(younger) as process:  # it arrives first
        end(process)
        slot = job_queue.Slot(older)
        assert not slot.try_acquire()
        taken.release()
        assert slot.try_acquire() is not waits
        if waits:
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "2\n"  # the first to arrive has the slot
        slot.release()
    with place(0):  # both are gone
        assert job_queue.Slot(older)._queue.length() == 0


def test_a_run_made_after_the_clock_went_back_does_not_jump_the_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    early = make_run(state="queued")
    an_hour_ago = time.localtime(time.time() - 3600)
    strftime = time.strftime
    monkeypatch.setattr(time, "strftime", lambda form, _=None: strftime(form, an_hour_ago))
    late = make_run(state="queued")
    assert late.id > early.id  # nor do ids go back
    first, second = job_queue.Slot(early), job_queue.Slot(late)
    with place(0):
        assert not first.try_acquire()
        assert not second.try_acquire()
    assert not second.try_acquire()
    assert first.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()


def test_waiting_does_not_read_the_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    slot, others = job_queue.Slot(numbered(1)), [make_run(state="queued") for _ in range(20)]
    read: list[str] = []
    sys.addaudithook(lambda event, args: event == "open" and read.append(str(args[0])))
    with place(0):
        for _ in range(5):
            assert not slot.try_acquire()
    slot.release()
    assert any(job_queue._QUEUE in path for path in read)  # the hook sees what is opened
    assert [path for path in read if any(run.id in path for run in others)] == []


def test_a_run_that_resumes_arrives_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    first, second = job_queue.Slot(numbered(1)), job_queue.Slot(numbered(2))
    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()  # a pause
    assert not first.try_acquire()  # it goes on, behind the other
    assert second.try_acquire()
    second.release()
    assert first.try_acquire()
    first.release()


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="changes the user")
def test_a_slot_that_another_user_has_used_can_be_taken() -> None:
    run = numbered(1)
    slot_file = job_queue.slot_path(run.path.parent, 0)
    with place(0):
        pass
    slot_file.chmod(0o644)  # of root
    for folder in (run.path, *run.path.parents):
        if Path(tempfile.gettempdir()) in folder.parents:
            folder.chmod(0o777)
    code = (
        "import os, sys; from pathlib import Path; from cnnviz.training.runs import job_queue;"
        "from cnnviz.training.runs.store import Run; os.setuid(65534);"
        "slot = job_queue.Slot(Run(Path(sys.argv[1])));"
        "print(slot.try_acquire(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(run.path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        with pytest.raises(TimeoutError), place(0):
            pass
        process.kill()
