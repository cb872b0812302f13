"""A training on a file system that is really full."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnviz.training.runs.failures import DISK_FULL
from tests.training.killed import Fork, assert_undisturbed, made, train
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a file system in memory")


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder of runs, on a file system of 24 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a file system")
    monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(folder))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_ends_a_training_in_a_sentence_and_loses_nothing(
    small_disk: Path, few: Path, fork: Fork
) -> None:
    straight, run = made(epochs=10), made(epochs=10)
    fork(train, straight, few).join()
    trainer = fork(train, run, few)
    until(lambda: run.recorded_status().step > 10)
    with contextlib.suppress(OSError), (small_disk / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    trainer.join(20)
    assert trainer.exitcode == 0
    status = run.status()
    assert (status.state, status.message) == ("failed", DISK_FULL)
    assert status.step > 10
    (small_disk / "filler").unlink()
    fork(train, run, few).join()
    assert_undisturbed(run, straight)
