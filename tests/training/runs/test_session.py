"""A training session in this process: what it writes down, obeys, survives and goes back to.

The user acts from `observe`, after an event, or while the session sleeps in a pause.
"""

import functools
import json
import math
from collections.abc import Callable

import pytest
import torch

from cnnviz.data.mnist import Digits, preview_indices
from cnnviz.training.engine.events import EpochEvent, Event, IntervalEvent, StepEvent
from cnnviz.training.engine.setup import build_network
from cnnviz.training.runs import checkpoint, networks, snapshots
from cnnviz.training.runs.history import History
from cnnviz.training.runs.session import Session
from cnnviz.training.runs.store import Run
from tests.training.runs.sessions import (
    STEPS,
    FreeSlot,
    act_at,
    assert_same_network,
    course,
    damage,
    made,
    state_of,
    stored_events,
    train,
)

pytestmark = pytest.mark.usefixtures("quick")

FewDigits = Callable[..., Digits]

# From start to end


def test_a_run_ends_with_history_weights_and_preview() -> None:
    run, seen = made(), []
    status = train(run, seen.append)
    assert status == run.recorded_status()
    assert (status.state, status.step, status.total_steps) == ("finished", STEPS, STEPS)
    assert status.epoch == 3.0
    assert status.tested_on == "40 test digits (embedded)"
    assert status.trained_on == "100 digits (embedded)"
    assert "float32, 1 thread" in status.hardware

    history = History(run).read()
    assert [row["step"] for row in history.intervals] == list(range(1, STEPS + 1))
    assert [(row["epoch"], row["step"]) for row in history.epochs] == [(1, 7), (2, 14), (3, 21)]
    accuracies = [row["test_accuracy"] for row in history.epochs]
    assert (status.test_accuracy, status.best_accuracy) == (accuracies[-1], max(accuracies))
    told = [e for e in seen if isinstance(e, IntervalEvent | EpochEvent)]
    assert [json.loads(json.dumps(vars(e)))["step"] for e in told] == [
        row[1] for row in course(run)
    ]
    assert 0 < history.epochs[0]["seconds"] < history.epochs[-1]["seconds"] <= status.seconds


def test_a_detector_is_trained_and_resumed_like_any_other() -> None:
    straight, stopped = (made(model="detr", epochs=1, batch_size=32, seed=4) for _ in range(2))
    status = train(straight)
    assert (status.state, status.step) == ("finished", 4)
    assert status.tested_on == "40 canvases of test digits (embedded)"
    train(stopped, act_at(2, lambda: stopped.request("stop")))
    stopped.request("run")
    train(stopped)
    assert_same_network(straight, stopped)
    assert course(straight) == course(stopped)
    [epoch] = History(straight).read().epochs
    assert set(epoch["measures"]) == {"precision", "recall"}
    preview = straight.preview()
    assert preview is not None
    assert len(preview.found) == 10
    assert preview.kernel == [3, 3]


def test_the_weights_of_a_run_load_as_a_network(few_digits: FewDigits) -> None:
    run = made(epochs=4, learning_rate=3e-3)
    status = train(run)
    model = networks.load_network(networks.find_network(run.id)).model
    digits = few_digits(100, 40)
    x = torch.nn.functional.pad(torch.from_numpy(digits.test_images) / 255, [2] * 4)
    answers = model((x - 0.1307) / 0.3081).argmax(dim=1)
    right = (answers == torch.from_numpy(digits.test_labels)).float().mean().item()
    assert right == pytest.approx(status.test_accuracy, abs=0.026)  # one doubtful digit of 40


def test_the_preview_shows_the_present_filters_and_answers(few_digits: FewDigits) -> None:
    run = made()
    train(run)
    preview, weights = (
        run.preview(),
        checkpoint.load_checkpoint(run.path / "weights.safetensors")[0],
    )
    assert preview is not None
    assert (preview.step, preview.kernel) == (STEPS, [5, 5])
    shown = torch.tensor(preview.filters).reshape(6, 5, 5)
    assert torch.allclose(shown, weights["c1.weight"][:, 0], atol=1e-4)
    asked = len(preview_indices(few_digits(100, 40)))
    assert len(preview.answers) == len(preview.confidences) == asked
    assert set(preview.answers) <= set(range(10))
    assert all(0.1 <= confidence <= 1 for confidence in preview.confidences)


def test_an_epoch_is_in_a_checkpoint_before_the_log_shows_it() -> None:
    run, unproven = made(), []

    def look(event: Event) -> None:
        if isinstance(event, EpochEvent):
            shown = [row["epoch"] for row in run.log.read()[0] if row["kind"] == "epoch"]
            epochs = [row["epoch"] for row in stored_events(run) if row["kind"] == "epoch"]
            if shown != epochs:
                unproven.append((shown, epochs))

    train(run, look)
    assert unproven == []


# Moments


def test_a_run_keeps_its_initial_weights_its_doublings_and_the_end_of_each_pass() -> None:
    run = made()
    train(run)
    assert snapshots.snapshot_steps(run.path) == [0, 1, 2, 4, 7, 8, 14, 16, 21]
    first, name = checkpoint.load_checkpoint(snapshots.snapshot_path(run.path, 0))
    assert name == {"architecture": "lenet5", "step": 0}
    torch.manual_seed(run.settings().seed)
    for key, weight in build_network(run.settings()).state_dict().items():
        assert torch.allclose(first[key].float(), weight, rtol=2**-11, atol=2**-25)
    last, _ = checkpoint.load_checkpoint(snapshots.snapshot_path(run.path, STEPS))
    for key, weight in checkpoint.load_checkpoint(run.path / "weights.safetensors")[0].items():
        assert torch.equal(last[key], weight.half() if weight.dim() > 1 else weight)


def test_resuming_from_a_checkpoint_removes_later_snapshots() -> None:
    straight, run = made(), made()
    train(straight)
    train(run, act_at(16, functools.partial(run.request, "stop")))
    damage(run.path / checkpoint.LAST)  # back to the end of the second pass
    stale = snapshots.snapshot_path(run.path, 16)
    assert stale.exists()
    run.request("run")
    train(run, act_at(15, functools.partial(run.request, "stop")))
    assert not stale.exists()
    run.request("run")
    train(run)
    assert snapshots.snapshot_steps(run.path) == snapshots.snapshot_steps(straight.path)
    for step in snapshots.snapshot_steps(run.path):
        one, other = (
            checkpoint.load_checkpoint(snapshots.snapshot_path(r.path, step))[0]
            for r in (run, straight)
        )
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_weights_that_are_not_finite_are_not_saved_as_a_snapshot() -> None:
    run = made()
    training = Session(
        run, FreeSlot(), act_at(9, lambda: setattr(training._trainer, "learning_rate", 1e30))
    )
    assert training.train().state == "diverged"
    assert snapshots.snapshot_steps(run.path)[:6] == [0, 1, 2, 4, 7, 8]
    assert unfinite(run) == []


def unfinite(run: Run) -> list[int]:
    weights = {
        s: checkpoint.load_checkpoint(snapshots.snapshot_path(run.path, s))[0]
        for s in snapshots.snapshot_steps(run.path)
    }
    return [
        s for s, found in weights.items() if not all(t.isfinite().all() for t in found.values())
    ]


# Diverging


def test_a_diverged_run_says_so_and_keeps_the_last_finite_checkpoint() -> None:
    run = made(model="mnist_cnn", optimizer="sgd", learning_rate=10.0)
    status = train(run)
    assert status.state == "diverged"
    assert status.step < status.total_steps
    tensors, memory = state_of(run) if (run.path / checkpoint.LAST).exists() else ({}, {})
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    if memory:
        assert memory["position"]["step"] < status.step
    assert History(run).read().intervals[-1]["loss"] is None  # JSON has no NaN


@pytest.mark.parametrize("step", range(1, 12))
def test_no_checkpoint_ever_holds_a_number_that_is_not_finite(step: int) -> None:
    run = made(optimizer="sgd", learning_rate=0.01)

    def blow_up_and_stop(event: Event) -> None:
        if event == StepEvent(step):
            training._trainer.learning_rate = 1e37  # weights overflow before any loss shows it
        elif event == StepEvent(step + 1):
            run.request("stop")

    training = Session(run, FreeSlot(), blow_up_and_stop)
    training.train()
    for path in run.path.glob("*.safetensors"):
        assert all(
            tensor.isfinite().all() for tensor in checkpoint.load_checkpoint(path)[0].values()
        )


def test_a_diverged_run_goes_on_from_its_last_whole_checkpoint_at_a_lower_rate() -> None:
    run = made(optimizer="sgd", learning_rate=0.01)
    training = Session(
        run, FreeSlot(), act_at(9, lambda: setattr(training._trainer, "learning_rate", 1e30))
    )
    assert training.train().state == "diverged"
    assert state_of(run)[1]["position"]["step"] == 7  # the first epoch's end
    run.request("run", learning_rate=0.001)
    status = train(run)
    assert status.state == "finished"
    assert status.test_accuracy is not None
    assert all(math.isfinite(row["loss"]) for row in History(run).read().intervals)
