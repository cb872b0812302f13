"""Trainings that are killed again and again: what they acknowledged is still there.

A trainer is a process of its own, and learns from few digits with a checkpoint every few steps:
much of its time is spent writing. It is killed at a random moment; at a random call of a function
that writes, which hits the moments between two steps of a write; or in the middle of a file.
"""

import contextlib
import io
import os
import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from cnnviz.training import worker
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, snapshots, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.training.few_digits import hurry

Fork = Callable[..., BaseProcess]

EPOCHS = 20
SMALL = Settings(model="lenet5", epochs=EPOCHS, batch_size=16, source="embedded", device="cpu")
CALLS: dict[str, tuple[Any, str, int]] = {  # owner, name, and the last call to die at
    "fsync": (os, "fsync", 60),
    "replace": (os, "replace", 60),
    "write": (os, "write", 20),
    "open": (io, "open", 60),
    "open of a handle": (os, "open", 30),
    "mkdir": (os, "mkdir", 4),
}
MOMENT, MIDDLE = "a moment", "the middle of a file"
INTERRUPTED = 3  # exit status
_LARGEST = 740_000  # bytes of a checkpoint


@dataclass(frozen=True)
class Death:
    """How a trainer dies.

    Attributes:
        call: key of `CALLS`, `MIDDLE` or `MOMENT`.
        nth: call, or byte of a file, that it dies at.
        seconds: that it lives, at a moment.
        interrupt: by a KeyboardInterrupt, which unwinds, instead of SIGKILL.
    """

    call: str
    nth: int = 0
    seconds: float = 0.0
    interrupt: bool = False


@dataclass
class Tally:
    """Kills so far.

    Attributes:
        kills: trainers that did not end by themselves.
        late: of these, those with an epoch on record.
        calls: number of kills by `Death.call`.
        slowest: seconds until an orphaned run was called interrupted.
        runs: that were finished in the end.
    """

    kills: int = 0
    late: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    runs: list[Run] = field(default_factory=list)

    def count(self, death: Death, *, late: bool) -> None:
        self.kills += 1
        self.late += late
        self.calls[death.call] = self.calls.get(death.call, 0) + 1


def train(run: Run, few: Path, death: Death | None = None) -> None:
    """Execute a run as its process does, with a checkpoint every few steps."""
    hurry(run.path.parent, few)
    if death and death.call == MIDDLE:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
        resource.setrlimit(resource.RLIMIT_FSIZE, (death.nth, death.nth))
    dying = dying_at(death) if death and death.call in CALLS else contextlib.nullcontext()
    try:
        with dying:
            worker.execute_run(run)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except RunError:
        pass


def dying_at(death: Death) -> AbstractContextManager[object]:
    """End this process at the nth call of a function in the block."""
    owner, name, _ = CALLS[death.call]
    original, calls = getattr(owner, name), 0

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        main = threading.current_thread() is threading.main_thread()
        if main or not death.interrupt:  # an interrupt reaches the main thread only
            calls += 1
            if calls == death.nth:
                if death.interrupt:
                    raise KeyboardInterrupt
                os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)

    return mock.patch.object(owner, name, call)


def made(**changes: object) -> Run:
    run = store.create_run(SMALL.replace(**changes), versions={})
    run.write_status(Status(state="queued"))
    return run


def epochs(run: Run) -> list[dict[str, Any]]:
    return [row for row in run.log.read()[0] if row["kind"] == "epoch"]


def course(run: Run) -> list[tuple[object, ...]]:
    names = ("kind", "step", "loss", "accuracy", "epoch", "test_loss", "confusion")
    return [tuple(row.get(name) for name in names) for row in run.log.read()[0]]


def unloadable(run: Run) -> list[str]:
    """The checkpoint files that are there and cannot be read."""
    bad = []
    for path in run.path.rglob("[!.]*.safetensors"):
        try:
            checkpoint.load_checkpoint(path)
        except checkpoint.CheckpointError:
            bad.append(path.name)
    return bad


def random_death(draw: random.Random) -> Death:
    kind = draw.random()
    if kind < 0.2:
        return Death(MOMENT, seconds=draw.uniform(0.1, 0.5))
    if kind < 0.4:
        return Death(MIDDLE, draw.randint(1, _LARGEST))
    call = draw.choice(list(CALLS))
    return Death(call, draw.randint(1, CALLS[call][2]), interrupt=draw.random() < 0.25)


def exit_status(death: Death) -> int:
    if death.interrupt:
        return INTERRUPTED
    return -(signal.SIGXFSZ if death.call == MIDDLE else signal.SIGKILL)


def kill_often(kills: int, draw: random.Random, few: Path, fork: Fork) -> Tally:
    """Kill trainings so often, and check each time that nothing acknowledged is lost."""
    tally = Tally()
    while tally.kills < kills:
        run = made()
        watcher, acknowledged = History(run), list[dict[str, Any]]()
        while True:
            run.request("run")
            death = random_death(draw) if tally.kills < kills else None
            trainer = fork(train, run, few, death)
            trainer.join(death.seconds if death and death.call == MOMENT else None)
            trainer.kill()
            trainer.join()
            began = time.perf_counter()
            state = run.status().state
            tally.slowest = max(tally.slowest, time.perf_counter() - began)
            assert unloadable(run) == [], death
            seen = epochs(run)
            assert seen[: len(acknowledged)] == acknowledged, death
            assert watcher.read().epochs == acknowledged + seen[len(acknowledged) :], death
            acknowledged = seen
            if trainer.exitcode == 0:
                assert state == "finished", death
                break
            assert death
            assert trainer.exitcode == exit_status(death), death
            assert state in ("interrupted", "finished"), death
            tally.count(death, late=bool(seen))
        tally.runs.append(run)
    return tally


def assert_undisturbed(run: Run, straight: Run) -> None:
    """A training that was killed has the events and the files of one that was not."""
    assert straight.status().state == run.status().state == "finished"
    assert course(run) == course(straight)  # no gap, no duplicate, every number the same
    assert [row["epoch"] for row in epochs(run)] == list(range(1, run.settings().epochs + 1))
    steps = snapshots.snapshot_steps(straight.path)
    assert snapshots.snapshot_steps(run.path) == steps
    names = [str(snapshots.snapshot_path(Path(), step)) for step in steps]
    for name in (checkpoint.LAST, "weights.safetensors", *names):
        one, other = (checkpoint.load_checkpoint(r.path / name)[0] for r in (run, straight))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)
    assert [path.name for path in run.path.rglob(".*-*")] == []


def survive_kills(kills: int, seed: int, few: Path, fork: Fork) -> str:
    """Kill trainings, compare them with one that nothing disturbs, and return the figures."""
    straight = made()
    fork(train, straight, few).join()
    tally = kill_often(kills, random.Random(seed), few, fork)
    for run in tally.runs:
        assert_undisturbed(run, straight)
    assert tally.late > 0.5 * tally.kills  # where the kills fall depends on the machine
    assert tally.slowest < 1.0  # seconds until an orphaned RUNNING is called interrupted
    calls = ", ".join(f"{n} at {call}" for call, n in sorted(tally.calls.items()))
    return (
        f"{tally.kills} kills of {len(tally.runs)} trainings ({calls}), {tally.late} after the "
        f"first epoch: nothing lost; at most {1000 * tally.slowest:.0f} ms until interrupted"
    )
