"""Starting trainers: the spare, the queue, the crowd.

The places to train in are taken by the test, so that a trainer waits before it imports PyTorch.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.data.mnist import DataError
from cnnviz.system import paths, processes
from cnnviz.training import admission, launch, worker
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race.plan import plan_race
from cnnviz.training.runs import job_queue, store
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.training.slots import busy
from tests.waiting import until

Process = subprocess.Popen[str]
SMALL = Settings(model="lenet5", epochs=1, batch_size=64, source="embedded", device="cpu")


@pytest.fixture(autouse=True)
def own_trainers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """This test's trainers, ended after it."""
    children: list[Process] = []
    monkeypatch.setattr(processes, "children", children)
    monkeypatch.setattr(launch, "_spare", None)
    yield children
    for child in children:
        if child.stdin:
            with contextlib.suppress(OSError):
                child.stdin.close()
        child.kill()
        child.wait()


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What trainers are started with; the processes themselves are real."""
    arguments, original = [], launch._spawn

    def spawn(argument: str, **options: object) -> Process:
        arguments.append(argument)
        return original(argument, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(launch, "_spawn", spawn)
    return arguments


def state(run: Run) -> str:
    return run.status().state


def made(number: int, **changes: object) -> Run:
    """A run whose place in the order is certain: two starts may share a second."""
    run = store.create_run(SMALL.replace(**changes), versions={})
    path = run.path.rename(run.path.with_name(f"20250101-00000{number}-000000"))
    Run(path).write_status(Status(state="stopped"))
    return Run(path)


# One start


def test_a_start_makes_a_run_and_a_process_that_holds_its_lock(own_trainers: list[Process]) -> None:
    with busy():
        run = launch.start_run(Settings(model="lenet5"), preset="lecture")
        assert run.settings() == Settings(model="lenet5", source="embedded")  # no longer "auto"
        assert run.config()["preset"] == "lecture"
        assert set(run.config()["versions"]) >= {"torch", "numpy"}
        assert state(run) == "queued"
        assert run.locked()
        run.request("stop")
        until(lambda: state(run) == "stopped")
    assert own_trainers[0].wait(20) == 0
    assert (run.path / "log.txt").read_text() == ""


def test_a_trainer_is_in_a_session_of_its_own_and_gives_way_to_others() -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has priority classes instead")
    with busy():
        launch.start_run(SMALL)
        pid = processes.children[0].pid
        assert os.getsid(pid) == pid != os.getsid(0)
        assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.nice(0) + worker.NICE)


def test_a_polite_end_of_the_process_is_a_stop() -> None:
    with busy():
        run = launch.start_run(SMALL)
        processes.children[0].terminate()
        until(lambda: state(run) == "stopped", 20)
    assert processes.children[0].wait(20) == 0


def test_a_trainer_that_does_not_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(1)
    monkeypatch.setattr(sys, "executable", "/bin/false" if sys.platform != "win32" else "where")
    with pytest.raises(RunError, match=r"the trainer did not start: see log\.txt"):
        launch.resume_run(run)
    assert state(run) == "interrupted"


def test_a_trainer_that_is_too_slow_to_start_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    run = made(1)
    spawn = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], text=True, stdin=subprocess.PIPE
    )
    processes.children.append(spawn)
    monkeypatch.setattr(launch, "_spawn", lambda *_, **__: spawn)
    monkeypatch.setattr(launch, "_START_TIMEOUT", 0.1)
    with pytest.raises(RunError, match="the trainer did not start"):
        launch.resume_run(run)
    assert spawn.returncode is not None  # it cannot begin later
    assert state(run) == "interrupted"


@pytest.mark.skipif(sys.platform != "linux", reason="the system lists its processes in /proc")
def test_trainers_leave_no_zombies_behind() -> None:
    pids: list[int] = []

    def ended() -> object:  # and not yet reaped
        return os.waitid(os.P_PID, pids[-1], os.WEXITED | os.WNOHANG | os.WNOWAIT)

    with busy():
        for number in range(3):
            run = made(number)
            launch.resume_run(run)
            pids.append(processes.children[-1].pid)
            run.request("stop")
            until(ended)
        assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == pids[-1:]
        launch.prepare_spare()
        assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_damaged_digits_are_refused_before_a_run_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(source: str) -> None:
        raise DataError(f"{source} is damaged")

    monkeypatch.setattr("cnnviz.data.mnist.load_digits", damaged)
    with pytest.raises(DataError):
        launch.start_run(SMALL)
    assert store.runs() == []


def test_a_deleted_run_is_not_resumed_into_being_again() -> None:
    run = made(1)
    run.delete()
    with pytest.raises(RunError, match="may have been deleted"):
        launch.resume_run(run)
    assert not run.path.exists()
    assert run.status().state == "interrupted"
    assert not run.path.exists()


# The spare


def test_a_spare_is_given_the_run_and_used_up(spawned: list[str]) -> None:
    with busy():
        launch.prepare_spare()
        launch.prepare_spare()
        assert spawned == ["--spare"]
        spare = processes.children[0]
        run = launch.start_run(SMALL)
        assert spawned == ["--spare"]
        assert launch._spare is None
        assert run.locked()
        run.request("stop")
        until(lambda: state(run) == "stopped")
        assert spare.wait(20) == 0
        launch.prepare_spare()
        assert spawned == ["--spare", "--spare"]
        assert processes.children == [launch._spare]  # the one that has ended is forgotten


def test_a_dead_spare_is_not_used(spawned: list[str]) -> None:
    with busy():
        launch.prepare_spare()
        processes.children[0].kill()
        processes.children[0].wait()
        run = launch.start_run(SMALL)
        assert spawned == ["--spare", str(run.path)]
        assert state(run) == "queued"


def test_a_spare_that_dies_with_the_run_in_its_hand_is_replaced(
    spawned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = launch._take_spare

    def die(run: Run) -> Process | None:
        process = original(run)
        assert process
        process.kill()
        return process

    monkeypatch.setattr(launch, "_take_spare", die)
    with busy():
        launch.prepare_spare()
        run = launch.start_run(SMALL)
        assert spawned == ["--spare", str(run.path)]
        assert run.locked()


@pytest.mark.skipif(sys.platform == "win32", reason="a process is asked for with signal 0")
def test_a_spare_ends_when_the_server_has_gone() -> None:
    server = (
        "import time; from cnnviz.system import processes; from cnnviz.training import launch;"
        "launch.prepare_spare();"
        "print(processes.children[0].pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", server], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        spare = int(process.stdout.readline())
        assert alive(spare)
        process.kill()
    until(lambda: not alive(spare))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # an orphan may wait to be buried by whoever adopted it
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


# The queue


def test_a_crowd_is_refused_before_a_run_is_made(spawned: list[str]) -> None:
    waiting = [made(number) for number in range(admission.MAX_QUEUED)]
    with busy():
        for run in waiting:
            launch.resume_run(run)
        for attempt in (lambda: launch.start_run(SMALL), lambda: launch.resume_run(waiting[0])):
            with pytest.raises(RunError, match="at most 4 trainings may be queued, got 4: stop"):
                attempt()
        assert len(store.runs()) == len(spawned) == 4
        waiting[2].request("stop")
        until(lambda: state(waiting[2]) == "stopped")
        launch.resume_run(waiting[2])


class Turn:
    """A run that trains as long as the test says, in a thread: the queue is what is real."""

    def __init__(self, run: Run) -> None:
        self.run, self.slot = run, job_queue.Slot(run)

    def ready(self) -> bool:
        """Take a place if it is this run's turn."""
        return self.slot.try_acquire()


def test_the_first_to_arrive_goes_first_and_the_next_when_it_ends_or_pauses() -> None:
    with contextlib.ExitStack() as others:
        for number in range(1, job_queue.slot_count()):
            others.enter_context(FileLock(paths.runs_dir() / f".slot-{number}.lock"))
        first, second, third = (Turn(made(number)) for number in (3, 1, 2))
        with FileLock(job_queue.slot_path(paths.runs_dir(), 0)):
            for turn in (first, second, third):  # in this order, whatever their ids
                assert not turn.ready()
        assert not third.ready()
        assert not second.ready()
        assert first.ready()
        assert not second.ready()
        first.slot.release()
        assert not third.ready()
        assert second.ready()
        assert not first.ready()  # it has been resumed, and waits for its turn
        assert not third.ready()
        second.slot.release()
        assert not first.ready()  # the third has waited longer
        assert third.ready()
        third.slot.release()
        assert first.ready()
        first.slot.release()


def test_two_real_runs_train_one_after_the_other() -> None:
    first, second = made(1, epochs=100), made(2)
    launch.prepare_spare()
    launch.resume_run(first)
    launch.resume_run(second)
    until(lambda: state(first) == "running" and first.status().step > 1)
    if job_queue.slot_count() == 1:
        assert state(second) == "queued"
        first.request("pause")
        until(lambda: state(second) in ("running", "finished"))
        assert state(first) == "paused"
    first.request("stop")
    until(lambda: (state(first), state(second)) == ("stopped", "finished"))
    assert second.status().step == 63


# A race


def planned(seeds: int = 2) -> list[Settings]:
    return plan_race(["lenet5", "mnist_cnn"], preset="quick", seeds=range(seeds), source="embedded")


def test_one_trainer_holds_the_locks_of_a_race_and_it_goes_on_in_another(
    own_trainers: list[Process],
) -> None:
    with busy():
        made = launch.start_race(planned(), preset="quick")
        assert made.state() == "queued"
        assert [entry.run.locked() for entry in made.entries()] == [True] * 4
        assert made.locked()
        made.request("stop")
        until(lambda: not made.live())
        [first] = own_trainers
        assert first.wait(20) == 0
        assert not made.locked()
        launch.resume_race(made)
        assert made.state() == "queued"
        [second] = own_trainers  # the first has ended and is forgotten
        assert second != first
        second.kill()
        second.wait()
        assert made.state() == "interrupted"
        launch.resume_race(made)
        with pytest.raises(RunError, match=r"^race must have a stopped run to resume, got none$"):
            launch.resume_race(made)
        own_trainers[-1].terminate()  # politely
        until(lambda: made.state() == "stopped")
    assert (made.path / "log.txt").read_text() == ""


def test_a_race_waits_as_one() -> None:
    with busy():
        first = launch.start_race(planned(3))
        second = launch.start_race(planned(1))  # six runs wait already, of one race
        for found in (first, second):
            found.request("stop")
            until(lambda: not found.live())  # noqa: B023
