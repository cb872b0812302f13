"""Trainer process of a race: holds the locks of all its runs and trains them in time slices."""

import contextlib
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from cnnviz.models.catalog import architecture
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.fair_scheduling import TIME_SLICE, run_fairly
from cnnviz.training.race.race import Race
from cnnviz.training.runs.failures import end_run, fail_run
from cnnviz.training.runs.job_queue import Slot
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run

if TYPE_CHECKING:
    from cnnviz.training.runs.session import Session

_POLL = 0.05  # seconds between two reads of the user's requests while all runs are paused


def execute_race(race: Race) -> None:
    """Train the race's runs until each has ended or the user has stopped it.

    Runs that have ended, or that another process trains, are left alone.

    Raises:
        RunError: if another process trains the race.
    """
    try:
        with race.lock(), contextlib.ExitStack() as locks:
            claims = [(run, _claim(run, locks)) for run in race.present()]
            _train(race, [(run, lock) for run, lock in claims if lock is not None])
    except Timeout:
        raise RunError("the race is already running") from None


def _claim(run: Run, locks: contextlib.ExitStack) -> FileLock | None:
    """Return the run's lock, now held; None if it is not queued or another process holds it."""
    if run.recorded_status().state != "queued":
        return None
    try:
        lock = locks.enter_context(run.lock())
    except Timeout:
        return None
    end_run(run, "queued")  # the new status tells the launcher that this process is alive
    return lock


def _train(race: Race, claims: list[tuple[Run, FileLock]]) -> None:
    if not claims:
        return
    runs = [run for run, _ in claims]
    slot = Slot(min(runs, key=lambda run: run.id), wanted=lambda: any(map(_wanted, runs)))
    shared = SharedSlot(slot)
    race_runs = [RaceRun(run, lock, SlotShare(shared, run)) for run, lock in claims]
    try:
        for race_run in race_runs:
            race_run.share.acquire()  # the first one waits for the slot, for all
        if any(map(_wanted, runs)):  # the user may have stopped all of them meanwhile
            _prepare(race, runs[0])
        run_fairly(race_runs, idle=lambda: _idle(race_runs))
    except Exception as error:  # noqa: BLE001 - whatever it is, the user reads it on the page
        for run in runs:
            if run.recorded_status().live:  # others have ended before
                fail_run(run, error)
    finally:
        slot.release()


def _idle(race_runs: list["RaceRun"]) -> None:
    """Wait a moment while all runs are paused; after a long pause, give up the process."""
    time.sleep(_POLL)
    left = [race_run for race_run in race_runs if not race_run.done]
    if all(race_run.long_paused() for race_run in left):
        for race_run in left:
            race_run.park()


def _wanted(run: Run) -> bool:
    return run.control().want != "stop"


def _prepare(race: Race, run: Run) -> None:
    """Write the cost of each network, and warm up, which otherwise the first run would pay for."""
    from cnnviz.models.structure.counts import count
    from cnnviz.models.structure.trace import trace_architecture
    from cnnviz.training.engine.setup import training_digits, warm_up

    warm_up()
    counts = {
        model: count(trace_architecture(architecture(model), published=False))
        for model in race.models()
    }
    costs = {model: NetworkCost(row.parameters, row.macs) for model, row in counts.items()}
    race.write_network_costs(costs, len(training_digits(run.settings()).train_labels))


class SharedSlot:
    """One training slot for all runs of a race, released while all of them are paused."""

    def __init__(self, slot: Slot) -> None:
        """Wrap a slot that is not yet acquired."""
        self._slot = slot
        self._users: set[Run] = set()

    def acquire(self, run: Run) -> None:
        """Add a run to the users; the first one waits for the slot."""
        if not self._users:
            self._slot.acquire()
        self._users.add(run)

    def try_acquire(self, run: Run) -> bool:
        """Add a run to the users if there is a slot, and return whether there is."""
        if not self._users and not self._slot.try_acquire():
            return False
        self._users.add(run)
        return True

    def release(self, run: Run) -> None:
        """Remove a run from the users; the last one releases the slot."""
        self._users.discard(run)
        if not self._users:
            self._slot.release()


@dataclass(frozen=True)
class SlotShare:
    """A run's share of a `SharedSlot`, as `session.TrainingSlot`."""

    slot: SharedSlot
    run: Run

    def acquire(self) -> None:
        """Wait for the slot, unless another run of the race has it already."""
        self.slot.acquire(self.run)

    def try_acquire(self) -> bool:
        """Take the slot if it is free, or another run of the race has it already."""
        return self.slot.try_acquire(self.run)

    def release(self) -> None:
        """Release the slot, unless another run of the race still uses it."""
        self.slot.release(self.run)


def _no_steps() -> Generator[bool]:
    yield from ()


class RaceRun:
    """A run of the race, as `fair_scheduling.Schedulable`."""

    def __init__(self, run: Run, lock: FileLock, share: SlotShare) -> None:
        """Take over the run's lock, which is released when the run is done."""
        self.share = share
        self.seconds = run.recorded_status().seconds
        self.paused = self.done = False
        self._run, self._lock = run, lock
        self._session: Session | None = None
        self._steps: Generator[bool] = _no_steps()

    def run_slice(self) -> None:
        """Train for one time slice; an error ends this run alone."""
        try:
            self._train_until(time.perf_counter() + TIME_SLICE)
        except Exception as error:  # noqa: BLE001 - whatever it is, the user reads it on the page
            fail_run(self._run, error)
            self._finish()

    def long_paused(self) -> bool:
        """Tell whether the run has been paused for so long that it should give up its process."""
        return self._session is not None and self._session.long_paused()

    def park(self) -> None:
        """Give up the process, unless the user has just asked for something."""
        if self._session is not None and self._session.park():
            self._steps.close()
            self._finish()

    def _train_until(self, deadline: float) -> None:
        session = self._session or self._start()
        if session is None:
            return
        session.resume()
        busy: bool | None = True
        while busy and time.perf_counter() < deadline:
            busy = next(self._steps, None)
        session.suspend()
        self.seconds = session.seconds
        self.paused = busy is False  # None: the run has ended
        if busy is None:
            self._finish()

    def _start(self) -> "Session | None":
        if not _wanted(self._run):
            end_run(self._run, "stopped")
            self._finish()
            return None
        from cnnviz.training.runs.session import Session  # imports PyTorch

        self._session = Session(self._run, self.share, None)
        self._steps = self._session.steps()
        self.seconds = self._session.seconds  # of the checkpoint, where a killed run resumes
        return self._session

    def _finish(self) -> None:
        self.done = True
        self._session, self._steps = None, _no_steps()
        self.share.release()
        self._lock.release()  # after the last write of the run
