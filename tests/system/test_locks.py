import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.system import locks
from cnnviz.system.locks import held

ROOT = Path(__file__).parents[2]

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


# Of another user

AS_NOBODY = (
    "import os, sys; from pathlib import Path; from cnnviz.system import locks;"
    "locks.probe(Path(sys.argv[1])); os.setuid(65534);"  # what it needs is imported before
    "print(locks.probe(Path(sys.argv[1])), locks.held(Path(sys.argv[1])))"
)


def asked_by_nobody(path: Path) -> list[str]:
    """What another user is told about a lock: whether it is held, and what counts."""
    for folder in path.parents:
        if folder.is_relative_to("/tmp/") and folder != Path("/tmp"):
            folder.chmod(0o755)
    command = [sys.executable, "-c", AS_NOBODY, str(path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return answer.stdout.split()


needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.getuid() != 0, reason="changes the user"
)


@needs_root
@pytest.mark.usefixtures("holder")
def test_a_lock_of_another_user_that_may_be_read_tells_whether_it_is_held(
    holder: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    (tmp_path / "lock").chmod(0o644)
    assert asked_by_nobody(tmp_path / "lock") == ["True", "True"]
    holder.kill()
    holder.wait()
    assert asked_by_nobody(tmp_path / "lock") == ["False", "False"]


@needs_root
def test_a_lock_of_another_user_that_may_not_be_read_counts_as_held(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "lock").chmod(0o600)
    assert asked_by_nobody(tmp_path / "lock") == ["None", "True"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EIO])
def test_a_file_system_without_locks_does_not_tell(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    (tmp_path / "lock").touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert locks.probe(tmp_path / "lock") is None
    assert held(tmp_path / "lock")


def test_a_shared_lock_is_held_by_one(tmp_path: Path) -> None:
    first, second = (locks.SharedLock(tmp_path / "lock") for _ in range(2))
    assert first.try_acquire()
    assert not second.try_acquire()
    assert not second.acquire(0.05)
    assert (first.is_locked, second.is_locked, held(tmp_path / "lock")) == (True, False, True)
    first.release()
    first.release()
    assert second.acquire(5)
    second.release()
    assert not held(tmp_path / "lock")
