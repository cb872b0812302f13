"""The trainer of one run: whose it is, how it begins, and what it leaves behind.

`test_launch.py` starts such processes as the page does; here they are called and fed by hand.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors
from filelock import FileLock

from cnnviz.system.job_output import output_tail
from cnnviz.training import worker
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import job_queue, session
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SMALL = Settings(model="lenet5", epochs=1, batch_size=512, source="embedded", device="cpu")
COMMAND = [sys.executable, "-m", "cnnviz.training.worker"]


class Sitting:
    """Stands for a session of training, and tells what it found when it was its turn."""

    def __init__(self, run: Run, slot: job_queue.Slot, observe: worker.Observer | None) -> None:
        self.run, self.slot, self.observe = run, slot, observe

    def train(self) -> Status:
        assert self.run.locked()
        assert self.slot._lock is not None
        assert self.slot._lock.is_locked
        assert (self.run.recorded_status().state, self.run.recorded_status().message) == (
            "queued",
            "",
        )
        status = Status("finished", step=1)
        self.run.write_status(status)
        return status


def test_a_run_is_trained_under_its_lock_in_a_place_that_both_are_free_afterward(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "Session", Sitting)
    run = make_run(SMALL, state="failed", message="The disk is full.")
    assert worker.execute_run(run) == Status("finished", step=1)
    assert not run.locked()
    for number in range(job_queue.slot_count()):
        with FileLock(run.path.parent / f".slot-{number}.lock", timeout=0):
            pass


def test_a_second_trainer_of_a_run_is_refused_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "Session", Sitting)
    run = make_run(SMALL, state="running", step=5)
    before = run.recorded_status()
    with FileLock(run.path / "lock"), pytest.raises(RunError, match="is already training"):
        worker.execute_run(run)
    assert run.recorded_status() == before


def test_a_run_that_is_stopped_before_its_turn_never_trains(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "Session", None)  # calling it would be an error
    run = make_run(SMALL, state="stopped", step=5, total_steps=20)
    run.request("stop")
    status = worker.execute_run(run)
    assert (status.state, status.step, status.total_steps) == ("stopped", 5, 20)
    assert not run.locked()


@pytest.mark.parametrize("error", [ValueError("no such digits"), MemoryError()])
def test_what_a_training_raises_ends_the_run_and_frees_its_place(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(session, "Session", refuse)
    run = make_run(SMALL, state="queued")
    assert worker.execute_run(run).state == "failed"
    assert run.recorded_status().state == "failed"
    monkeypatch.setattr(session, "Session", Sitting)
    assert worker.execute_run(run).state == "finished"


DEFECTS = [
    (safetensors.SafetensorError("header too large"), "SafetensorError: header too large"),
    (KeyError("history"), "KeyError: 'history'"),
    (TypeError("no such argument"), "TypeError: no such argument"),
    (AssertionError(), "AssertionError"),
    (ImportError("No module named 'torch'"), "ImportError: No module named 'torch'"),
    (AttributeError("a slip of the pen"), "AttributeError: a slip of the pen"),
]


@pytest.mark.parametrize(("error", "sentence"), DEFECTS)
def test_an_error_of_our_own_making_is_a_failure_with_a_sentence_and_a_log(
    error: Exception,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(session, "Session", broken)
    run = make_run(SMALL, state="queued")
    worker.execute_run(run)
    assert not run.locked()
    assert (run.status().state, run.status().message) == ("failed", f"Internal error: {sentence}")
    assert "in broken" in capfd.readouterr().err


BROKEN = """
import sys
from cnnviz.training import worker
from cnnviz.training.runs import {module}
def fail(*_):
    raise KeyError("history")
{module}.{name} = fail
sys.argv[1:] = [{path!r}]
worker.main()
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("session", "Session"),
        ("recorder", "Recorder.save_checkpoint"),
        ("store", "Run.change_state"),  # before the training itself
    ],
)
def test_the_process_of_a_trainer_that_breaks_tells_so_on_disk(module: str, name: str) -> None:
    run = make_run(SMALL, state="queued")
    script = BROKEN.format(module=module, name=name, path=str(run.path))
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, timeout=120, check=False)
    assert (run.status().state, run.status().message) == (
        "failed",
        "Internal error: KeyError: 'history'",
    )
    tail = output_tail(run.file("log.txt"))
    assert tail.endswith("KeyError: 'history'")
    assert 'File "cnnviz/training/worker.py"' in tail
    assert str(ROOT) not in tail


def test_a_process_that_breaks_before_it_trains_tells_so_on_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ImportError("No module named 'torch'")

    run = make_run(SMALL, state="queued")
    for name in ("nice", "dup2"):
        monkeypatch.setattr(os, name, lambda *_: None)
    monkeypatch.setattr(worker, "_stop_on_signal", lambda _: None)
    monkeypatch.setattr(worker, "execute_run", broken)
    monkeypatch.setattr(sys, "argv", ["worker", str(run.path)])
    with pytest.raises(ImportError):
        worker.main()
    assert run.status().state == "failed"
    assert run.status().message == "Internal error: ImportError: No module named 'torch'"


def test_a_spare_trains_the_run_whose_folder_arrives_and_logs_into_it() -> None:
    run = make_run(SMALL, state="queued")
    spare = subprocess.Popen([*COMMAND, "--spare"], stdin=subprocess.PIPE, text=True, cwd=ROOT)
    spare.communicate(f"{run.path}\n", timeout=120)
    assert spare.returncode == 0
    assert run.status().state == "finished"
    assert (run.path / "log.txt").read_text() == ""


def test_a_trainer_that_is_asked_to_end_stops_with_a_checkpoint() -> None:
    run = make_run(SMALL.replace(epochs=100), state="queued")
    trainer = subprocess.Popen([*COMMAND, str(run.path)], cwd=ROOT)
    until(lambda: run.status().step > 0)
    trainer.terminate()
    assert trainer.wait(60) == 0
    assert run.status().state == "stopped"
    assert (run.path / "last.safetensors").exists()
