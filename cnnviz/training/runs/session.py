"""One sitting of a trainer: from the run's last checkpoint to its end or the user's stop."""

import contextlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Protocol

import torch
from torch import nn

from cnnviz.data.mnist import DataError, Digits, load_digits, without
from cnnviz.models.catalogue import architecture
from cnnviz.models.structure.first_filters import first_filters
from cnnviz.system import files
from cnnviz.system.hardware import describe, keep_freed_memory, pick_threads
from cnnviz.training.engine.settings import PRESETS, Settings
from cnnviz.training.engine.trainer import EpochEvent, Event, IntervalEvent, StepEvent, Trainer
from cnnviz.training.runs import checkpoint, snapshots
from cnnviz.training.runs.export import TensorBoard
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

CHECKPOINT_EVERY = 20.0  # seconds between two checkpoints within an epoch
PREVIEW_EVERY = 0.5  # seconds between two looks at the filters and answers
_POLL = 0.02  # seconds between two looks at the user's wishes during a pause


class TrainingSlot(Protocol):
    """Where a run may train; a paused run gives it back."""

    def acquire(self) -> None:
        """Wait for a place."""

    def release(self) -> None:
        """Let another run have it."""


def build_network(settings: Settings) -> nn.Module:
    """Return the settings' network with the initial weights that their seed decides."""
    row = architecture(settings.model)
    torch.manual_seed(settings.seed)
    return row.build(**({"dropout": settings.dropout} if row.has_dropout else {}))


def digits_for(settings: Settings) -> Digits:
    """Return the digits that the settings name."""
    digits = load_digits(settings.source)
    if settings.spare_embedded_test:
        return without(digits, load_digits("embedded").test_images)
    return digits


def warm_up() -> None:
    """Read the digits and take a few steps, so that a first point need not wait for either."""
    keep_freed_memory()
    load_digits("embedded")
    with contextlib.suppress(DataError):  # the run that needs them will report it
        load_digits()
    settings = PRESETS["quick"].settings("mnist_cnn").replace(source="embedded")
    torch.set_num_threads(pick_threads(settings.threads))
    trainer = Trainer(build_network(settings), load_digits("embedded"), settings)
    for event in trainer.events():
        if event.step >= 2:
            break


class Session:
    """Train a run and write down what happens.

    Args:
        run: whose lock this process holds.
        place: given back while the run is paused.
        observe: called with every event, after it has been written down.

    Raises:
        ValueError: if the digits, the checkpoint or the device cannot be used.
    """

    def __init__(
        self, run: Run, place: TrainingSlot, observe: Callable[[Event], None] | None
    ) -> None:
        """Build the network and go back to the run's last checkpoint, if it has one."""
        self._run, self._place, self._observe = run, place, observe
        settings = run.settings()
        threads = pick_threads(settings.threads)
        torch.set_num_threads(threads)
        keep_freed_memory()
        digits = digits_for(settings)
        self._trainer = Trainer(build_network(settings), digits, settings)
        self._history: list[dict[str, Any]] = []
        self._best: float | None = None
        self._last: float | None = None
        self._tested_on = f"{self._trainer.task.tested_on} ({digits.source})"
        self._trained_on = f"{len(digits.train_labels):,} digits ({digits.source})"
        precision = str(self._trainer.precision).removeprefix("torch.")
        plural = "s" if threads > 1 else ""
        self._hardware = f"{describe(self._trainer.device)}, {precision}, {threads} thread{plural}"
        self._go_back()
        self._moments = self._planned_moments()
        self._log = os.open(run.path / "metrics.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._board = TensorBoard(run.path)
        self._control_seen: files.Stamp | None = None
        self._read_control()
        self._stepped = self._control.single_steps
        self._saved_at = self._previewed_at = self._rested_at = time.perf_counter()
        self.seconds = self._trainer.seconds  # of training when it last rested
        self.status = run.recorded_status()

    def train(self) -> Status:
        """Train until the end, a divergence or the user's stop; return the last status."""
        for busy in self.steps():
            if not busy:
                time.sleep(_POLL)
        return self.status

    def steps(self) -> Iterator[bool]:
        """Train as `train` does, a step at a time.

        Yields:
            True after each step, and False while the user's pause lasts: look again soon.
        """
        try:
            self._status("running")
            if not snapshots.snapshot_path(self._run.path, self._trainer.step).exists():
                self._keep_moment()  # the first, or one that a trainer was killed before
            for event in self._trainer.events():
                self._write(event)
                if isinstance(event, StepEvent):
                    self._keep_moment()
                if self._observe:
                    self._observe(event)
                if isinstance(event, StepEvent):
                    yield True
                    yield from self._obey()  # last, for the user may have waited for the turn
                    if self._control.want == "stop":
                        self._stop()
                        return
            self._board.write(self._history)
            self._status("diverged" if self._trainer.diverged else "finished")
        finally:
            os.close(self._log)
            self._board.close()

    def suspend(self) -> None:
        """Stop every clock of the run while others have the processor."""
        self.seconds = self._trainer.elapsed_seconds()
        self._rested_at = time.perf_counter()

    def resume(self) -> None:
        """Go on where `suspend` stopped the clocks: what lay between counts for nothing."""
        away = time.perf_counter() - self._rested_at
        self._trainer.exclude_time(away)
        self._saved_at += away
        self._previewed_at += away

    def _go_back(self) -> None:
        """Restore the last checkpoint, and rewrite the log to what it remembers."""
        path = self._run.path
        for torn in path.glob(".*.safetensors-*"):  # a trainer was killed while it wrote this
            torn.unlink(missing_ok=True)
        if any((path / name).exists() for name in (checkpoint.LAST, checkpoint.PREVIOUS)):
            tensors, memory = checkpoint.load_generation(path)
            try:
                self._trainer.restore(tensors, memory["position"])
                self._history = memory["history"]
            except KeyError as error:
                raise checkpoint.CheckpointError(
                    f"{path / checkpoint.LAST} is no checkpoint to go on from."
                ) from error
            epochs = [row["test_accuracy"] for row in self._history if row["kind"] == "epoch"]
            self._last, self._best = (epochs[-1], max(epochs)) if epochs else (None, None)
        snapshots.remove_after(path, self._trainer.step)
        log = "".join(json.dumps(row) + "\n" for row in self._history)
        files.replace(path / "metrics.jsonl", log.encode())

    def _write(self, event: Event) -> None:
        if isinstance(event, IntervalEvent):
            self._remember("interval", event)
            self._status("paused" if self._control.want == "pause" else "running")
            now = time.perf_counter()
            if now - self._previewed_at >= PREVIEW_EVERY or event.step == 1:
                self._preview()
            if now - self._saved_at >= CHECKPOINT_EVERY and not self._trainer.diverged:
                self._save()
        elif isinstance(event, EpochEvent):
            self._last = event.test_accuracy
            self._best = max(event.test_accuracy, self._best or 0.0)
            self._remember("epoch", event, durable=True)
            self._preview()
            self._board.write(self._history)
            self._status("running")
        if not isinstance(event, StepEvent):
            self._trainer.lap()

    def _remember(
        self, kind: str, event: IntervalEvent | EpochEvent, *, durable: bool = False
    ) -> None:
        """Append an event to the history; a durable one is in a checkpoint before it shows."""
        row = {"kind": kind} | {name: _finite(value) for name, value in asdict(event).items()}
        self._history.append(row)
        if durable:
            self._save()
        line = (json.dumps(row, allow_nan=False) + "\n").encode()
        while line:  # a disk that fills up takes a part, and refuses the next call
            line = line[os.write(self._log, line) :]

    def _obey(self) -> Iterator[bool]:
        """Read what the user wants; while that is a pause, yield False."""
        self._read_control()
        if self._control.want == "pause":
            yield from self._pause()

    def _read_control(self) -> None:
        changed = files.stamp(self._run.path / "control.json")
        if changed != self._control_seen:
            self._control_seen = changed
            self._control = self._run.control()
        if self._control.learning_rate is not None:
            self._trainer.learning_rate = self._control.learning_rate

    def _pause(self) -> Iterator[bool]:
        """Wait until the user resumes, stops, or asks for a single step."""
        self._flush()
        self._save()
        self._preview()
        self._place.release()
        self._status("paused")
        while self._control.want == "pause" and self._control.single_steps <= self._stepped:
            yield False
            self._read_control()
        if self._control.want == "pause":
            self._stepped += 1
        elif self._control.want == "run":
            self._status("queued")
            self._place.acquire()
            self._read_control()  # the wait may have ended because the user stops
            self._status("running")
        self._trainer.resume_clock()

    def _stop(self) -> None:
        self._flush()
        self._save()
        self._board.write(self._history)
        self._status("stopped")

    def _flush(self) -> None:
        interval = self._trainer.flush()
        if interval is not None:
            self._remember("interval", interval)

    def _save(self) -> None:
        """Write a checkpoint, unless the weights are no longer finite."""
        state = self._trainer.state()
        if self._trainer.diverged or not all(bool(t.isfinite().all()) for t in state.values()):
            return
        memory = {
            "settings": self._trainer.settings.to_dict(),
            "position": self._trainer.position(),
            "history": self._history,
        }
        weights = {n.removeprefix("model."): t for n, t in state.items() if n.startswith("model.")}
        name = {"architecture": self._trainer.settings.model, "step": self._trainer.step}
        # before the checkpoint: a run killed between the two comes back here, and writes both
        checkpoint.save_checkpoint(self._run.path / "weights.safetensors", weights, name)
        checkpoint.save_generation(self._run.path, state, memory)
        self._saved_at = time.perf_counter()

    def _planned_moments(self) -> frozenset[int]:
        trainer, folder = self._trainer, self._run.path / snapshots.FOLDER
        folder.mkdir(exist_ok=True)
        size = sum(t.nbytes for t in checkpoint.compact(trainer.model.state_dict()).values())
        return snapshots.planned_steps(trainer.total_steps, trainer.steps_per_epoch, size=size)

    def _keep_moment(self) -> None:
        """Keep the weights as they are now if this step is a planned one and they are finite."""
        step = self._trainer.step
        if step not in self._moments:
            return
        weights = checkpoint.compact(self._trainer.model.state_dict())
        if all(bool(tensor.isfinite().all()) for tensor in weights.values()):
            name = {"architecture": self._trainer.settings.model, "step": step}
            # waiting for the disk would cost more than all the rest: a power cut may take a moment,
            # which its digest tells, and never the run
            files.replace(
                snapshots.snapshot_path(self._run.path, step),
                checkpoint.serialize_checkpoint(weights, name),
            )

    def _preview(self) -> None:
        """Show the first layer's filters and the answers to a few test digits, as they are now."""
        if self._trainer.diverged:
            return
        self._previewed_at = time.perf_counter()
        filters = first_filters(self._trainer.model)
        files.write_json(
            self._run.path / "preview.json",
            {
                "step": self._trainer.step,
                "filters": [[round(v, 4) for v in f.flatten().tolist()] for f in filters],
                "kernel": list(filters.shape[1:]),
                **self._trainer.preview(),
            },
        )

    def _status(self, state: str) -> None:
        trainer = self._trainer
        self.status = Status(
            state=state,
            step=trainer.step,
            total_steps=trainer.total_steps,
            epoch=trainer.step / trainer.steps_per_epoch,
            seconds=trainer.seconds,
            test_accuracy=self._last,
            best_accuracy=self._best,
            tested_on=self._tested_on,
            trained_on=self._trained_on,
            hardware=self._hardware,
            learning_rate=trainer.learning_rate,
        )
        self._run.write_status(self.status)


def _finite(value: Any) -> Any:
    """Return the value with every number that JSON cannot hold replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return value
