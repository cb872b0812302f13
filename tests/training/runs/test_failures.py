"""How a training ends, and what a failure is called, on errors that the system itself raises."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnviz.training.runs import failures
from cnnviz.training.runs.store import Run
from tests.on_disk import make_run

FULL = "The disk is full: free some space, then resume the run."


def test_memory_that_linux_refuses_is_called_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert failures.error_message(caught.value).startswith("There was not enough memory")


def test_memory_that_python_refuses_is_called_memory() -> None:
    with pytest.raises(MemoryError) as caught:
        bytearray(2**62)
    assert failures.error_message(caught.value).startswith("There was not enough memory")


def test_a_file_that_the_system_refuses_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        (tmp_path / "folder").write_text("")
    sentence = failures.error_message(caught.value)
    assert sentence == "Cannot access folder: Is a directory."


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_used_up_quota_are_one_sentence(number: int) -> None:
    assert failures.error_message(OSError(number, os.strerror(number), "last.safetensors")) == FULL


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("  batch size 0\nand more\n"), "batch size 0"),
        (ValueError(), "ValueError"),
        (OSError("no number"), "Cannot access a file: no number."),
    ],
)
def test_any_other_error_is_its_own_first_line(error: Exception, sentence: str) -> None:
    assert failures.error_message(error) == sentence


def test_a_failure_is_the_runs_status_and_in_full_in_its_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = make_run(state="running", step=7, total_steps=20, seconds=1.5)
    try:
        raise ValueError("weights do not fit\nin detail")
    except ValueError as error:
        status = failures.fail_run(run, error)
    assert run.recorded_status() == status
    assert (status.state, status.message) == ("failed", "weights do not fit")
    assert (status.step, status.total_steps, status.seconds) == (7, 20, 1.5)
    log = capfd.readouterr().err
    assert log.startswith("Traceback")
    assert "in detail" in log


def test_an_end_that_does_not_fit_on_the_disk_raises_nothing_and_reads_as_interrupted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = make_run(state="running", step=7)
    with monkeypatch.context() as patch:

        def refuse(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch.setattr(Run, "write_status", refuse)
        patch.setattr(Run, "overwrite_status", refuse)
        assert failures.end_run(run, "finished").state == "finished"
    assert run.recorded_status().state == "running"
    assert run.status().state == "interrupted"  # nobody holds its lock


def test_an_end_that_only_fits_in_place_is_kept(
    failing: Callable[[str, int], Any],
) -> None:
    run = make_run(state="running", step=7)
    before = [path.name for path in run.path.iterdir()]
    with failing("replace", 1):
        failures.end_run(run, "failed", failures.DISK_FULL)
    assert (run.status().state, run.status().message) == ("failed", failures.DISK_FULL)
    assert run.status().step == 7
    with failing("replace", 1):  # a shorter one leaves nothing of the longer one
        failures.end_run(run, "stopped")
    assert (run.status().state, run.status().message) == ("stopped", "")
    assert [path.name for path in run.path.iterdir()] == before
