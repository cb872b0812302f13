"""The warm-up of a server leaves the processor to a training that runs."""

import threading
import time
from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from cnnviz.training.runs.store import Run
from cnnviz.ui.shell import warmup
from tests.on_disk import make_run
from tests.waiting import until

NOT_YET = 0.3  # seconds; the warm-up looks every hundredth of one whether a training runs


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the warm-up has imported after PyTorch; nothing is really imported."""
    imported: list[str] = []
    for name in ("_HEAD_START", "_PAUSE", "_LOOK"):
        monkeypatch.setattr(warmup, name, 0.01)
    monkeypatch.setattr(warmup, "_compute_fields", lambda: imported.append("fields"))
    monkeypatch.setattr(warmup, "_import_libraries", lambda: imported.append("libraries"))
    return imported


@pytest.fixture
def training() -> Iterator[Run]:
    """A run that trains: its lock is held."""
    run = make_run(state="running", step=5, total_steps=63)
    with run.lock():
        yield run


def started() -> warmup._WarmUp:
    warm_up = warmup._WarmUp()
    threading.Thread(target=warm_up.run, daemon=True).start()
    return warm_up


def test_nothing_is_imported_beside_a_training_until_a_page_asks(
    libraries: list[str], training: Run
) -> None:
    warm_up = started()
    assert not warm_up.done.wait(NOT_YET)
    warm_up.hurry.set()  # a page waits for PyTorch
    assert warm_up.done.wait(60)
    time.sleep(NOT_YET)
    assert not libraries
    training.change_state("paused")
    until(lambda: libraries == ["fields", "libraries"])


def test_without_a_training_that_runs_everything_is_imported(
    libraries: list[str], training: Run
) -> None:
    training.change_state("queued")
    warm_up = started()
    until(lambda: libraries == ["fields", "libraries"])
    assert warm_up.done.is_set()


@pytest.mark.usefixtures("training")
def test_a_training_delays_the_imports_for_a_limited_time(
    libraries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warmup, "_LONGEST_WAIT", 0.05)
    warm_up = started()
    until(lambda: libraries == ["fields", "libraries"])
    assert warm_up.done.is_set()


@pytest.mark.usefixtures("libraries")
def test_a_server_that_ends_meanwhile_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = RuntimeError("can't register atexit after shutdown")
    monkeypatch.setattr(warmup, "_import_libraries", Mock(side_effect=ended))
    warmup._WarmUp().run()
    monkeypatch.setattr(warmup, "_import_libraries", Mock(side_effect=RuntimeError("broken")))
    with pytest.raises(RuntimeError, match="broken"):
        warmup._WarmUp().run()


def test_a_server_gives_freed_memory_back() -> None:
    warmup.start_warm_up()
    assert "trim memory" in [thread.name for thread in threading.enumerate()]
