"""Writes the files of a run while it trains: log, status, preview, checkpoints and snapshots."""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from cnnviz.data.mnist import Digits
from cnnviz.models.structure.first_filters import first_filters
from cnnviz.system import files, jobs
from cnnviz.system.hardware import describe
from cnnviz.system.paths import shown_path
from cnnviz.training.engine.events import EpochEvent, Event, IntervalEvent, StepEvent
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import checkpoint, snapshots
from cnnviz.training.runs.event_log import EventReader
from cnnviz.training.runs.event_writer import EventWriter, HistoryMark
from cnnviz.training.runs.export import TensorBoard
from cnnviz.training.runs.origin import START
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

CHECKPOINT_EVERY = 20.0  # seconds between two checkpoints within an epoch
PREVIEW_EVERY = 0.5  # seconds between two previews within an epoch
_READ_BYTES = 8 * 2**20  # of the log at a time
_WRITTEN = ("*.safetensors", "*.jsonl", "status.json", "preview.json")  # by this process alone


class Recorder:
    """Writes a run's events and checkpoints, and restores its trainer from the last checkpoint.

    Args:
        run: whose lock this process holds.
        trainer: of the run, before its first step.
        digits: that the trainer trains and tests on.
        threads: that the trainer uses.

    Raises:
        CheckpointError: if there is a checkpoint, and it is damaged or of something else.
        ValueError: if its weights do not fit the network, or a newer version wrote it.
        OSError: if the folder cannot be written.
    """

    def __init__(self, run: Run, trainer: Trainer, digits: Digits, *, threads: int) -> None:
        """Restore the trainer, and open the log."""
        self._run, self._trainer = run, trainer
        self._config = run.config()  # the file may be lost meanwhile
        self._events = EventWriter(run.path)
        self._last_accuracy: float | None = None
        self._best_accuracy: float | None = None
        self._tested_on = f"{trainer.task.tested_on} ({digits.source})"
        self._trained_on = f"{len(digits.train_labels):,} digits ({digits.source})"
        precision = str(trainer.precision).removeprefix("torch.")
        plural = "s" if threads > 1 else ""
        self._hardware = f"{describe(trainer.device)}, {precision}, {threads} thread{plural}"
        self._restore()
        self._snapshot_steps = self._plan_snapshots()
        self._board, self._board_reader = TensorBoard(run.path), EventReader(run.log)
        self._saved_at = self._previewed_at = time.perf_counter()  # seconds
        self.status = run.recorded_status()

    def close(self) -> None:
        """Close the log and the TensorBoard file."""
        self._events.close()
        self._board.close()

    def exclude_time(self, seconds: float) -> None:
        """Delay the next checkpoint and preview by seconds in which the run did not train."""
        self._saved_at += seconds
        self._previewed_at += seconds

    def record(self, event: Event, *, state: str) -> None:
        """Write an event of the trainer, and whatever is due.

        Args:
            event: of the trainer.
            state: of the run, "running" or "paused".
        """
        if isinstance(event, StepEvent):
            self.save_snapshot()
            return
        if isinstance(event, IntervalEvent):
            self._append(event_row("interval", event))
            self.write_status(state)
            now = time.perf_counter()
            if now - self._previewed_at >= PREVIEW_EVERY or event.step == 1:
                self.write_preview()
            if now - self._saved_at >= CHECKPOINT_EVERY and not self._trainer.diverged:
                self.save_checkpoint()
        else:
            self._last_accuracy = event.test_accuracy
            self._best_accuracy = max(event.test_accuracy, self._best_accuracy or 0.0)
            self._append(event_row("epoch", event), durable=True)
            self.write_preview()
            self.write_tensorboard()
            self.write_status("running")
        self._trainer.lap()  # writing counts as time of the run, not toward its speed

    def flush(self) -> None:
        """Write the unfinished interval, if it has a step."""
        interval = self._trainer.flush()
        if interval is not None:
            self._append(event_row("interval", interval))

    def record_changes(self, changes: Mapping[str, float]) -> None:
        """Write settings that were changed after the present step, and a checkpoint.

        The checkpoint makes a killed run resume with them at this step or later, never before it.

        Args:
            changes: new values by name, which the trainer has already.
        """
        self.flush()
        trainer = self._trainer
        place = {
            "step": trainer.step,
            "epoch": trainer.step / trainer.steps_per_epoch,
            "seconds": trainer.seconds,
        }
        self._append({"kind": "change", **place, **changes}, durable=True)

    def write_tensorboard(self) -> None:
        """Write the events that TensorBoard does not have yet, where it is installed."""
        with self._board.tolerate_errors():  # also of reading
            while self._board.available():
                rows, _ = self._board_reader.read(limit=_READ_BYTES)
                if not rows:
                    break
                self._board.write(rows)

    def write_status(self, state: str) -> None:
        """Replace the status by the present numbers and a state."""
        trainer = self._trainer
        self.status = Status(
            state=state,
            step=trainer.step,
            total_steps=trainer.total_steps,
            epoch=trainer.step / trainer.steps_per_epoch,
            seconds=trainer.seconds,
            test_accuracy=self._last_accuracy,
            best_accuracy=self._best_accuracy,
            tested_on=self._tested_on,
            trained_on=self._trained_on,
            hardware=self._hardware,
            learning_rate=trainer.learning_rate,
            augmentation=trainer.augmentation,
            warning=self._board.problem,
        )
        self._run.write_status(self.status)

    def write_preview(self) -> None:
        """Replace the preview: filters of the first layer, predictions for a few test digits."""
        if self._trainer.diverged:
            return
        self._previewed_at = time.perf_counter()  # seconds
        filters = first_filters(self._trainer.model)  # (C, kernel height, kernel width)
        files.write_json(
            self._run.path / "preview.json",
            {
                "step": self._trainer.step,
                "filters": [[round(v, 4) for v in f.flatten().tolist()] for f in filters],
                "kernel": list(filters.shape[1:]),
                **self._trainer.preview(),
            },
        )

    def save_checkpoint(self) -> None:
        """Write a checkpoint and the weights, unless a weight is not finite."""
        state = self._trainer.state()
        if self._trainer.diverged or not all(bool(t.isfinite().all()) for t in state.values()):
            return
        metadata = {
            "format": jobs.FORMAT,
            "config": self._config,  # to rebuild the run from
            "settings": self._trainer.settings.to_dict(),
            "position": self._trainer.position(),
            "events": asdict(self._events.commit()),
        }
        weights = {n.removeprefix("model."): t for n, t in state.items() if n.startswith("model.")}
        # before the checkpoint: a run killed between the two resumes before both, and writes both
        checkpoint.save_checkpoint(self._run.weights, weights, self._weights_metadata())
        checkpoint.save_generation(self._run.path, state, metadata)
        self._saved_at = time.perf_counter()

    def save_snapshot(self, *, replace: bool = True) -> None:
        """Write the weights if a snapshot of this step is planned and they are finite.

        Args:
            replace: whether to write a snapshot that is there already.
        """
        step = self._trainer.step
        if step not in self._snapshot_steps:
            return
        path = snapshots.snapshot_path(self._run.path, step)
        if path.exists() and not replace:
            return
        weights = checkpoint.compact(self._trainer.model.state_dict())  # float16 where it fits
        if all(bool(tensor.isfinite().all()) for tensor in weights.values()):
            # not durable, since waiting for the disk would cost more than all the rest: a power cut
            # may damage a snapshot, which its digest tells, but never the run
            files.replace(path, checkpoint.serialize_checkpoint(weights, self._weights_metadata()))

    def _weights_metadata(self) -> dict[str, Any]:
        return {"architecture": self._trainer.settings.model, "step": self._trainer.step}

    def _restore(self) -> None:
        """Restore the last checkpoint, and cut the log back to its events."""
        path = self._run.path
        for pattern in _WRITTEN:
            files.remove_unfinished(path, pattern)
        if any((path / name).exists() for name in (checkpoint.LAST, checkpoint.PREVIOUS)):
            self._restore_checkpoint()
            accuracies = [row["test_accuracy"] for row in self._run.log.epochs()]
            if accuracies:
                self._last_accuracy, self._best_accuracy = accuracies[-1], max(accuracies)
        else:
            if (path / START).exists():
                self._trainer.load_state(checkpoint.load_checkpoint(path / START)[0])
            self._events.rewrite([])
        snapshots.remove_after(path, self._trainer.step)

    def _restore_checkpoint(self) -> None:
        """Restore the newest checkpoint that is intact and whose events are."""
        for tensors, metadata in checkpoint.load_generations(self._run.path):
            try:
                jobs.check_format(metadata)
                self._trainer.restore(tensors, metadata["position"])
                if self._restore_events(metadata):
                    return
            except (KeyError, msgspec.ValidationError) as error:
                name = shown_path(self._run.path / checkpoint.LAST)
                raise checkpoint.CheckpointError(
                    f"{name} is not a checkpoint of a training."
                ) from error
        raise checkpoint.CheckpointError(
            f"the events of run {self._run.id} are damaged in metrics.jsonl and in history.jsonl: "
            "start a new training from one of its snapshots"
        )

    def _restore_events(self, metadata: Mapping[str, Any]) -> bool:
        """Restore log and history; return False if the events are damaged in both."""
        if "history" in metadata:  # an earlier version wrote all events into the checkpoint
            self._events.rewrite(metadata["history"])
            return True
        return self._events.restore(msgspec.convert(metadata["events"], HistoryMark))

    def _plan_snapshots(self) -> frozenset[int]:
        trainer = self._trainer
        (self._run.path / snapshots.FOLDER).mkdir(exist_ok=True)
        size = sum(t.nbytes for t in checkpoint.compact(trainer.model.state_dict()).values())
        return snapshots.planned_steps(trainer.total_steps, trainer.steps_per_epoch, size=size)

    def _append(self, row: dict[str, Any], *, durable: bool = False) -> None:
        """Append a row to the log; a durable one is first saved with a checkpoint."""
        line = self._events.stage(row)
        if durable:
            self.save_checkpoint()
        self._events.publish(line)


def event_row(kind: str, event: IntervalEvent | EpochEvent) -> dict[str, Any]:
    """Return the line of the log for an event."""
    return {"kind": kind} | {name: _finite(value) for name, value in asdict(event).items()}


def _finite(value: Any) -> Any:
    """Return the value with None for every number that JSON cannot hold."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return value
