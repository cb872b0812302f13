"""A Train page that starts no process, and a run whose trainer lives."""

from collections.abc import Iterator

import pytest
from filelock import FileLock

from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run
from tests.pages.reading import App, drawn_to_its_end
from tests.pages.train.train_page import made


@pytest.fixture(autouse=True)
def no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "prepare_spare", lambda: None)


@pytest.fixture
def app(app: App) -> App:
    """Open pages as ever; the Train page must be drawn to its end."""

    return drawn_to_its_end(app, "train")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, str]]:
    """What the page has asked to train; no process is started."""
    asked: list[tuple[Settings, str]] = []

    def start(settings: Settings, *, preset: str = "") -> Run:
        asked.append((settings, preset))
        return make_run(settings.replace(source="embedded"), state="stopped", preset=preset)

    monkeypatch.setattr(launch, "start_run", start)
    return asked


@pytest.fixture
def live() -> Iterator[Run]:
    """A run whose trainer lives; the test is its trainer."""
    run = made("running", step=10, test_accuracy=None)
    with FileLock(run.path / "lock"):
        yield run
