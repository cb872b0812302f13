"""The log of a run, read while it grows and after it was rewritten."""

import json
import shutil
from collections.abc import Callable
from typing import TypeVar

import pytest

from cnnviz.system import files
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.event_log import EventLog
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run

Result = TypeVar("Result")
ROWS = [{"kind": "interval", "loss": 2.3}, {"kind": "epoch", "note": "Größe\u2028"}, {"step": 3}]


@pytest.fixture
def run() -> Run:
    return make_run(Settings(), state="running")


def lines(rows: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def test_a_line_torn_at_any_offset_waits_for_its_rest(run: Run) -> None:
    path = run.path / "metrics.jsonl"
    before, whole = lines(ROWS[:1]), lines(ROWS)
    for size in range(len(before), len(whole)):
        path.write_bytes(whole[:size])
        first, offset = run.log.read()
        path.write_bytes(whole)
        rest, end = run.log.read(offset)
        assert first + rest == ROWS
        assert end == len(whole)


def test_nothing_new_is_an_empty_answer(run: Run) -> None:
    assert run.log.read() == ([], 0)
    (run.path / "metrics.jsonl").write_bytes(lines(ROWS))
    _, offset = run.log.read()
    assert run.log.read(offset) == ([], offset)


def test_a_log_that_became_shorter_is_read_from_its_start(run: Run) -> None:
    (run.path / "metrics.jsonl").write_bytes(lines(ROWS[:1]))
    assert run.log.read(10_000) == (ROWS[:1], len(lines(ROWS[:1])))


@pytest.mark.parametrize("read", [lambda log: log.read(), lambda log: (log.epochs(), 0)])
def test_a_run_that_is_deleted_before_its_log_is_opened_has_no_events(
    read: Callable[[EventLog], tuple[list[object], int]],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (run.path / "metrics.jsonl").write_bytes(lines(ROWS))
    original = files.retry_while_open

    def delete_first(call: Callable[[], Result]) -> Result:
        shutil.rmtree(run.path)
        return original(call)

    monkeypatch.setattr(files, "retry_while_open", delete_first)
    assert read(run.log) == ([], 0)
    assert not run.path.exists()
