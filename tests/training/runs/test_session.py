"""One sitting of a trainer in this process: what it writes down, obeys, survives and goes back to.

The user acts from `observe`, after an event, or while the session sleeps in a pause.
"""

import contextlib
import errno
import functools
import json
import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnviz.data.mnist import DataError, Digits, preview_places
from cnnviz.models.structure.first_filters import first_filters
from cnnviz.system import files
from cnnviz.training import worker
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.trainer import Epoch, Event, Interval, Step, Trainer
from cnnviz.training.runs import checkpoint, failures, networks, session, snapshots, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.session import Session
from cnnviz.training.runs.store import Run

FewDigits = Callable[..., Digits]
Observer = Callable[[Event], None]
SMALL = {"model": "lenet5", "epochs": 3, "batch_size": 16, "source": "embedded", "device": "cpu"}
STEPS = 21  # 3 passes of 7 batches
RATE = Settings().learning_rate


class Seat:
    """A place to train in that is always free, and remembers who came and went."""

    def __init__(self) -> None:
        self.moves: list[str] = []

    def take(self) -> None:
        self.moves.append("take")

    def give_back(self) -> None:
        self.moves.append("give back")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, few_digits: FewDigits) -> None:
    """A hundred digits, and an interval for every step."""
    digits = few_digits(100, 40)
    monkeypatch.setattr(session, "digits_for", lambda *_: digits)
    monkeypatch.setattr(session, "Trainer", functools.partial(Trainer, measure_every=0))


def made(**changes: object) -> Run:
    run = store.create(Settings.from_dict({**SMALL, **changes}), versions={})
    run.write_status(Status(state="queued"))
    return run


def sit(run: Run, observe: Observer | None = None, seat: Seat | None = None) -> Status:
    return Session(run, seat or Seat(), observe).train()


def act_at(step: int, act: Callable[[], None]) -> Observer:
    """An observer that acts once a step is over."""
    return lambda event: act() if event == Step(step) else None


def state_of(run: Run) -> tuple[dict[str, Tensor], dict[str, Any]]:
    return checkpoint.load(run.path / checkpoint.LAST)


def assert_same_network(one: Run, other: Run) -> None:
    """Weights and optimizer are equal bit by bit, also in the file to take away."""
    (first, place), (second, other_place) = state_of(one), state_of(other)
    assert place["position"]["step"] == other_place["position"]["step"]
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    weights = [checkpoint.load(run.path / "weights.safetensors")[0] for run in (one, other)]
    for name, weight in weights[0].items():
        assert torch.equal(weight, weights[1][name])
        assert torch.equal(weight, first[f"model.{name}"])


def course(run: Run) -> list[tuple[object, ...]]:
    """What the log says of each event, but for the clock."""
    names = ("kind", "step", "loss", "accuracy", "learning_rate", "epoch", "test_loss", "confusion")
    return [tuple(row.get(name) for name in names) for row in run.metrics()[0]]


# From start to end


def test_a_run_ends_with_history_weights_and_preview() -> None:
    run, seen = made(), []
    status = sit(run, seen.append)
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
    told = [e for e in seen if isinstance(e, Interval | Epoch)]
    assert [json.loads(json.dumps(vars(e)))["step"] for e in told] == [
        row[1] for row in course(run)
    ]
    assert 0 < history.epochs[0]["seconds"] < history.epochs[-1]["seconds"] <= status.seconds


def test_a_detector_is_trained_and_resumed_like_any_other() -> None:
    straight, stopped = (made(model="detr", epochs=1, batch_size=32, seed=4) for _ in range(2))
    status = sit(straight)
    assert (status.state, status.step) == ("finished", 4)
    assert status.tested_on == "40 canvases of test digits (embedded)"
    sit(stopped, act_at(2, lambda: stopped.request("stop")))
    stopped.request("run")
    sit(stopped)
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
    status = sit(run)
    model = networks.load(networks.network(run.id))
    digits = few_digits(100, 40)
    x = torch.nn.functional.pad(torch.from_numpy(digits.test_images) / 255, [2] * 4)
    answers = model((x - 0.1307) / 0.3081).argmax(dim=1)
    right = (answers == torch.from_numpy(digits.test_labels)).float().mean().item()
    assert right == pytest.approx(status.test_accuracy, abs=0.026)  # one doubtful digit of 40


def test_the_preview_shows_the_present_filters_and_answers(few_digits: FewDigits) -> None:
    run = made()
    sit(run)
    preview, weights = run.preview(), checkpoint.load(run.path / "weights.safetensors")[0]
    assert preview is not None
    assert (preview.step, preview.kernel) == (STEPS, [5, 5])
    shown = torch.tensor(preview.filters).reshape(6, 5, 5)
    assert torch.allclose(shown, weights["c1.weight"][:, 0], atol=1e-4)
    asked = len(preview_places(few_digits(100, 40)))
    assert len(preview.answers) == len(preview.confidences) == asked
    assert set(preview.answers) <= set(range(10))
    assert all(0.1 <= confidence <= 1 for confidence in preview.confidences)


def test_an_epoch_is_in_a_checkpoint_before_the_log_shows_it() -> None:
    run, unproven = made(), []

    def look(event: Event) -> None:
        if isinstance(event, Epoch):
            shown = [row["epoch"] for row in run.metrics()[0] if row["kind"] == "epoch"]
            kept = [row["epoch"] for row in state_of(run)[1]["history"] if row["kind"] == "epoch"]
            if shown != kept:
                unproven.append((shown, kept))

    sit(run, look)
    assert unproven == []


# Going on


SITTINGS = {
    "adamw": {},
    "sgd, one-cycle": {"optimizer": "sgd", "learning_rate": 0.02, "schedule": "one-cycle"},
    "dropout, augmentation": {"model": "mnist_cnn", "dropout": 0.3, "augmentation": 1.0},
    "bfloat16": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("changes", SITTINGS.values(), ids=SITTINGS)
def test_stopping_at_random_steps_is_bit_equal_to_never_stopping(
    changes: dict[str, object],
) -> None:
    straight = made(**changes)
    sit(straight)
    draw = random.Random(str(changes))
    for stops in (sorted(draw.sample(range(1, STEPS), 2)), [7], [20, 21]):
        run = made(**changes)
        for step in stops:
            run.request("run")
            status = sit(run, act_at(step, functools.partial(run.request, "stop")))
            assert (status.state, status.step) == ("stopped", step)
            torch.manual_seed(99)  # the next process has other random numbers
        run.request("run")
        assert sit(run).state == "finished"
        assert course(run) == course(straight)
        assert_same_network(run, straight)


def test_a_pause_and_single_steps_change_nothing_that_is_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight, run, seat = made(), made(), Seat()
    sit(straight)
    seen: list[tuple[str, int]] = []
    acts = [
        *[functools.partial(run.request, single_step=True)] * 3,
        functools.partial(run.request, learning_rate=RATE),
        functools.partial(run.request, "run"),
    ]

    def sleep(seconds: float) -> None:
        del seconds
        seen.append((run.recorded_status().state, run.recorded_status().step))
        acts.pop(0)()

    monkeypatch.setattr(session.time, "sleep", sleep)
    status = sit(run, act_at(5, functools.partial(run.request, "pause")), seat)
    assert status.state == "finished"
    assert seen == [("paused", step) for step in (5, 6, 7, 8, 8)]
    assert seat.moves == [*["give back"] * 4, "take"]
    assert course(run) == course(straight)
    assert_same_network(run, straight)


def test_single_step_pauses_a_running_training_one_step_on(monkeypatch: pytest.MonkeyPatch) -> None:
    run, seen = made(), []

    def sleep(seconds: float) -> None:
        del seconds
        seen.append(run.recorded_status().step)
        run.request("stop")

    monkeypatch.setattr(session.time, "sleep", sleep)
    status = sit(run, act_at(5, functools.partial(run.request, single_step=True)))
    assert seen == [6]
    assert (status.state, status.step) == ("stopped", 6)


def test_a_run_stopped_while_it_waits_for_its_place_learns_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, seat = made(), Seat()
    monkeypatch.setattr(session.time, "sleep", lambda *_: run.request("run"))
    monkeypatch.setattr(seat, "take", lambda: run.request("stop"))
    status = sit(run, act_at(5, functools.partial(run.request, "pause")), seat)
    assert (status.state, status.step) == ("stopped", 5)


def test_the_learning_rate_can_be_changed_while_it_trains() -> None:
    run = made()
    sit(run, act_at(5, functools.partial(run.request, learning_rate=0.01)))
    rates = [row["learning_rate"] for row in run.metrics()[0] if row["kind"] == "interval"]
    assert rates == [RATE] * 5 + [0.01] * (STEPS - 5)
    assert run.recorded_status().learning_rate == 0.01


def test_a_learning_rate_given_on_resume_counts_from_the_first_step() -> None:
    run = made()
    sit(run, act_at(5, functools.partial(run.request, "stop")))
    run.request("run", learning_rate=0.01)
    sit(run)
    rates = [row["learning_rate"] for row in run.metrics()[0] if row["kind"] == "interval"]
    assert rates == [RATE] * 5 + [0.01] * (STEPS - 5)


def test_two_wishes_within_one_tick_of_the_clock_are_both_heard() -> None:
    run = made()

    def hurry() -> None:
        run.request("run")
        before = (run.path / "control.json").stat().st_mtime_ns
        sitting._read_control()
        run.request("stop")
        os.utime(run.path / "control.json", ns=(before, before))

    sitting = Session(run, Seat(), act_at(5, hurry))
    assert (sitting.train().step, run.recorded_status().state) == (5, "stopped")


def test_the_log_is_rewritten_from_the_checkpoint_without_gaps_or_duplicates() -> None:
    straight, run = made(), made()
    sit(straight)
    sit(run, act_at(10, functools.partial(run.request, "stop")))
    log = run.path / "metrics.jsonl"
    torn = {"kind": "interval", "step": 11, "loss": 1.0}
    log.write_bytes(log.read_bytes() + json.dumps(torn).encode() + b'\n{"kind": "epo')
    run.request("run")
    sit(run)
    assert course(run) == course(straight)


@pytest.mark.parametrize("lost", ["delete", "truncate"])
def test_a_lost_log_comes_back_from_the_checkpoint(lost: str) -> None:
    run = made()
    sit(run, act_at(10, functools.partial(run.request, "stop")))
    before = course(run)
    if lost == "delete":
        (run.path / "metrics.jsonl").unlink()
    else:
        os.truncate(run.path / "metrics.jsonl", 700)
    run.request("run")
    sit(run)
    assert course(run)[: len(before)] == before
    assert [row[1] for row in course(run) if row[0] == "interval"] == list(range(1, STEPS + 1))


# Moments


def test_a_run_keeps_its_initial_weights_its_doublings_and_the_end_of_each_pass() -> None:
    run = made()
    sit(run)
    assert snapshots.steps(run.path) == [0, 1, 2, 4, 7, 8, 14, 16, 21]
    first, name = checkpoint.load(snapshots.path(run.path, 0))
    assert name == {"architecture": "lenet5", "step": 0}
    torch.manual_seed(run.settings().seed)
    for key, weight in session.build(run.settings()).state_dict().items():
        assert torch.allclose(first[key].float(), weight, rtol=2**-11, atol=2**-25)
    last, _ = checkpoint.load(snapshots.path(run.path, STEPS))
    for key, weight in checkpoint.load(run.path / "weights.safetensors")[0].items():
        assert torch.equal(last[key], weight.half() if weight.dim() > 1 else weight)


def test_going_on_from_a_checkpoint_forgets_the_moments_beyond_it() -> None:
    straight, run = made(), made()
    sit(straight)
    sit(run, act_at(16, functools.partial(run.request, "stop")))
    damage(run.path / checkpoint.LAST)  # back to the end of the second pass
    stale = snapshots.path(run.path, 16)
    assert stale.exists()
    run.request("run")
    sit(run, act_at(15, functools.partial(run.request, "stop")))
    assert not stale.exists()
    run.request("run")
    sit(run)
    assert snapshots.steps(run.path) == snapshots.steps(straight.path)
    for step in snapshots.steps(run.path):
        one, other = (checkpoint.load(snapshots.path(r.path, step))[0] for r in (run, straight))
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_weights_that_are_not_finite_are_no_moment() -> None:
    run = made()
    sitting = Session(
        run, Seat(), act_at(9, lambda: setattr(sitting._trainer, "learning_rate", 1e30))
    )
    assert sitting.train().state == "diverged"
    assert snapshots.steps(run.path)[:6] == [0, 1, 2, 4, 7, 8]
    assert unfinite(run) == []


def unfinite(run: Run) -> list[int]:
    weights = {
        s: checkpoint.load(snapshots.path(run.path, s))[0] for s in snapshots.steps(run.path)
    }
    return [
        s for s, found in weights.items() if not all(t.isfinite().all() for t in found.values())
    ]


# Diverging


def test_a_diverged_run_says_so_and_keeps_the_last_finite_checkpoint() -> None:
    run = made(model="mnist_cnn", optimizer="sgd", learning_rate=10.0)
    status = sit(run)
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
        if event == Step(step):
            sitting._trainer.learning_rate = 1e37  # weights overflow before any loss shows it
        elif event == Step(step + 1):
            run.request("stop")

    sitting = Session(run, Seat(), blow_up_and_stop)
    sitting.train()
    for path in run.path.glob("*.safetensors"):
        assert all(tensor.isfinite().all() for tensor in checkpoint.load(path)[0].values())


def test_a_diverged_run_goes_on_from_its_last_whole_checkpoint_at_a_lower_rate() -> None:
    run = made(optimizer="sgd", learning_rate=0.01)
    sitting = Session(
        run, Seat(), act_at(9, lambda: setattr(sitting._trainer, "learning_rate", 1e30))
    )
    assert sitting.train().state == "diverged"
    assert state_of(run)[1]["position"]["step"] == 7  # the first epoch's end
    run.request("run", learning_rate=0.001)
    status = sit(run)
    assert status.state == "finished"
    assert status.test_accuracy is not None
    assert all(math.isfinite(row["loss"]) for row in History(run).read().intervals)


# What can go wrong


def fails(run: Run) -> Status:
    """Execute a run that fails; it must say so on disk, and not hold its lock any longer."""
    status = worker.execute(run)
    assert status.state == "failed"
    assert run.status() == status
    assert "\n" not in status.message
    assert not run.locked()
    return status


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_newest_checkpoint_costs_one_generation_and_no_bit() -> None:
    straight, run = made(), made()
    sit(straight)
    sit(run, act_at(10, functools.partial(run.request, "stop")))
    damage(run.path / checkpoint.LAST)
    run.request("run")
    assert sit(run).state == "finished"
    assert course(run) == course(straight)
    assert_same_network(run, straight)


def test_a_newest_checkpoint_that_is_gone_is_no_start_from_nothing() -> None:
    run, first = made(), []
    sit(run, act_at(10, functools.partial(run.request, "stop")))
    (run.path / checkpoint.LAST).unlink()
    run.request("run")
    sit(run, first.append)
    assert first[0].step == 8  # after the first epoch, the generation before


def test_two_damaged_generations_fail_in_a_sentence_and_overwrite_nothing() -> None:
    run = made()
    sit(run, act_at(10, functools.partial(run.request, "stop")))
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        damage(run.path / name)
    before = {path: path.read_bytes() for path in run.path.glob("*.safetensors")}
    run.request("run")
    assert fails(run).message == f"{run.path / checkpoint.LAST} is damaged and was not loaded."
    assert {path: path.read_bytes() for path in run.path.glob("*.safetensors")} == before


def test_a_whole_file_that_is_no_checkpoint_fails_in_a_sentence() -> None:
    run = made()
    sit(run, act_at(10, functools.partial(run.request, "stop")))
    (run.path / checkpoint.LAST).write_bytes((run.path / "weights.safetensors").read_bytes())
    run.request("run")
    assert "last.safetensors is no checkpoint to go on from." in fails(run).message


def test_the_checkpoint_of_another_network_fails_in_a_sentence() -> None:
    run, other = made(), made(model="mnist_fcn")
    sit(other)
    (run.path / checkpoint.LAST).write_bytes((other.path / checkpoint.LAST).read_bytes())
    assert fails(run).message == "these weights do not fit lenet5"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DataError("train-images is missing."), "train-images is missing."),
        (MemoryError(), "There was not enough memory"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"), "not enough memory"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "The disk is full: make room"),
        (PermissionError(13, "Permission denied", "data"), "refused data: Permission denied"),
        (RuntimeError("first line\nsecond line"), "first line"),
        (ValueError(), "ValueError"),
    ],
)
def test_whatever_stops_a_training_is_one_sentence(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(settings: Settings) -> Digits:
        del settings
        raise error

    monkeypatch.setattr(session, "digits_for", refuse)
    assert sentence in fails(made()).message


def test_memory_that_linux_refuses_is_called_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert failures.sentence(caught.value).startswith("There was not enough memory")


def test_a_device_that_is_not_there_is_a_sentence() -> None:
    missing = "cuda" if torch.backends.mps.is_available() else "mps"
    assert f"device '{missing}' is not on this machine" in fails(made(device=missing)).message


def filling_up(nth: int, calls: list[str]) -> Callable[..., None]:
    """A `files.replace` whose nth call fails, and the next one, which would tell of it."""
    original = files.replace

    def replace(path: Path, content: bytes, **options: bool) -> None:
        calls.append(path.name)
        if len(calls) in (nth, nth + 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(path, content, **options)

    return replace


def test_a_disk_that_is_full_at_any_write_loses_no_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight = made(epochs=2)
    sit(straight)
    for nth in range(1, 40, 3):
        calls: list[str] = []
        run = made(epochs=2)

        with monkeypatch.context() as patch:
            patch.setattr(files, "replace", filling_up(nth, calls))
            status = worker.execute(run)
        if len(calls) < nth:
            assert status.state == "finished"
            break
        assert status.state == "failed"
        assert status.message == "The disk is full: make room, then go on with the run."
        assert not run.status().live
        acknowledged = [row for row in course(run) if row[0] == "epoch"]
        run.request("run")
        assert worker.execute(run).state == "finished"
        assert [row for row in course(run) if row in acknowledged] == acknowledged
        assert course(run) == course(straight)
        assert_same_network(run, straight)
    else:
        pytest.fail("never passed")


def test_a_line_that_the_disk_takes_in_parts_arrives_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight, run, original = made(epochs=1), made(epochs=1), os.write
    sit(straight)
    monkeypatch.setattr(os, "write", lambda handle, data: original(handle, data[:50]))
    sit(run)
    assert course(run) == course(straight)


def test_a_page_that_reads_just_then_does_not_fail_a_training_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, original, refused = made(epochs=1), os.replace, []

    def replace(source: Path, target: Path) -> None:
        if len(refused) % 3 < 2:  # every file is open elsewhere at the first two attempts
            refused.append(target)
            raise PermissionError(errno.EACCES, "Access is denied", str(target))
        refused.append(None)
        original(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(files, "_PATIENCE", 1.0)
    assert worker.execute(run).state == "finished"
    assert len(refused) > 20
    monkeypatch.setattr(files, "_PATIENCE", 0.0)
    assert worker.execute(run).state == "failed"


def test_a_clock_that_jumps_changes_no_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    run, hours = made(), iter(range(0, -10_000_000, -3600))
    monkeypatch.setattr(session.time, "time", lambda: float(next(hours)))
    with contextlib.suppress(StopIteration):
        status = sit(run)
    assert 0 < status.seconds < 60
    seconds = [row["seconds"] for row in run.metrics()[0]]
    assert seconds == sorted(seconds)


def test_a_network_without_a_convolution_has_no_filters_to_show() -> None:
    assert first_filters(torch.nn.Linear(4, 2)).shape == (0, 1, 1)
