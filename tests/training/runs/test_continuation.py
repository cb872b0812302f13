"""A run that continues another one: its first weights, its optimizer, and what is recorded."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from cnnviz.data.mnist import Digits
from cnnviz.training import launch
from cnnviz.training.engine.events import Event, StepEvent
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import checkpoint, networks, snapshots, store
from cnnviz.training.runs.origin import START, Parent
from cnnviz.training.runs.session import Session
from cnnviz.training.runs.store import Run
from tests.on_disk import initial_weights, make_run
from tests.training.runs.sessions import (
    SMALL,
    STEPS,
    FreeSlot,
    assert_same_network,
    course,
    made,
    state_of,
    train,
)
from tests.waiting import until

FewDigits = Callable[..., Digits]
State = dict[str, Any]


@pytest.fixture
def unstarted(monkeypatch: pytest.MonkeyPatch, quick: None) -> None:
    """Runs are created and trained by the test, on the few digits, not by a process."""
    del quick
    monkeypatch.setattr(launch, "_launch", lambda _, runs: runs[0].change_state("queued"))


def train_parent(run: Run, step: int = STEPS) -> tuple[State, State]:
    """Train a run; return its weights after a step, and the state of its optimizer at the end."""
    weights: State = {}

    def copy_weights(event: Event) -> None:
        if event == StepEvent(step):
            weights.update(copy.deepcopy(session._trainer.model.state_dict()))

    session = Session(run, FreeSlot(), copy_weights)
    session.train()
    return weights, copy.deepcopy(session._trainer._optimizer.state_dict())


def by_hand(run: Run, digits: Digits, weights: State, optimizer: State | None = None) -> Trainer:
    """A trainer with weights and optimizer loaded by PyTorch itself, trained to its end."""
    model = build_network(run.settings())
    model.load_state_dict(weights)
    trainer = Trainer(model, digits, run.settings())
    if optimizer:
        trainer._optimizer.load_state_dict(optimizer)
    list(trainer.events())
    return trainer


def assert_like(run: Run, trainer: Trainer) -> None:
    state, expected = state_of(run)[0], trainer.state()
    assert state.keys() == expected.keys()
    assert [name for name in state if not torch.equal(state[name], expected[name])] == []


@pytest.mark.usefixtures("unstarted")
@pytest.mark.parametrize(
    "kind", [{"optimizer": "adamw"}, {"optimizer": "sgd", "learning_rate": 0.02}]
)
def test_the_last_step_is_continued_with_the_state_of_the_optimizer(
    kind: dict[str, Any], few_digits: FewDigits
) -> None:
    parent = made(**kind)
    weights, optimizer = train_parent(parent)
    changes = {"epochs": 1, "learning_rate": 0.004, "seed": 5, "augmentation": 0.5}
    child = launch.continue_run(parent, STEPS, parent.settings().replace(**changes))
    assert train(child).state == "finished"
    assert_like(child, by_hand(child, few_digits(100, 40), weights, optimizer))
    assert child.parent() == Parent(parent.id, parent.title(), STEPS, optimizer=True)
    assert child.settings() == parent.settings().replace(**changes)
    with pytest.raises(AssertionError):
        assert_like(child, by_hand(child, few_digits(100, 40), weights))


@pytest.mark.usefixtures("unstarted")
def test_an_earlier_step_is_continued_from_its_snapshot_with_a_new_optimizer(
    few_digits: FewDigits,
) -> None:
    parent = made()
    weights, _ = train_parent(parent, step=4)
    child = launch.continue_run(parent, 4, parent.settings())
    train(child)
    halved = {n: w.half().float() if w.dim() > 1 else w for n, w in weights.items()}
    assert_like(child, by_hand(child, few_digits(100, 40), halved))
    assert child.parent() == Parent(parent.id, parent.title(), 4, optimizer=False)
    first, _ = checkpoint.load_checkpoint(snapshots.snapshot_path(child.path, 0))
    kept, _ = checkpoint.load_checkpoint(snapshots.snapshot_path(parent.path, 4))
    assert all(torch.equal(first[name], kept[name]) for name in kept)


@pytest.mark.usefixtures("unstarted")
def test_another_optimizer_begins_anew(few_digits: FewDigits) -> None:
    parent = made()
    weights, _ = train_parent(parent)
    child = launch.continue_run(parent, STEPS, parent.settings().replace(optimizer="sgd"))
    train(child)
    assert_like(child, by_hand(child, few_digits(100, 40), weights))
    origin = child.parent()
    assert origin is not None
    assert not origin.optimizer


@pytest.mark.usefixtures("unstarted")
def test_a_run_killed_before_its_first_checkpoint_begins_with_the_same_weights() -> None:
    class Killed(BaseException):
        pass

    def kill(event: Event) -> None:
        if event == StepEvent(3):
            raise Killed

    parent = made()
    train(parent)
    straight, child = (launch.continue_run(parent, STEPS, parent.settings()) for _ in range(2))
    train(straight)
    with pytest.raises(Killed):
        train(child, kill)
    assert not (child.path / checkpoint.LAST).exists()
    parent.delete()
    child.request("run")
    train(child)
    assert_same_network(child, straight)
    assert course(child) == course(straight)


@pytest.mark.usefixtures("unstarted")
def test_the_continued_run_stays_as_it_is() -> None:
    parent = made()
    train(parent)
    before = {path: path.read_bytes() for path in sorted(parent.path.rglob("*")) if path.is_file()}
    train(launch.continue_run(parent, 8, parent.settings().replace(learning_rate=0.01)))
    after = {path: path.read_bytes() for path in sorted(parent.path.rglob("*")) if path.is_file()}
    assert before == after


@pytest.mark.usefixtures("unstarted")
def test_what_cannot_be_continued_is_refused_and_leaves_no_run() -> None:
    parent = made()
    train(parent)
    with pytest.raises(ValueError, match="model must be lenet5, got vgg11"):
        launch.continue_run(parent, STEPS, parent.settings().replace(model="vgg11"))
    with pytest.raises(checkpoint.CheckpointError, match=r"3\.safetensors cannot be read"):
        launch.continue_run(parent, 3, parent.settings())
    assert store.runs() == [parent]


def test_a_process_trains_on_from_a_snapshot() -> None:
    settings = Settings.from_dict({**SMALL, "epochs": 1, "batch_size": 512})
    parent = make_run(settings, steps=[4], weights=0)
    child = launch.continue_run(parent, 4, parent.settings())
    until(lambda: not child.status().live)
    assert child.status().state == "finished"
    assert networks.find_network(child.id).accuracy == child.status().test_accuracy
    first, _ = checkpoint.load_checkpoint(child.path / START)
    for name, weight in initial_weights("lenet5", seed=4).items():  # those of the snapshot
        assert torch.equal(first[f"model.{name}"], weight)


@pytest.mark.parametrize("parent", [{"run": 3}, "20261130-041145-daa7df", {}])
def test_a_run_whose_origin_is_damaged_is_not_listed(parent: object) -> None:
    run = make_run()
    assert store.runs() == [run]
    assert run.parent() is None
    path = run.path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"parent": parent}))
    assert store.runs() == []
