"""Trainers that are killed, raced for and orphaned: what was acknowledged is never lost.

Real processes are killed. So that many of them take seconds and not minutes, they are forked from
one process that has PyTorch imported (multiprocessing's fork server). `python -m benchmarks.kills`
kills as many as it is asked to.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.system import processes
from cnnviz.training import launch
from cnnviz.training.runs import store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.training.killed import Fork, made, survive_kills, train, unloadable
from tests.training.slots import busy
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL, no fork")

KILLS, SEED = 12, 28


def test_kills_lose_nothing(few: Path, fork: Fork) -> None:
    print(survive_kills(KILLS, SEED, few, fork))


def test_a_run_killed_between_its_last_checkpoint_and_its_end_is_finished_on_resume(
    few: Path, fork: Fork
) -> None:
    run = made(epochs=2)
    fork(train, run, few).join()
    whole = {path.name: path.read_bytes() for path in run.path.rglob("*.safetensors")}
    run.write_status(Status(state="running", step=9, total_steps=10))
    assert run.status().state == "interrupted"
    fork(train, run, few).join()
    assert run.status().state == "finished"
    assert {path.name: path.read_bytes() for path in run.path.rglob("*.safetensors")} == whole


# Several at once


def attempt(run: Run, start: Callable[[], object]) -> str:
    start()
    try:
        launch.resume_run(run)
    except RunError as error:
        return str(error)
    return "started"


def assert_one_started(run: Run, answers: list[str]) -> None:
    assert answers.count("started") == 1
    refusals = {f"{run.title()} is already {what}" for what in ("being started", "training")}
    assert {answer for answer in answers if answer != "started"} <= refusals
    run.request("stop")
    until(lambda: run.recorded_status().state == "stopped")


def test_eight_tabs_resume_a_run_at_once_and_one_trainer_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spawned, spawn = [], launch._spawn

    def count(argument: str, *, output: Path | None) -> "subprocess.Popen[str]":
        spawned.append(spawn(argument, output=output))
        return spawned[-1]

    monkeypatch.setattr(launch, "_spawn", count)
    run = made()
    with busy():
        for turn in range(12):
            run.write_status(Status(state="stopped"))
            assert_one_started(run, race(run, 8))
            assert len(spawned) == turn + 1
            assert spawned[-1].wait(20) == 0


def race(run: Run, tabs: int) -> list[str]:
    """Resume a run from so many threads at once, while another asks for its status all the time."""
    everyone, over = threading.Barrier(tabs), threading.Event()
    answers: list[str] = []

    def look() -> None:
        while not over.is_set():
            run.status()

    threads = [
        threading.Thread(target=lambda: answers.append(attempt(run, everyone.wait)))
        for _ in range(tabs)
    ]
    looks = threading.Thread(target=look)
    for thread in (looks, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    looks.join()
    return answers


def resume_at(run: Run, moment: float, answers: Path) -> None:
    """Resume a run from a process of its own, at an agreed moment."""
    os.environ["CNNVIZ_RUNS_DIR"] = str(run.path.parent)
    answer = attempt(run, lambda: time.sleep(max(0.0, moment - time.monotonic())))
    (answers / str(os.getpid())).write_text(answer)
    (answers / str(os.getpid())).rename(answers / f"{os.getpid()}.done")
    if answer == "started":
        processes.children[-1].wait()


def test_eight_processes_resume_a_run_at_once_and_one_trainer_starts(
    fork: Fork, tmp_path: Path
) -> None:
    run = made()
    with busy():
        for turn in range(4):
            run.write_status(Status(state="interrupted"))
            answers = tmp_path / f"answers-{turn}"
            answers.mkdir()
            moment = time.monotonic() + 0.6
            processes = [fork(resume_at, run, moment, answers) for _ in range(8)]
            until(lambda: len(list(answers.glob("*.done"))) == 8)  # noqa: B023
            assert_one_started(run, [path.read_text() for path in answers.iterdir()])
            for process in processes:
                process.join()


# The server goes


SERVER = """
import sys, time
from cnnviz.system import processes
from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
if sys.argv[1] == "spare":
    launch.prepare_spare()
run = launch.start_run(Settings(model="lenet5", epochs=100, source="embedded", device="cpu"))
print(run.id, *(child.pid for child in processes.children), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", ["spare", "fresh"])
def test_a_trainer_outlives_its_server_and_another_finds_it(how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, how], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        run_id, *_ = server.stdout.readline().split()
        server.kill()
    run = store.find_run(run_id)
    assert run.status().live
    until(lambda: len(History(run).read().intervals) > 2)
    assert run.status().state == "running"
    before = len(History(run).read().intervals)
    until(lambda: len(History(run).read().intervals) > before)
    run.request("stop")
    until(lambda: run.status().state == "stopped")
    until(lambda: not run.locked())
    assert unloadable(run) == []
    assert run.status().step > 0
