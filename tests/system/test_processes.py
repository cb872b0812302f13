import os
import sys
import time
from pathlib import Path

import pytest

from cnnviz.system import processes

MODULE = """
import os, sys
print(sys.argv[1:], os.environ["GOMP_SPINCOUNT"], os.environ["PYTHONPATH"].split(os.pathsep)[-1])
print(sys.stdin.read())
if hasattr(os, "getsid"): print(os.getsid(0) == os.getpid())
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that prints what it was started with."""
    (tmp_path / "told.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.setattr(processes, "children", [])
    return "told"


def test_a_module_gets_its_arguments_and_its_output_is_added_to_a_file(
    module: str, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    child = processes.spawn(module, "one", "two words", output=log)
    assert child.wait(20) == 0
    lines = log.read_text().splitlines()
    assert lines[:3] == ["before", f"['one', 'two words'] 10000 {tmp_path}", ""]  # no input
    if sys.platform != "win32":
        assert lines[3:] == ["True"]  # leads a session of its own


def test_without_output_there_is_a_pipe_to_its_input(module: str) -> None:
    child = processes.spawn(module, output=None)
    assert child.stdin
    assert child.stdout is None
    time.sleep(0.1)
    assert child.poll() is None  # it waits for the end of its input
    child.stdin.close()
    assert child.wait(20) == 0


def test_children_that_have_ended_are_forgotten(module: str) -> None:
    ended, waiting = (processes.spawn(module, output=None) for _ in range(2))
    assert processes.children == [ended, waiting]
    assert ended.stdin
    assert waiting.stdin
    ended.stdin.close()
    ended.wait(20)
    processes.reap()
    assert processes.children == [waiting]
    waiting.stdin.close()
    waiting.wait(20)


@pytest.mark.skipif(sys.platform == "win32", reason="signal 0 asks whether a process is there")
def test_reaping_leaves_no_zombie(module: str) -> None:
    child = processes.spawn(module, output=None)
    assert child.stdin
    child.stdin.close()
    deadline = time.monotonic() + 20
    while processes.children and time.monotonic() < deadline:
        processes.reap()
        time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
