"""A run whose settings or status are lost is rebuilt from its checkpoint."""

import functools
import json
import os
import time
from pathlib import Path

import pytest

from cnnviz.system import jobs
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, store, trash
from cnnviz.training.runs.rebuild import rebuild_run
from cnnviz.training.runs.records import RunError, Status
from cnnviz.training.runs.store import Run
from cnnviz.training.runs.unreadable import UnreadableRun, unreadable_runs
from tests.on_disk import make_run
from tests.training.runs.sessions import (
    SMALL,
    STEPS,
    act_at,
    assert_same_network,
    course,
    made,
    train,
)

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def stopped() -> Run:
    """A run that was stopped within its second epoch."""
    run = made(seed=3)
    train(run, act_at(10, functools.partial(run.request, "stop")))
    run.request("run")
    return run


def only() -> UnreadableRun:
    (entry,) = unreadable_runs()
    return entry


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"settings": {}}'])
def test_a_run_without_its_settings_is_rebuilt_and_resumes_as_if_nothing_had_happened(
    content: bytes | None, stopped: Run
) -> None:
    straight = made(seed=3)
    train(straight)
    config = stopped.config()
    path = stopped.path / "config.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert stopped not in store.runs()
    assert only().run == stopped
    assert only().rebuildable
    rebuild_run(stopped)
    assert stopped in store.runs()
    assert unreadable_runs() == []
    assert stopped.config() == config
    assert train(stopped).step == STEPS
    assert course(stopped) == course(straight)
    assert_same_network(stopped, straight)


def test_a_checkpoint_of_an_earlier_version_gives_the_settings_alone(stopped: Run) -> None:
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        tensors, metadata = checkpoint.load_checkpoint(stopped.path / name)
        del metadata["config"], metadata["format"]
        checkpoint.save_checkpoint(stopped.path / name, tensors, metadata)
    (stopped.path / "config.json").unlink()
    rebuild_run(stopped)
    assert stopped.settings() == Settings.from_dict({**SMALL, "seed": 3})
    start = time.strptime(stopped.config()["created"][:19], "%Y-%m-%dT%H:%M:%S")
    assert time.strftime("%Y%m%d-%H%M%S", start) == stopped.id[:15]
    assert train(stopped).state == "finished"


def test_a_lost_status_becomes_that_of_the_checkpoint(stopped: Run) -> None:
    before = stopped.recorded_status()
    (stopped.path / "status.json").unlink()
    settle(stopped.path)
    assert only() == UnreadableRun(
        stopped,
        "status.json is missing: the run was never started, or the file was lost",
        rebuildable=True,
    )
    rebuild_run(stopped)
    status = stopped.status()
    assert (status.state, status.step) == ("interrupted", 10)
    assert status.test_accuracy == before.test_accuracy
    assert status.best_accuracy == before.best_accuracy
    assert train(stopped).state == "finished"


def settle(path: Path) -> None:
    past = time.time() - 3600
    os.utime(path, (past, past))


def test_a_run_that_was_never_started_can_be_started() -> None:
    run = store.create_run(Settings.from_dict(SMALL), versions={})
    assert unreadable_runs() == []  # it may be about to start
    settle(run.path)
    with run.launching():
        assert unreadable_runs() == []
    settle(run.path)
    assert only().rebuildable
    rebuild_run(run)
    assert run.status() == Status(state="interrupted")
    assert train(run).state == "finished"


def test_a_run_of_a_newer_version_is_listed_with_the_reason(stopped: Run) -> None:
    config = stopped.config()
    (stopped.path / "config.json").write_text(json.dumps(config | {"format": 2}))
    reason = "format must be at most 1, got 2: a newer version of cnnviz wrote this"
    assert only() == UnreadableRun(stopped, reason, rebuildable=False)
    assert stopped not in store.runs()
    with pytest.raises(RunError, match="made by another version"):
        store.find_run(stopped.id)


def test_a_setting_of_another_version_is_named(stopped: Run) -> None:
    config = stopped.config()
    config["settings"]["flavor"] = 1
    (stopped.path / "config.json").write_text(json.dumps(config))
    assert "got flavor" in only().reason


def test_what_is_written_has_a_format_and_what_has_none_opens(stopped: Run) -> None:
    config = stopped.config()
    assert config.pop("format") == jobs.FORMAT == 1
    assert checkpoint.load_generation(stopped.path)[1]["format"] == 1
    (stopped.path / "config.json").write_text(json.dumps(config))
    assert store.runs() == [stopped]


def test_a_checkpoint_of_a_newer_version_is_not_resumed(stopped: Run) -> None:
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        tensors, metadata = checkpoint.load_checkpoint(stopped.path / name)
        checkpoint.save_checkpoint(stopped.path / name, tensors, metadata | {"format": 2})
    with pytest.raises(ValueError, match="format must be at most 1, got 2"):
        train(stopped)


def test_without_settings_and_checkpoint_a_run_can_only_be_deleted() -> None:
    run = make_run(weights=0)
    (run.path / "config.json").write_bytes(b"{")
    assert only() == UnreadableRun(run, "config.json is damaged", rebuildable=False)
    with pytest.raises(checkpoint.CheckpointError):
        rebuild_run(run)
    run.delete()
    assert unreadable_runs() == []
    assert trash.restore_run(run.id) == run
    assert only().run == run


def test_a_run_in_training_is_not_rebuilt(stopped: Run) -> None:
    (stopped.path / "config.json").unlink()
    with stopped.lock(), pytest.raises(RunError, match="must have ended"):
        rebuild_run(stopped)
    assert not (stopped.path / "config.json").exists()


def test_links_and_files_are_no_unreadable_runs(stopped: Run) -> None:
    (stopped.path.parent / "20240101-120000-abcdef").write_text("a file")
    (stopped.path.parent / "20240101-120000-abcdee").symlink_to(stopped.path)
    assert unreadable_runs() == []
