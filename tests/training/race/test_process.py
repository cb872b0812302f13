"""A race in this process, and in one that is killed: turns, wishes, failures, going on."""

import contextlib
import functools
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from cnnviz.data.mnist import Digits
from cnnviz.system import jobs, paths
from cnnviz.training import worker
from cnnviz.training.engine import setup
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.race import fair_scheduling, race
from cnnviz.training.race import process as racing
from cnnviz.training.race.plan import plan_race
from cnnviz.training.race.race import Race
from cnnviz.training.runs import checkpoint, job_queue, session, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.recorder import Recorder
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.session import Session
from cnnviz.training.runs.store import Run
from tests.training.few_digits import hurry, save_digits

FewDigits = Callable[..., Digits]
MODELS = ("lenet5", "mnist_cnn")
STEPS = 14  # 2 passes of 7 batches


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, few_digits: FewDigits) -> None:
    """A hundred digits, an interval for every step, and turns of a few steps."""
    digits = few_digits(100, 20)
    monkeypatch.setattr(setup, "training_digits", lambda _: digits)
    monkeypatch.setattr(session, "Trainer", functools.partial(Trainer, measure_every=0))
    monkeypatch.setattr(setup, "warm_up", lambda: None)
    monkeypatch.setattr(racing, "TIME_SLICE", 0.02)


def made(*, seeds: int = 1, epochs: int = 2, batch_size: int = 16) -> Race:
    plan = plan_race(MODELS, preset="quick", seeds=range(seeds), epochs=epochs, source="embedded")
    plan = [s.replace(batch_size=batch_size, device="cpu", precision="float32") for s in plan]
    new_race = race.create_race(plan, preset="quick", versions={})
    for entry in new_race.entries():
        entry.run.write_status(Status(state="queued"))
    return new_race


def the_runs(found: Race) -> list[Run]:
    return [entry.run for entry in found.entries()]


def states(found: Race) -> list[str]:
    return [run.status().state for run in the_runs(found)]


def weights(run: Run) -> dict[str, torch.Tensor]:
    return checkpoint.load_checkpoint(run.path / checkpoint.LAST)[0]


def steps(run: Run) -> list[int]:
    return [row["step"] for row in History(run).read().intervals]


@contextlib.contextmanager
def at_step(step: int, act: Callable[[Run], None]) -> Iterator[None]:
    """Act whenever a run has done that step, before it looks at what the user wants."""
    original = Session._obey

    def obey(self: Session) -> Iterator[bool]:
        if self._trainer.step == step:
            act(self._run)
        yield from original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "_obey", obey)
        yield


@pytest.mark.usefixtures("quick")
def test_all_arrive_and_are_what_they_would_be_alone() -> None:
    new_race = made(seeds=2)
    racing.execute_race(new_race)
    assert states(new_race) == ["finished"] * 4
    for run in the_runs(new_race):
        alone = store.create_run(run.settings(), versions={})
        alone.write_status(Status(state="queued"))
        assert worker.execute_run(alone).state == "finished"
        mine, own = weights(run), weights(alone)
        assert mine.keys() == own.keys()
        assert all(torch.equal(mine[name], own[name]) for name in mine)  # bit by bit
        assert steps(run) == steps(alone) == list(range(1, STEPS + 1))
        assert sorted(p.name for p in (run.path / "moments").iterdir()) == sorted(
            p.name for p in (alone.path / "moments").iterdir()
        )
    figures, digits = new_race.network_costs()
    assert digits == 100
    assert {key: row.parameters for key, row in figures.items()}["lenet5"] == 61_706


@pytest.mark.usefixtures("quick")
def test_they_take_turns_and_their_clocks_stand_still_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    diary: list[tuple[str, float]] = []
    seconds: dict[str, float] = {}
    arrived: list[bool] = []
    original = racing.RaceRun.run_slice

    def turn(self: racing.RaceRun) -> None:
        began = time.perf_counter()
        original(self)
        diary.append((self._run.id, time.perf_counter() - began))
        seconds[self._run.id] = self.seconds
        arrived.append(self.done)
        if not any(arrived) and len(seconds) == len(MODELS):  # nobody is more than a turn ahead
            assert max(seconds.values()) - min(seconds.values()) <= max(took for _, took in diary)

    monkeypatch.setattr(racing.RaceRun, "run_slice", turn)
    new_race = made(epochs=4)
    racing.execute_race(new_race)
    order = [key for key, _ in diary]
    switches = sum(one != other for one, other in itertools.pairwise(order))
    assert switches >= 4
    for run in the_runs(new_race):
        own = sum(took for key, took in diary if key == run.id)
        assert 0 < run.status().seconds <= own  # the others' turns are not in it
        rows = History(run).read().intervals
        assert [row["seconds"] for row in rows] == sorted(row["seconds"] for row in rows)
        assert all(row["images_per_second"] > 0 for row in rows)


@pytest.mark.usefixtures("quick")
def test_a_stop_ends_all_with_a_checkpoint_and_the_race_goes_on_from_there() -> None:
    new_race = made()
    first = the_runs(new_race)[0]
    with at_step(3, lambda run: new_race.request("stop") if run == first else None):
        racing.execute_race(new_race)
    assert states(new_race) == ["stopped", "stopped"]
    assert first.status().step == 3
    for run in the_runs(new_race):
        run.request("run")
        run.write_status(Status(state="queued"))
    racing.execute_race(new_race)
    assert states(new_race) == ["finished", "finished"]
    assert steps(first) == list(range(1, STEPS + 1))


@pytest.mark.usefixtures("quick")
def test_one_that_waits_for_its_turn_stops_without_another_step() -> None:
    new_race, done = made(epochs=4), []
    first, second = the_runs(new_race)

    def stop(run: Run) -> None:
        if run == first:
            done.append(steps(second)[-1] if steps(second) else 0)
            new_race.request("stop")

    with at_step(20, stop):
        racing.execute_race(new_race)
    assert states(new_race) == ["stopped", "stopped"]
    assert [second.status().step] == done


@pytest.mark.usefixtures("quick")
def test_a_paused_race_gives_its_place_to_another_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new_race, seen = made(), []

    def look(_: float) -> None:
        with FileLock(paths.runs_dir() / ".slot-0.lock", timeout=0):
            seen.append([run.recorded_status().state for run in the_runs(new_race)])
        if len(seen) == 3:
            new_race.request("run")

    monkeypatch.setattr(racing.time, "sleep", look)
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    with at_step(2, lambda run: run.request("pause")):
        racing.execute_race(new_race)
    assert seen == [["paused", "paused"]] * 3
    assert states(new_race) == ["finished", "finished"]


@pytest.mark.usefixtures("quick")
def test_one_that_waits_for_a_place_does_not_keep_the_others_from_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new_race, seen = made(), []
    first, second = the_runs(new_race)
    other = FileLock(paths.runs_dir() / ".slot-0.lock", timeout=0)

    def act(_: float) -> None:
        seen.append([run.recorded_status().state for run in (first, second)])
        if len(seen) == 1:
            other.acquire()  # another training has begun
            first.request("run")
        elif len(seen) == 2:
            second.request("stop")
        elif len(seen) == 3:
            other.release()

    monkeypatch.setattr(racing.time, "sleep", act)
    monkeypatch.setattr(job_queue, "slot_count", lambda: 1)
    with at_step(2, lambda run: run.request("pause")):
        racing.execute_race(new_race)
    assert seen == [["paused", "paused"], ["queued", "paused"], ["queued", "stopped"]]
    assert states(new_race) == ["finished", "stopped"]


@pytest.mark.usefixtures("quick")
def test_a_race_that_is_paused_for_long_gives_up_its_process_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new_race = made()
    monkeypatch.setattr(session, "PARK_AFTER", 0.05)
    with at_step(2, lambda run: run.request("pause")):
        racing.execute_race(new_race)
    assert [run.recorded_status().state for run in the_runs(new_race)] == ["parked", "parked"]
    assert (new_race.state(), new_race.locked()) == ("paused", False)
    for run in the_runs(new_race):
        run.request("run", launching=True)
        run.change_state("queued")
    racing.execute_race(new_race)
    assert states(new_race) == ["finished", "finished"]
    for run in the_runs(new_race):
        assert steps(run) == list(range(1, STEPS + 1))


@pytest.mark.usefixtures("quick")
def test_one_that_is_paused_does_not_hold_up_the_other() -> None:
    new_race = made()
    first, second = the_runs(new_race)
    with at_step(2, lambda run: run.request("pause") if run == first else None):
        original = Recorder.write_status

        def status(self: Recorder, state: str) -> None:
            original(self, state)
            if self._run == second and state == "finished":
                assert first.recorded_status().state == "paused"
                first.request("run")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Recorder, "write_status", status)
            racing.execute_race(new_race)
    assert states(new_race) == ["finished", "finished"]


@pytest.mark.usefixtures("quick")
def test_what_goes_wrong_with_one_is_its_own_affair() -> None:
    new_race = made()
    first = the_runs(new_race)[0]

    def break_down(run: Run) -> None:
        if run == first:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    with at_step(2, break_down):
        racing.execute_race(new_race)
    assert states(new_race) == ["failed", "finished"]
    assert first.status().message == (
        "There was not enough memory: choose a smaller batch or a smaller network."
    )
    assert not first.locked()


@pytest.mark.usefixtures("quick")
def test_one_that_trains_by_itself_or_has_ended_is_left_alone() -> None:
    new_race = made()
    first, second = the_runs(new_race)
    first.write_status(Status(state="finished", step=5))
    racing.execute_race(new_race)
    assert (first.status().step, second.status().state) == (5, "finished")
    racing.execute_race(new_race)  # nothing is left to do
    assert second.status().state == "finished"


@pytest.mark.usefixtures("quick")
def test_a_race_that_is_stopped_while_it_waits_never_begins() -> None:
    new_race = made()
    for run in the_runs(new_race):
        run.request("stop")
    with FileLock(paths.runs_dir() / ".slot-0.lock"):
        racing.execute_race(new_race)
    assert states(new_race) == ["stopped", "stopped"]
    assert [run.status().step for run in the_runs(new_race)] == [0, 0]


def test_a_second_trainer_finds_the_race_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PROBE_PATIENCE", 0.05)
    new_race = made()
    with FileLock(new_race.path / "lock"), pytest.raises(RunError, match="already running"):
        racing.execute_race(new_race)


def train(path: Path, few: Path) -> None:
    """Execute a race as its process does, with a checkpoint every few steps."""
    hurry(path.parent.parent, few)
    racing.TIME_SLICE = 0.02
    racing.execute_race(Race(path))


def reached(run: Run, before: int) -> bool:
    """Tell whether a run is some steps further than it was."""
    return run.recorded_status().step >= before + 4


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_race_whose_trainer_is_killed_goes_on_without_a_gap(
    few_digits: FewDigits, tmp_path: Path, forkserver: ForkServerContext
) -> None:
    few = save_digits(tmp_path / "few.npz", few_digits(100, 20))
    new_race = made(epochs=6)
    for kill in (True, False):
        for run in the_runs(new_race):
            if run.status().state != "finished":
                run.write_status(Status(state="queued"))
        before = [run.recorded_status().step for run in the_runs(new_race)]
        process = forkserver.Process(target=train, args=(new_race.path, few))
        process.start()
        if kill:
            deadline = time.monotonic() + 60
            while not all(map(reached, the_runs(new_race), before)):
                assert time.monotonic() < deadline, states(new_race)
                time.sleep(0.01)
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join(20)
            assert states(new_race) == ["interrupted", "interrupted"]
            assert new_race.state() == "interrupted"
        else:
            process.join(120)
            assert process.exitcode == 0
    assert states(new_race) == ["finished", "finished"]
    for run in the_runs(new_race):
        assert steps(run) == list(range(1, 6 * 7 + 1))  # no gap, and none twice


def test_a_turn_is_a_quarter_of_a_second() -> None:
    assert fair_scheduling.TIME_SLICE == racing.TIME_SLICE == 0.25  # what the page says


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", [KeyError("events"), AssertionError(), ImportError("no torch")])
def test_a_defect_ends_one_run_of_a_race_with_a_sentence(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_race, original = made(), Recorder.save_checkpoint

    def broken(self: Recorder) -> None:
        if self._run == the_runs(new_race)[0]:
            raise error
        original(self)

    monkeypatch.setattr(Recorder, "save_checkpoint", broken)
    racing.execute_race(new_race)
    assert states(new_race) == ["failed", "finished"]
    message = the_runs(new_race)[0].status().message
    assert message.startswith(f"Internal error: {type(error).__name__}")


@pytest.mark.usefixtures("quick")
def test_a_defect_of_the_race_itself_spares_the_runs_that_have_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new_race = made()
    _, second = the_runs(new_race)

    def broken(runs: list[racing.RaceRun], idle: Callable[[], None]) -> None:
        del idle
        while not runs[0].done:
            runs[0].run_slice()
        raise TypeError("no such slice")

    monkeypatch.setattr(racing, "run_fairly", broken)
    racing.execute_race(new_race)
    assert states(new_race) == ["finished", "failed"]
    assert second.status().message == "Internal error: TypeError: no such slice"
