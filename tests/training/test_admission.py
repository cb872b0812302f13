"""How many trainings get in: clicks at the same moment, paused ones, and what a refusal leaves.

A trainer is replaced by what it does first: it takes the lock of its run and writes a status.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.training import admission, launch, trainer_requests
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store, summaries
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.on_disk import make_race, make_run, refuse_to_open
from tests.waiting import until

SMALL = Settings(model="lenet5", epochs=1, batch_size=64, source="embedded", device="cpu")
REFUSED = "at most 4 trainings may be queued, got 4: stop one first"


def hold_locks(held: contextlib.ExitStack) -> Callable[[Path, list[Run]], None]:
    """Return a stand-in for `launch._launch`: it writes a new status and keeps the runs' locks."""

    def launch_nothing(work: Path, waiting: list[Run]) -> None:
        del work
        for run in waiting:
            held.enter_context(FileLock(run.path / "lock", thread_local=False))
            run.write_status(Status(state="queued"))

    return launch_nothing


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> Iterator[contextlib.ExitStack]:
    """The locks of the trainers, which hold them for as long as the test lasts."""
    with contextlib.ExitStack() as held:
        monkeypatch.setattr(launch, "_launch", hold_locks(held))
        yield held


def attempt(action: Callable[[], object]) -> str:
    try:
        action()
    except RunError as error:
        return str(error)
    return "admitted"


def files_of(run: Run) -> dict[str, bytes]:
    """The content of what a click could change; locks may be created."""
    return {p.name: p.read_bytes() for p in run.path.iterdir() if p.suffix in (".json", ".jsonl")}


def in_threads(count: int, click: Callable[[], None]) -> None:
    """Call a function in several threads at once, and wait for all."""
    threads = [threading.Thread(target=click) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("trainers")
def test_thirty_clicks_at_once_let_in_as_many_as_may_wait() -> None:
    together, answers = threading.Barrier(30), list[str]()

    def click() -> None:
        together.wait()
        answers.append(attempt(lambda: launch.start_run(SMALL)))

    in_threads(30, click)
    assert len(store.runs()) == answers.count("admitted") == admission.MAX_QUEUED
    assert set(answers) == {"admitted", REFUSED}
    folders = [path for path in store.runs_dir().iterdir() if not path.name.startswith(".")]
    assert len(folders) == admission.MAX_QUEUED  # a refused one leaves no folder


def click_at(folder: str, moment: float, answers: Path) -> None:
    """Start eight runs from threads of a process of its own, at an agreed moment."""
    os.environ["CNNVIZ_RUNS_DIR"] = folder
    held = contextlib.ExitStack()
    launch._launch = hold_locks(held)
    texts: list[str] = []

    def click() -> None:
        time.sleep(max(0.0, moment - time.monotonic()))
        texts.append(attempt(lambda: launch.start_run(SMALL)))

    in_threads(8, click)
    (answers / f".{os.getpid()}").write_text("\n".join(texts))
    (answers / f".{os.getpid()}").rename(answers / f"{os.getpid()}.done")
    until(lambda: (answers / "over").exists())
    held.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_four_servers_with_eight_clicks_each_let_in_as_many_as_may_wait(
    forkserver: ForkServerContext, tmp_path: Path
) -> None:
    (answers := tmp_path / "answers").mkdir()
    arguments = (str(store.runs_dir()), time.monotonic() + 1.0, answers)
    servers = [forkserver.Process(target=click_at, args=arguments) for _ in range(4)]
    for server in servers:
        server.start()
    until(lambda: len(list(answers.glob("*.done"))) == 4)
    texts = [line for path in answers.glob("*.done") for line in path.read_text().splitlines()]
    assert len(store.runs()) == texts.count("admitted") == admission.MAX_QUEUED
    assert (len(texts), set(texts)) == (32, {"admitted", REFUSED})
    (answers / "over").touch()
    for server in servers:
        server.join(20)


@pytest.mark.usefixtures("trainers")
def test_paused_trainings_count_as_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "slot_count", lambda: 2)
    started = []
    while len(started) < 40:  # start and pause, again and again
        text = attempt(lambda: started.append(launch.start_run(SMALL)))
        if text != "admitted":
            break
        started[-1].write_status(Status(state="paused"))
    assert len(started) == 2 + admission.MAX_QUEUED + admission.MAX_PAUSED
    assert text == ("at most 10 trainings may be running, queued or paused, got 10: stop one first")
    started[0].write_status(Status(state="stopped"))
    assert attempt(lambda: launch.start_run(SMALL)) == "admitted"


def test_a_parked_run_does_not_count() -> None:
    for _ in range(40):
        make_run(SMALL, state="parked")
    admission.check_limits()


def test_going_on_with_a_run_that_trains_leaves_a_stop_as_it_is() -> None:
    run = make_run(SMALL, state="running")
    with FileLock(run.path / "lock"):
        run.request("stop", learning_rate=0.5)
        before = files_of(run)
        with pytest.raises(RunError, match="is already training"):
            launch.resume_run(run, learning_rate=9.0)
        assert files_of(run) == before
    assert (run.control().want, run.control().learning_rate) == ("stop", 0.5)


def test_going_on_with_a_race_leaves_its_running_contestant_as_it_is() -> None:
    race = make_race(("lenet5", "mnist_cnn"), seeds=1, state="stopped")
    first, second = race.present()
    with FileLock(second.path / "lock"):  # resumed alone since the list was read
        second.request("pause")
        before = files_of(first), files_of(second)
        with pytest.raises(RunError, match="is already training"):
            launch.resume_race(race)
        assert (files_of(first), files_of(second)) == before


@pytest.mark.usefixtures("trainers")
def test_a_refused_resume_changes_nothing() -> None:
    for _ in range(admission.MAX_QUEUED):
        launch.start_run(SMALL)
    for run in (make_run(SMALL, state="stopped"), make_run(SMALL, state="parked")):
        run.request("pause", learning_rate=0.5)
        before = files_of(run)
        with pytest.raises(RunError, match="at most 4 trainings may be queued"):
            launch.resume_run(run, learning_rate=0.01)
        if run.parked():
            with pytest.raises(RunError, match="at most 4 trainings may be queued"):
                trainer_requests.request_run(run, single_step=True)
        assert files_of(run) == before


@pytest.mark.usefixtures("trainers")
def test_a_rate_out_of_range_changes_nothing() -> None:
    run = make_run(SMALL, state="stopped")
    before = files_of(run)
    with pytest.raises(ValueError, match="learning rate must be"):
        launch.resume_run(run, learning_rate=1e9)
    assert files_of(run) == before


# A run that is paused without a process


@pytest.mark.usefixtures("trainers")
def test_a_parked_run_is_shown_as_paused_and_goes_on_with_a_new_trainer() -> None:
    run = make_run(SMALL, state="parked", step=5, total_steps=63)
    assert (run.status().state, run.status().step, run.status().live) == ("paused", 5, True)
    [summary] = summaries.summaries()
    assert (summary.status().state, summaries.any_live()) == ("paused", False)
    trainer_requests.request_run(run, learning_rate=0.25)
    assert (run.parked(), run.control().learning_rate) == (True, 0.25)  # no trainer is needed
    trainer_requests.request_run(run, "run")
    assert (run.status().state, run.control().want, run.locked()) == ("queued", "run", True)
    assert run.control().learning_rate == 0.25


@pytest.mark.usefixtures("trainers")
def test_a_single_step_of_a_parked_run_starts_a_trainer_that_pauses_again() -> None:
    run = make_run(SMALL, state="parked")
    run.request("pause")
    trainer_requests.request_run(run, single_step=True)
    assert (run.control().want, run.control().single_steps, run.locked()) == ("pause", 1, True)


def test_a_parked_run_is_stopped_without_a_trainer() -> None:
    run = make_run(SMALL, state="parked", step=5)
    run.request("pause")
    with pytest.raises(RunError, match="still training: stop it first"):
        run.delete()
    trainer_requests.request_run(run, "stop")
    assert (run.status().state, run.status().step, run.control().want) == ("stopped", 5, "stop")
    run.delete()


@pytest.mark.usefixtures("trainers")
def test_a_parked_race_is_shown_as_paused_and_goes_on_as_one() -> None:
    race = make_race(("lenet5", "mnist_cnn"), seeds=1, state="parked")
    race.request("pause")
    assert race.state() == "paused"
    trainer_requests.request_race(race, "run")
    assert [run.recorded_status().state for run in race.present()] == ["queued"] * 2
    assert [run.control().want for run in race.present()] == ["run"] * 2


def test_a_parked_race_is_stopped_without_a_trainer() -> None:
    race = make_race(("lenet5", "mnist_cnn"), seeds=1, state="parked")
    trainer_requests.request_race(race, "stop")
    assert race.state() == "stopped"


# A lock of another user


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that somebody else trains, whose lock this user may not even read."""
    run = make_run(SMALL, state="running", step=5)
    refuse_to_open(monkeypatch, run.path / "lock")
    return run


@pytest.mark.usefixtures("trainers")
def test_a_run_of_another_user_is_listed_with_a_sentence_and_refuses_no_start(
    unreadable: Run,
) -> None:
    status = unreadable.status()
    assert (status.state, status.step, status.live) == ("unknown", 5, False)
    assert status.message.startswith("Cannot tell whether this run is training: its lock")
    assert unreadable.recorded_status().state == "running"  # it may be true
    assert attempt(lambda: launch.start_run(SMALL)) == "admitted"
    with pytest.raises(RunError, match="Cannot tell whether this run is training"):
        unreadable.delete()
