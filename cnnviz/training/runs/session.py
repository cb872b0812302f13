"""One session of training: a run from its last checkpoint to its end or the user's stop."""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from typing import Protocol

import torch

from cnnviz.system import files
from cnnviz.system.hardware import keep_freed_memory, pick_threads
from cnnviz.training.engine import setup
from cnnviz.training.engine.events import Event, StepEvent
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import checkpoint
from cnnviz.training.runs.recorder import Recorder
from cnnviz.training.runs.records import PARKED, Control, RunError, Status
from cnnviz.training.runs.store import Run

PARK_AFTER = 300.0  # seconds of a pause, after which the run gives up its process
_POLL = 0.02  # seconds between two reads of the user's requests during a pause or slow motion


class TrainingSlot(Protocol):
    """Permission to train, of which the machine has a few; a paused run releases its own."""

    def try_acquire(self) -> bool:
        """Take a slot if it is this run's turn, which waits in the queue from then on."""

    def release(self) -> None:
        """Leave the slot to another run, and the queue."""


class Session:
    """Trains a run, records it, and carries out the user's requests.

    Args:
        run: whose lock this process holds.
        slot: acquired; released while the run is paused.
        observe: called with every event after it has been recorded.

    Raises:
        ValueError: if the digits, the checkpoint or the device cannot be used.
    """

    def __init__(
        self, run: Run, slot: TrainingSlot, observe: Callable[[Event], None] | None
    ) -> None:
        """Build the network and restore the run's last checkpoint, if it has one."""
        self._run, self._slot, self._observe = run, slot, observe
        settings = run.settings()
        threads = pick_threads(settings.threads)
        torch.set_num_threads(threads)
        keep_freed_memory()
        digits = setup.training_digits(settings)
        self._trainer = Trainer(setup.build_network(settings), digits, settings)
        self._recorder = Recorder(run, self._trainer, digits, threads=threads)
        self._control, self._control_stamp = Control(), files.MISSING
        self._paused_at: float | None = None  # seconds, of the clock of `long_paused`
        self._step_due = 0.0  # when slow motion last let a step begin
        self._read_control()
        self._single_steps = self._control.single_steps  # carried out so far
        self._suspended_at = time.perf_counter()
        self.seconds = self._trainer.seconds  # of training up to the last `suspend`

    def train(self) -> Status:
        """Train until the end, a divergence or the user's stop; return the last status."""
        steps = self.steps()
        for busy in steps:
            if not busy:
                began = time.perf_counter()
                time.sleep(_POLL)
                self._trainer.exclude_wait(time.perf_counter() - began)
                if self.long_paused() and self.park():
                    steps.close()
        return self._recorder.status

    def long_paused(self) -> bool:
        """Tell whether the run has been paused for so long that it should give up its process."""
        return self._paused_at is not None and time.perf_counter() - self._paused_at > PARK_AFTER

    def park(self) -> bool:
        """Record that a paused run has no process any more, and return whether that is so.

        It is not if the user has just asked for something. Otherwise close `steps` and end the
        process: the run goes on from its checkpoint as if the pause had lasted.
        """
        with self._run.control_lock():
            self._read_control()
            if self._control.want != "pause" or self._control.single_steps > self._single_steps:
                return False
            self._recorder.write_status(PARKED)
        return True

    def steps(self) -> Generator[bool]:
        """Train as `train` does, one step at a time.

        Yields:
            True after each step; False while the user pauses the run or slow motion holds back the
            next step, to be called again soon.
        """
        try:
            self._recorder.write_status("running")
            # the first one, or one that the trainer was killed before it could write
            self._recorder.save_snapshot(replace=False)
            for event in self._trainer.events():
                paused = self._control.want == "pause"
                self._recorder.record(event, state="paused" if paused else "running")
                if self._observe:
                    self._observe(event)
                if isinstance(event, StepEvent):
                    yield True
                    yield from self._obey()  # last, for the run may have waited for its time slice
                    if self._control.want == "stop":
                        self._stop()
                        return
            self._recorder.write_tensorboard()
            if self._trainer.diverged:
                checkpoint.drop_exploded(self._run.path)
            self._recorder.write_status("diverged" if self._trainer.diverged else "finished")
        finally:
            self._recorder.close()

    def suspend(self) -> None:
        """Stop the clocks of the run while other runs have the processor."""
        self.seconds = self._trainer.elapsed_seconds()
        self._suspended_at = time.perf_counter()

    def resume(self) -> None:
        """Restart the clocks; the time since `suspend` is not counted."""
        away = time.perf_counter() - self._suspended_at
        self._trainer.exclude_time(away)
        self._recorder.exclude_time(away)

    def _obey(self) -> Iterator[bool]:
        """Read the user's requests; yield False during a pause and in slow motion."""
        self._read_control()
        if self._control.pace:
            yield from self._slow_down()
        if self._control.want == "pause":
            yield from self._pause()

    def _read_control(self) -> None:
        stamp = files.stamp(self._run.path / "control.json")
        if stamp != self._control_stamp:
            self._control_stamp = stamp
            with contextlib.suppress(RunError):  # unreadable: what the user last wanted counts
                self._control = self._run.read_record("control.json", Control)
            self._apply_changes()

    def _apply_changes(self) -> None:
        """Change the settings that the user has asked to change, and record it."""
        requested = self._control.changes().items()
        changes = {name: v for name, v in requested if getattr(self._trainer, name) != v}
        for name, value in changes.items():
            setattr(self._trainer, name, value)
        if changes:
            self._recorder.record_changes(changes)

    def _slow_down(self) -> Iterator[bool]:
        """Yield False until the pace allows the next step, or the user asks for something else."""
        while (
            (pace := self._control.pace)
            and self._control.want == "run"
            and time.perf_counter() < self._step_due + 1 / pace
        ):
            yield False
            self._read_control()
        if pace:  # a step that is late by one poll does not delay the ones after it
            self._step_due = max(self._step_due + 1 / pace, time.perf_counter() - _POLL)

    def _pause(self) -> Iterator[bool]:
        """Wait until the user resumes, stops, or requests a single step."""
        self._recorder.flush()
        self._recorder.save_checkpoint()
        self._recorder.write_preview()
        while self._control.want == "pause":
            self._slot.release()
            self._recorder.write_status("paused")
            yield from self._stay_paused()
            if self._control.want == "pause":
                self._single_steps += 1
                break
            if self._control.want == "run":
                yield from self._wait_for_slot()
        self._trainer.resume_clock()

    def _stay_paused(self) -> Iterator[bool]:
        self._paused_at = time.perf_counter()
        while self._control.want == "pause" and self._control.single_steps <= self._single_steps:
            yield False
            self._read_control()
        self._paused_at = None

    def _wait_for_slot(self) -> Iterator[bool]:
        """Yield False until the run has a slot, or the user asks for something else."""
        self._recorder.write_status("queued")
        while self._control.want == "run" and not self._slot.try_acquire():
            self._read_control()
            if self._control.want == "run":
                yield False
                self._read_control()
        self._read_control()  # the user may have stopped it meanwhile
        if self._control.want == "run":
            self._recorder.write_status("running")

    def _stop(self) -> None:
        self._recorder.flush()
        self._recorder.save_checkpoint()
        self._recorder.write_tensorboard()
        self._recorder.write_status("stopped")
