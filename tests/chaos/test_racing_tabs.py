"""Tabs that start, stop, delete and restore one run at the same moments.

Whatever they do, the run is in the list or in the trash, whole, and trained by one process at most.
`CNNVIZ_CHAOS=200` sets the number of rounds.
"""

import os
import random
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from cnnviz.system import jobs
from cnnviz.training import launch, worker
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import session, store, trash
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.waiting import until

ROUNDS = int(os.environ.get("CNNVIZ_CHAOS", "5"))
TABS, CLICKS = 6, 3
SMALL = Settings(model="lenet5", epochs=1, source="embedded", device="cpu")
REFUSALS = (
    r"run must exist, got '\S+': it may have been deleted",
    r"run must be in the trash, got '\S+'",
    r".* is already (being started|training)",
    r".* is still training: stop it first",
    r"\S+\.json of run \S+ cannot be read",
)


class Endless:
    """A session that trains until it is stopped."""

    training: ClassVar[set[int]] = set()

    def __init__(self, run: Run, *_: object) -> None:
        self.run = run

    def train(self) -> Status:
        self.training.add(threading.get_ident())
        assert len(self.training) == 1  # one trainer at a time
        self.run.change_state("running")
        until(lambda: self.run.control().want == "stop")
        self.training.clear()
        self.run.change_state("stopped")
        return self.run.recorded_status()


@pytest.fixture
def trainers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[threading.Thread]]:
    """The trainers that were started, each a thread of this process."""
    started: list[threading.Thread] = []

    def start(work: Path, waiting: list[Run]) -> None:
        del waiting
        thread = threading.Thread(target=worker.execute_run, args=(Run(work),))
        thread.start()
        started.append(thread)
        until(lambda: not thread.is_alive() or Run(work).locked())

    monkeypatch.setattr(session, "Session", Endless)
    monkeypatch.setattr(launch, "_launch", start)
    yield started
    for thread in started:
        thread.join(20)


def click(action: Callable[[], object], problems: list[BaseException]) -> None:
    try:
        action()
    except RunError as error:
        if not any(re.fullmatch(pattern, str(error)) for pattern in REFUSALS):
            problems.append(error)
    except Exception as error:  # noqa: BLE001 - each of them is a defect
        problems.append(error)


def race(run: Run, draw: random.Random) -> list[BaseException]:
    """Click at random in several tabs at once; return what was neither done nor refused."""
    actions = (
        lambda: launch.resume_run(run),
        lambda: run.request("stop"),
        run.delete,
        lambda: trash.restore_run(run.id),
        run.status,
    )
    problems: list[BaseException] = []
    together = threading.Barrier(TABS)
    chosen = [[draw.choice(actions) for _ in range(CLICKS)] for _ in range(TABS)]

    def tab(clicks: list[Callable[[], object]]) -> None:
        together.wait()
        for action in clicks:
            click(action, problems)

    threads = [threading.Thread(target=tab, args=(clicks,)) for clicks in chosen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


def content(folder: Path) -> dict[str, bytes]:
    """What no click may change."""
    names = ("config.json", "weights.safetensors", "metrics.jsonl")
    return {name: (folder / name).read_bytes() for name in names}


def test_racing_tabs_leave_the_run_whole_in_one_place(trainers: list[threading.Thread]) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    run = make_run(SMALL, state="stopped", weights=0, log=[{"kind": "note"}])
    before = content(run.path)
    places: list[str] = []
    started = 0
    for _ in range(ROUNDS):
        assert race(run, draw) == []
        if run.exists():
            run.request("stop")
        for trainer in trainers:
            trainer.join(20)
        started += len(trainers)
        trainers.clear()
        trashed = store.runs_dir() / jobs.TRASH / run.id
        assert run.path.exists() != trashed.exists()
        assert content(run.path if run.path.exists() else trashed) == before
        assert not (trashed / run.id).exists()
        assert not (run.path / run.id).exists()
        places.append("trash" if trashed.exists() else "list")
        if trashed.exists():
            trash.restore_run(run.id)
        assert run.status().state == "stopped"
        assert store.runs() == [run]
    print(f"{started} trainers; {places.count('trash')} of {ROUNDS} rounds ended in the trash")
