"""The process behind a race: it holds the locks of all its runs, and lets them train in turn."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from cnnviz.models.catalogue import architecture
from cnnviz.training.race.fair_scheduling import TIME_SLICE, run_fairly
from cnnviz.training.race.race import NetworkCost, Race, write_network_costs
from cnnviz.training.runs.failures import RUN_ERRORS, end_run, fail_run
from cnnviz.training.runs.job_queue import Slot
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run

if TYPE_CHECKING:
    from cnnviz.training.runs.session import Session

_POLL = 0.05  # seconds between two looks at what the user wants, while all are paused


def execute_race(race: Race) -> None:
    """Train the race's runs to their end, or to where the user stops them.

    A run that has ended, or that somebody trains by itself, is left alone.

    Raises:
        RunError: if another process is at work on the race.
    """
    try:
        with race.lock(), contextlib.ExitStack() as locks:
            claimed = [(run, _claim(run, locks)) for run in race.present()]
            _race(race, [(run, lock) for run, lock in claimed if lock is not None])
    except Timeout:
        raise RunError("the race is on already") from None


def _claim(run: Run, locks: contextlib.ExitStack) -> FileLock | None:
    """Hold the run's lock, if it is waiting for a trainer and has none."""
    if run.recorded_status().state != "queued":
        return None
    try:
        lock = locks.enter_context(run.lock())
    except Timeout:
        return None
    end_run(run, "queued")  # tells whoever has started this process that it lives
    return lock


def _race(race: Race, claimed: list[tuple[Run, FileLock]]) -> None:
    if not claimed:
        return
    runs = [run for run, _ in claimed]
    slot = Slot(min(runs, key=lambda run: run.id), wanted=lambda: any(map(_wanted, runs)))
    table = SharedSlot(slot)
    players = [RaceRun(run, lock, table.seat(run)) for run, lock in claimed]
    try:
        for player in players:
            player.seat.acquire()
        if any(map(_wanted, runs)):
            _prepare(race, runs[0])
        run_fairly(players, idle=lambda: time.sleep(_POLL))
    except RUN_ERRORS as error:
        for run in runs:
            fail_run(run, error)
    finally:
        slot.release()


def _wanted(run: Run) -> bool:
    return run.control().want != "stop"


def _prepare(race: Race, run: Run) -> None:
    """Write down what each network takes, and do once what only the first would pay for."""
    from cnnviz.models.structure.counts import count
    from cnnviz.models.structure.trace import trace_architecture
    from cnnviz.training.runs.session import digits_for, warm_up

    warm_up()
    found = {}
    for model in race.models():
        counted = count(trace_architecture(architecture(model), published=False))
        found[model] = NetworkCost(counted.parameters, counted.macs)
    write_network_costs(race, found, len(digits_for(run.settings()).train_labels))


class SharedSlot:
    """The race's one place to train in, given back while every player is paused."""

    def __init__(self, slot: Slot) -> None:
        """Begin with nobody at the table."""
        self._slot = slot
        self._sitting: set[Run] = set()

    def seat(self, run: Run) -> "SlotShare":
        """Return the seat of one player."""
        return SlotShare(self, run)

    def sit(self, run: Run) -> None:
        """Sit down; the first waits until it is the race's turn."""
        if not self._sitting:
            self._slot.acquire()
        self._sitting.add(run)

    def leave(self, run: Run) -> None:
        """Stand up; the last lets another training have the place."""
        self._sitting.discard(run)
        if not self._sitting:
            self._slot.release()


@dataclass(frozen=True)
class SlotShare:
    """A player's part of the place: what `session.TrainingSlot` asks for."""

    table: SharedSlot
    run: Run

    def acquire(self) -> None:
        """Wait for a place."""
        self.table.sit(self.run)

    def release(self) -> None:
        """Let another have it, once every player has."""
        self.table.leave(self.run)


class RaceRun:
    """One run of the race, a `Schedulable`."""

    def __init__(self, run: Run, lock: FileLock, seat: SlotShare) -> None:
        """Note the run, whose lock is let go when it is over."""
        self.seat = seat
        self.seconds = run.recorded_status().seconds
        self.paused = self.done = False
        self._run, self._lock = run, lock
        self._session: Session | None = None
        self._steps: Iterator[bool] = iter(())

    def run_slice(self) -> None:
        """Train for a slice of time; what goes wrong ends this run, and no other."""
        try:
            self._play(time.perf_counter() + TIME_SLICE)
        except RUN_ERRORS as error:
            fail_run(self._run, error)
            self._leave()

    def _play(self, until: float) -> None:
        session = self._session or self._begin()
        if session is None:
            return
        session.resume()
        busy: bool | None = True
        while busy and time.perf_counter() < until:
            busy = next(self._steps, None)
        session.suspend()
        self.seconds = session.seconds
        self.paused = busy is False
        if busy is None:
            self._leave()

    def _begin(self) -> "Session | None":
        if not _wanted(self._run):
            end_run(self._run, "stopped")
            self._leave()
            return None
        from cnnviz.training.runs.session import (
            Session,  # PyTorch: only once it is this race's turn
        )

        self._session = Session(self._run, self.seat, None)
        self._steps = self._session.steps()
        self.seconds = self._session.seconds  # of the checkpoint, where a killed one goes on
        return self._session

    def _leave(self) -> None:
        self.done = True
        self._session, self._steps = None, iter(())
        self.seat.release()
        self._lock.release()
