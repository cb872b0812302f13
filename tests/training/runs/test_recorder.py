"""What a recorder writes, read without the package: JSON and safetensors."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from torch import nn

from cnnviz.data.mnist import Digits
from cnnviz.training.engine.events import EpochEvent, IntervalEvent, StepEvent
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import checkpoint, recorder
from cnnviz.training.runs.recorder import Recorder
from cnnviz.training.runs.store import Run
from tests.training.engine.trainers import assert_same, small, train_to, trainer
from tests.training.runs.sessions import made

Start = Callable[..., "Recording"]


@dataclass
class Recording:
    """A run of 2 passes of 7 batches, with its trainer and its recorder."""

    digits: Digits
    run: Run = field(default_factory=lambda: made(epochs=2))
    training: Trainer = field(init=False)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.training = trainer(self.digits, small(model="lenet5"))
        self.recorder = Recorder(self.run, self.training, self.digits, threads=2)

    @property
    def path(self) -> Path:
        return self.run.path

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "metrics.jsonl").read_text().splitlines()]

    def status(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.path / "status.json").read_text("utf-8"))
        return content

    def snapshots(self) -> list[int]:
        return sorted(int(path.stem) for path in (self.path / "moments").glob("*.safetensors"))


@pytest.fixture
def start(few_digits: Callable[..., Digits]) -> Iterator[Start]:
    """Return a function that starts or resumes a recording; all are closed at the end."""
    recordings: list[Recording] = []

    def record(run: Run | None = None) -> Recording:
        digits = few_digits(100, 40)
        recordings.append(Recording(digits, run) if run else Recording(digits))
        return recordings[-1]

    yield record
    for recording in recordings:
        recording.recorder.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The recorder's clock, in seconds, as the last number of a list."""
    seconds = [1000.0]
    now = SimpleNamespace(perf_counter=lambda: seconds[-1])
    monkeypatch.setattr(recorder, "time", now)
    return seconds


def interval(step: int, loss: float = 2.0) -> IntervalEvent:
    return IntervalEvent(step, step / 7, 1.0, loss, 0.5, 100.0, 0.01, {"0": loss}, {"1": 0.25})


def epoch(number: int, accuracy: float) -> EpochEvent:
    return EpochEvent(number, 7 * number, 2.0, 1.0, 0.5, accuracy, [[0] * 10] * 10)


def test_each_event_is_a_line_of_the_log(start: Start) -> None:
    recording = start()
    events: list[IntervalEvent | EpochEvent] = [interval(1), interval(3), epoch(1, 0.75)]
    for event in events:
        recording.recorder.record(event, state="running")
    kinds = ("interval", "interval", "epoch")
    rows = [{"kind": kind, **asdict(event)} for kind, event in zip(kinds, events, strict=True)]
    assert recording.log() == rows


def test_numbers_that_json_cannot_hold_are_null(start: Start) -> None:
    recording = start()
    recording.recorder.record(interval(2, math.nan), state="running")
    recording.recorder.record(interval(3, math.inf), state="running")
    assert [(row["loss"], row["gradient_norms"]) for row in recording.log()] == [
        (None, {"0": None}),
        (None, {"0": None}),
    ]


def test_the_status_tells_the_last_and_the_best_accuracy(start: Start) -> None:
    recording = start()
    for number, accuracy in enumerate([0.5, 0.875, 0.75], start=1):
        recording.recorder.record(epoch(number, accuracy), state="running")
    status = recording.status()
    assert (status["test_accuracy"], status["best_accuracy"]) == (0.75, 0.875)
    assert (status["state"], status["step"], status["total_steps"]) == ("running", 0, 14)
    assert status["trained_on"] == "100 digits (embedded)"
    assert status["hardware"].endswith(", float32, 2 threads")


def test_a_paused_state_is_written_with_an_interval(start: Start) -> None:
    recording = start()
    recording.recorder.record(interval(2), state="paused")
    assert recording.status()["state"] == "paused"


def test_snapshots_are_the_weights_after_powers_of_two_and_epochs(start: Start) -> None:
    recording = start()
    recording.recorder.save_snapshot()
    weights = {}
    for event in recording.training.events():
        recording.recorder.record(event, state="running")
        if isinstance(event, StepEvent):
            state = recording.training.model.state_dict()
            weights[event.step] = {name: t.numpy().copy() for name, t in state.items()}
    assert recording.snapshots() == [0, 1, 2, 4, 7, 8, 14]
    for step in recording.snapshots()[1:]:
        path = recording.path / "moments" / f"{step}.safetensors"
        arrays = safetensors.numpy.load_file(path)
        assert arrays.keys() == weights[step].keys()
        for name, weight in weights[step].items():
            stored = weight.astype(np.float16) if weight.ndim > 1 else weight
            np.testing.assert_array_equal(arrays[name], stored, strict=True)


def test_a_snapshot_that_is_there_is_replaced_only_if_wanted(start: Start) -> None:
    recording = start()
    path = recording.path / "moments" / "0.safetensors"
    path.write_bytes(b"older")
    recording.recorder.save_snapshot(replace=False)
    assert path.read_bytes() == b"older"
    recording.recorder.save_snapshot()
    assert len(path.read_bytes()) > 100_000  # LeNet-5's 61,706 weights


def test_a_checkpoint_is_due_20_seconds_after_the_last(start: Start, clock: list[float]) -> None:
    recording = start()
    last = recording.path / "last.safetensors"
    clock.append(1019.9)
    recording.recorder.record(interval(2), state="running")
    assert not last.exists()
    recording.recorder.exclude_time(5.0)  # other runs had the processor
    clock.append(1024.9)
    recording.recorder.record(interval(3), state="running")
    assert not last.exists()
    clock.append(1025.0)
    recording.recorder.record(interval(4), state="running")
    assert last.exists()


def test_a_preview_is_due_half_a_second_after_the_last(start: Start, clock: list[float]) -> None:
    recording = start()
    preview = recording.path / "preview.json"
    clock.append(1000.4)
    recording.recorder.record(interval(2), state="running")
    assert not preview.exists()
    clock.append(1000.5)
    recording.recorder.record(interval(3), state="running")
    assert preview.exists()


def test_the_first_interval_and_each_epoch_have_a_preview(start: Start, clock: list[float]) -> None:
    del clock  # stands still
    for event in (interval(1), epoch(1, 0.5)):
        recording = start()
        recording.recorder.record(event, state="running")
        assert (recording.path / "preview.json").exists()


def test_the_preview_holds_the_rounded_filters_row_by_row(start: Start) -> None:
    recording = start()
    recording.recorder.write_preview()
    preview = json.loads((recording.path / "preview.json").read_text("utf-8"))
    conv = next(m for m in recording.training.model.modules() if isinstance(m, nn.Conv2d))
    kernels = conv.weight.detach().numpy()[:, 0]  # (6, 5, 5)
    assert preview["kernel"] == [5, 5]
    np.testing.assert_allclose(np.array(preview["filters"]).reshape(6, 5, 5), kernels, atol=5.1e-5)


def test_the_weights_beside_a_checkpoint_are_those_of_the_network(start: Start) -> None:
    recording = start()
    train_to(3, recording.training)
    recording.recorder.save_checkpoint()
    arrays = safetensors.numpy.load_file(recording.path / "weights.safetensors")
    state = recording.training.model.state_dict()
    assert arrays.keys() == state.keys()
    assert all(np.array_equal(arrays[name], state[name].numpy()) for name in state)


def test_a_resumed_run_continues_from_its_checkpoint(start: Start) -> None:
    first = start()
    for event in first.training.events():
        first.recorder.record(event, state="running")
        if event == StepEvent(9):
            break
    # after the epoch's checkpoint, at step 7: an interval, and the snapshot of step 8
    assert first.snapshots() == [1, 2, 4, 7, 8]
    torn = first.path / ".last.safetensors-1"
    torn.write_bytes(b"killed while writing")
    second = start(first.run)
    assert second.training.step == 7
    assert second.snapshots() == [1, 2, 4, 7]
    assert not torn.exists()
    assert [row["step"] for row in second.log()] == [1, 2, 3, 4, 5, 6, 7, 7]
    reference = trainer(first.digits, small(model="lenet5"))
    train_to(7, reference)
    assert_same(second.training, reference)
    second.recorder.write_status("running")
    accuracy = second.log()[-1]["test_accuracy"]
    assert second.status()["best_accuracy"] == second.status()["test_accuracy"] == accuracy


def test_the_best_accuracy_survives_a_resumption(start: Start) -> None:
    first = start()
    for number, accuracy in enumerate([0.875, 0.5], start=1):
        first.recorder.record(epoch(number, accuracy), state="running")
    second = start(first.run)
    second.recorder.write_status("running")
    status = second.status()
    assert (status["test_accuracy"], status["best_accuracy"]) == (0.5, 0.875)


def test_weights_that_are_not_finite_are_not_written(start: Start) -> None:
    recording = start()
    with torch.no_grad():
        next(recording.training.model.parameters())[0] = math.nan
    recording.recorder.save_snapshot()
    recording.recorder.save_checkpoint()
    assert recording.snapshots() == []
    assert not (recording.path / "last.safetensors").exists()
    assert not (recording.path / "weights.safetensors").exists()


def test_after_a_divergence_neither_checkpoint_nor_preview_is_written(
    start: Start, clock: list[float]
) -> None:
    recording = start()
    recording.training.diverged = True
    clock.append(2000.0)
    recording.recorder.record(interval(2), state="running")
    recording.recorder.save_checkpoint()
    assert not (recording.path / "last.safetensors").exists()
    assert not (recording.path / "preview.json").exists()
    assert len(recording.log()) == 1


def test_a_checkpoint_of_something_else_is_refused(start: Start) -> None:
    recording = start()
    checkpoint.save_checkpoint(recording.path / "last.safetensors", {"w": torch.zeros(1)}, {})
    with pytest.raises(checkpoint.CheckpointError, match="is not a checkpoint of a training"):
        start(recording.run)


def test_an_unfinished_interval_is_written_once(start: Start) -> None:
    recording = start()
    recording.recorder.flush()
    assert recording.log() == []
    recording.training = trainer(recording.digits, small(model="lenet5"), every=1e9)
    unfinished = Recorder(recording.run, recording.training, recording.digits, threads=1)
    train_to(3, recording.training)
    unfinished.flush()
    unfinished.flush()
    unfinished.close()
    assert [(row["kind"], row["step"]) for row in recording.log()] == [("interval", 3)]
