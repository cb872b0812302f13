"""What a power cut cannot undo: a new run, a new race, and what the user wants of it."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.race.plan import plan_race
from cnnviz.training.runs import session, store
from tests.on_disk import make_run
from tests.training.runs.sessions import FreeSlot, act_at, made

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="names open files by /proc")


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Names of the files and folders that the disk was asked to keep."""
    names: set[str] = set()
    original = os.fsync

    def record(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        names.add(f"{path.name}/" if folder else path.name.lstrip(".").split("-")[0])
        original(handle)

    monkeypatch.setattr(os, "fsync", record)
    return lambda: names


@LINUX
def test_a_new_run_survives_a_power_cut(synced: Callable[[], set[str]]) -> None:
    run = store.create_run(Settings(model="lenet5", source="embedded"), versions={})
    assert synced() == {"config.json", f"{run.id}/", "runs/"}


@LINUX
def test_a_new_race_survives_a_power_cut(synced: Callable[[], set[str]]) -> None:
    plan = plan_race(["lenet5", "vgg11"], preset="quick", seeds=[0], source="embedded")
    new_race = race.create_race(plan, versions={})
    runs = {f"{entry.run.id}/" for entry in new_race.entries()}
    assert {"race.json", f"{new_race.id}/", "races/", *runs} <= synced()


@LINUX
def test_a_request_survives_a_power_cut(synced: Callable[[], set[str]]) -> None:
    run = make_run(state="running")
    synced().clear()
    run.request("stop")
    assert synced() == {"control.json", f"{run.id}/"}


@pytest.mark.usefixtures("quick")
def test_a_paused_run_whose_requests_become_unreadable_stays_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, looks = made(), []

    def sleep(seconds: float) -> None:
        del seconds
        looks.append(run.recorded_status().state)
        if len(looks) == 1:
            (run.path / "control.json").write_bytes(b"")
        if len(looks) == 3:
            run.request("stop")

    monkeypatch.setattr(session.time, "sleep", sleep)
    pause = act_at(5, lambda: run.request("pause"))
    status = session.Session(run, FreeSlot(), pause).train()
    assert looks == ["paused"] * 3
    assert (status.state, status.step) == ("stopped", 5)
