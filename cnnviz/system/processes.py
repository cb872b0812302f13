"""Child processes that outlive this process: trainers and measurements."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from cnnviz.system import paths

# OpenMP threads spin while they wait for each other. With the default count, one busy page beside a
# training on all cores made its steps six times as long; with this one, less than twice.
SPIN_COUNT = "10000"

children: list["subprocess.Popen[str]"] = []  # started here, and not known to have ended


def spawn(
    module: str, *arguments: str, output: Path | None, low_priority: bool = False
) -> "subprocess.Popen[str]":
    """Start a module in a session of its own, which no Ctrl-C or hang-up reaches.

    Children that have ended are reaped and forgotten first, so that no zombies pile up.

    Args:
        module: dotted name, as after `python -m`.
        arguments: of the module.
        output: file to append its output to; None discards the output and opens a pipe to its
            standard input.
        low_priority: whether Windows gives it a lower priority; on other systems it does so itself.
    """
    flags = 0
    if sys.platform == "win32":  # no shared console, since closing one ends all of its processes
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS if low_priority else 0
    with Path(output or os.devnull).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE if output is None else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"GOMP_SPINCOUNT": SPIN_COUNT, **os.environ, **paths.module_environment()},
            start_new_session=sys.platform != "win32",
            creationflags=flags,
            text=True,
        )
    reap()
    children.append(process)
    return process


def end(process: "subprocess.Popen[str]") -> None:
    """End a child at once, and wait until it has ended."""
    process.kill()
    process.wait()


def reap() -> None:
    """Reap and forget the children that have ended."""
    for child in children:
        if child.stdin and child.poll() is not None:
            with contextlib.suppress(OSError):  # what was written to it is of no use any more
                child.stdin.close()
    children[:] = [child for child in children if child.poll() is None]
