import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.system.locks import held

HOLDER = (
    "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire();"
    "print(1, flush=True); sys.stdin.read()"
)


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that holds the lock `tmp_path / "lock"`."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield process
        process.kill()


def test_a_lock_that_was_never_taken_is_free_and_stays_uncreated(tmp_path: Path) -> None:
    assert not held(tmp_path / "lock")
    assert not held(tmp_path / "no folder" / "lock")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_held_until_its_holder_is_killed(
    holder: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    assert held(tmp_path / "lock")
    holder.kill()
    holder.wait()
    assert not held(tmp_path / "lock")


def test_asking_leaves_the_lock_free(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    assert not held(tmp_path / "lock")
    with FileLock(tmp_path / "lock", timeout=0):
        pass


def test_patience_waits_as_long_as_it_says(
    holder: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    began = time.monotonic()
    assert held(tmp_path / "lock", patience=0.3)
    assert time.monotonic() - began >= 0.3
    assert holder.poll() is None
