"""The end of a process's output: short, and without the machine's folders."""

import traceback
from pathlib import Path

import pytest

from cnnviz.system import paths
from cnnviz.system.job_output import output_tail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


def test_a_log_that_is_missing_or_empty_has_no_end(log: Path) -> None:
    assert output_tail(log) == ""
    log.write_text("\n \n")
    assert output_tail(log) == ""


def test_the_end_is_fifteen_lines_however_long_the_log_is(log: Path) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    assert output_tail(log).splitlines() == [f"line {number}" for number in range(99_985, 100_000)]


def test_a_line_without_end_and_bytes_that_are_no_text_are_cut(log: Path) -> None:
    log.write_bytes(b"\xff" * 50_000)
    assert 0 < len(output_tail(log)) <= 8_192


def test_a_traceback_names_modules_without_their_folders(log: Path) -> None:
    import msgspec

    try:
        msgspec.structs.replace(None)
    except TypeError:
        log.write_text(traceback.format_exc())
    root = paths.checkout()
    assert 'File "tests/system/test_job_output.py", line' in output_tail(log)
    assert str(root) not in output_tail(log)
    log.write_text('  File "/usr/lib/python3.11/site-packages/torch/nn/x.py", line 7, in y\n')
    assert output_tail(log) == '  File "torch/nn/x.py", line 7, in y'
    log.write_text('  File "/home/somebody/secret/x.py", line 7, in y\n')
    assert output_tail(log) == '  File "x.py", line 7, in y'
