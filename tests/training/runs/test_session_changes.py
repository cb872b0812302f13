"""Augmentation and learning rate changed while a run trains: recorded, and kept when it resumes."""

import functools
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import torch

from cnnviz.data.mnist import Digits
from cnnviz.training import worker
from cnnviz.training.engine.events import Event, StepEvent
from cnnviz.training.runs import checkpoint, networks, recorder
from cnnviz.training.runs.export import events_to_csv
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import check_event
from cnnviz.training.runs.session import Session
from cnnviz.training.runs.store import Run
from tests.training.few_digits import hurry, save_digits
from tests.training.runs.sessions import (
    STEPS,
    FreeSlot,
    act_at,
    assert_same_network,
    course,
    made,
    state_of,
    train,
)

FewDigits = Callable[..., Digits]
CHANGED, KILLED = 9, 12  # steps; the last checkpoint before them is of step 7


def by_hand(run: Run, step: int, **values: float) -> None:
    """Train with attributes of the trainer set after a step, without any request."""

    def change() -> None:
        for name, value in values.items():
            setattr(session._trainer, name, value)

    session = Session(run, FreeSlot(), act_at(step, change))
    session.train()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("values", [{"augmentation": 1.0}, {"learning_rate": 0.004}])
def test_a_change_counts_from_the_next_step_and_is_in_the_log(values: dict[str, float]) -> None:
    run, oracle, plain = made(), made(), made()
    train(run, act_at(CHANGED, functools.partial(run.request, **values)))
    by_hand(oracle, CHANGED, **values)
    train(plain)
    assert_same_network(run, oracle)
    first, other = (state_of(r)[0]["model.c1.weight"] for r in (run, plain))
    assert not torch.equal(first, other)
    [row] = History(run).read().changes
    (name, value) = next(iter(values.items()))
    assert {n: row[n] for n in ("step", "epoch", name)} == {
        "step": CHANGED,
        "epoch": CHANGED / (STEPS / 3),
        name: value,
    }
    assert set(row) == {"kind", "step", "epoch", "seconds", name}
    assert getattr(run.recorded_status(), name) == value
    assert [step for kind, step, *_ in course(run) if kind == "interval"] == list(
        range(1, STEPS + 1)
    )
    assert f",{value}" in events_to_csv(run)


@pytest.mark.usefixtures("quick")
def test_augmentation_can_be_turned_off_and_the_network_still_counts_as_augmented() -> None:
    run, oracle = made(augmentation=1.0), made(augmentation=1.0)
    train(run, act_at(CHANGED, functools.partial(run.request, augmentation=0.0)))
    by_hand(oracle, CHANGED, augmentation=0.0)
    assert_same_network(run, oracle)
    assert run.recorded_status().augmentation == 0.0
    assert networks.find_network(run.id).augmentation == 1.0


@pytest.mark.usefixtures("quick")
def test_the_same_value_again_is_no_change() -> None:
    run = made(augmentation=0.5)
    train(run, act_at(CHANGED, functools.partial(run.request, augmentation=0.5)))
    assert History(run).read().changes == []


@pytest.mark.usefixtures("quick")
def test_a_stop_and_a_resume_keep_the_change() -> None:
    run, oracle = made(), made()
    train(run, act_at(CHANGED, functools.partial(run.request, augmentation=1.0)))
    oracle.request("run")
    train(oracle, act_at(CHANGED, functools.partial(oracle.request, augmentation=1.0)))
    stopped = made()

    def change_then_stop(event: Event) -> None:
        if event == StepEvent(CHANGED):
            stopped.request(augmentation=1.0)
        elif event == StepEvent(KILLED):
            stopped.request("stop")

    train(stopped, change_then_stop)
    stopped.request("run")
    train(stopped)
    assert_same_network(stopped, run)
    assert course(stopped) == course(run)
    assert len(History(stopped).read().changes) == 1


@pytest.mark.usefixtures("quick")
def test_a_checkpoint_of_an_older_version_has_the_augmentation_of_its_settings() -> None:
    run, oracle = made(augmentation=0.5), made(augmentation=0.5)
    train(oracle)
    train(run, act_at(CHANGED, functools.partial(run.request, "stop")))
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        tensors, metadata = checkpoint.load_checkpoint(run.path / name)
        del metadata["position"]["augmentation"]
        checkpoint.save_checkpoint(run.path / name, tensors, metadata)
    run.request("run")
    train(run)
    assert_same_network(run, oracle)


def train_and_die(run: Run, few: Path, changes: dict[str, float]) -> None:
    """Train as a process of its own that changes settings and is killed three steps later."""
    hurry(run.path.parent, few)
    recorder.CHECKPOINT_EVERY = 1e9

    def act(event: Event) -> None:
        if event == StepEvent(CHANGED):
            run.request(**changes)  # type: ignore[arg-type]
        elif event == StepEvent(KILLED):
            os.kill(os.getpid(), signal.SIGKILL)

    worker.execute_run(run, act)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL, no fork")
@pytest.mark.parametrize("changes", [{"augmentation": 1.0}, {"learning_rate": 0.004}])
def test_a_killed_run_resumes_as_if_the_change_had_been_made_at_its_own_step(
    changes: dict[str, float],
    quick: None,
    few_digits: FewDigits,
    forkserver: ForkServerContext,
    tmp_path: Path,
) -> None:
    del quick
    few = save_digits(tmp_path / "few.npz", few_digits(100, 40))
    run, oracle = made(threads=1), made(threads=1)
    process = forkserver.Process(target=train_and_die, args=(run, few, changes))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert [row["step"] for row in run.log.read()[0]][-1] == KILLED
    run.request("run")
    train(run)
    by_hand(oracle, CHANGED, **changes)
    assert_same_network(run, oracle)
    assert [row["step"] for row in History(run).read().changes] == [CHANGED]


def test_a_change_of_another_type_is_refused() -> None:
    row = {"kind": "change", "step": 1, "epoch": 0.1, "seconds": 0.2, "augmentation": "much"}
    with pytest.raises(ValueError, match="invalid change event: Expected `float`, got `str`"):
        check_event(row)
