"""Trainings in which any call to the file system fails: each ends in a sentence and goes on.

The training that nothing disturbs is the oracle. `CNNVIZ_CHAOS=200` sets the number of failures for
each kind of call.
"""

import errno
import io
import os
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from cnnviz.training import worker
from cnnviz.training.runs.store import Run
from tests.training.runs.sessions import assert_same_network, course, made, stored_events, train

pytestmark = pytest.mark.usefixtures("quick")

TIMES = int(os.environ.get("CNNVIZ_CHAOS", "2"))
CALLS = {"fsync": os, "replace": os, "write": os, "open": io}
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)


def disturbed(run: Run, patch: pytest.MonkeyPatch, name: str, nth: int, number: int) -> int:
    """Train with an error at the nth call of a function; return how often it was called."""
    original: Callable[..., Any] = getattr(CALLS[name], name)
    calls = 0

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        path = str(arguments[0])  # TensorBoard writes in a thread of its own
        if name != "open" or (str(run.path) in path and "tensorboard" not in path):
            calls += 1
            if calls == nth:
                raise OSError(number, os.strerror(number))
        return original(*arguments, **options)

    with patch.context() as inner:
        inner.setattr(CALLS[name], name, call)
        worker.execute_run(run)
    return calls


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_fails_costs_no_event_and_no_bit(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw, straight, counted = random.Random(seed), made(epochs=1), made(epochs=1)
    train(straight)
    total = disturbed(counted, monkeypatch, name, 0, 0)
    failed = 0
    for _ in range(TIMES):
        run, nth, number = made(epochs=1), draw.randint(1, total), draw.choice(ERRORS)
        print(f"{errno.errorcode[number]} at call {nth} of {total} of {name}")
        disturbed(run, monkeypatch, name, nth, number)
        status = run.status()
        assert status.state in ("failed", "interrupted", "finished")
        if status.state == "failed":
            failed += 1
            assert re.fullmatch(
                r"(The disk is full|Cannot access|\S+ is damaged).*\.|\S+ of run .* cannot be read",
                status.message,
            )
        run.request("run")
        assert worker.execute_run(run).state == "finished"
        assert course(run) == course(straight)
        assert stored_events(run) == run.log.read()[0]
        assert_same_network(run, straight)
        assert [path.name for path in run.path.rglob(".*-*")] == []
    print(f"{failed} of {TIMES} ended as failed")


def test_what_a_killed_trainer_was_writing_is_removed() -> None:
    run = made(epochs=1)
    names = ("last.safetensors", "status.json", "preview.json", "metrics.jsonl", "history.jsonl")
    for name in names:
        (run.path / f".{name}-0123456789ab").write_bytes(b"half")
    (run.path / ".label.json-0123456789ab").write_bytes(b"a page is writing this")
    train(run)
    assert [path.name for path in run.path.glob(".*-*")] == [".label.json-0123456789ab"]
