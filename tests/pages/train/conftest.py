"""A Train page that starts no process, and a run whose trainer lives."""

from collections.abc import Iterator

import pytest
from filelock import FileLock

from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from tests.pages.train.train_page import made


@pytest.fixture(autouse=True)
def no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "prepare", lambda: None)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, str]]:
    """What the page has asked to train; no process is started."""
    asked: list[tuple[Settings, str]] = []

    def start(settings: Settings, *, preset: str = "") -> Run:
        asked.append((settings, preset))
        run = store.create(settings.replace(source="embedded"), preset=preset, versions={})
        run.write_status(Status(state="stopped"))
        return run

    monkeypatch.setattr(launch, "start", start)
    return asked


@pytest.fixture
def live() -> Iterator[Run]:
    """A run whose trainer lives; the test is its trainer."""
    run = made("running", step=10, test_accuracy=None)
    with FileLock(run.path / "lock"):
        yield run
