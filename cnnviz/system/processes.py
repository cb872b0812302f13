"""Child processes that outlive this one: trainers and measurements."""

import os
import subprocess
import sys
from pathlib import Path

from cnnviz.system import paths

# A thread that waits for the others spins: at OpenMP's default length, one busy page beside a
# training on every core made each step six times as long; at this one, less than twice.
SPIN = "10000"

children: list["subprocess.Popen[str]"] = []  # started here and not yet known to have ended


def spawn(
    module: str, *arguments: str, output: Path | None, modest: bool = False
) -> "subprocess.Popen[str]":
    """Start a module in a session of its own, so that no Ctrl-C or hang-up reaches it.

    Args:
        module: dotted name, as after `python -m`.
        arguments: for it.
        output: file that what it prints is added to; None throws that away and opens a pipe to its
            standard input.
        modest: whether Windows gives it a lower priority; elsewhere it sees to that itself.
    """
    flags = 0
    if sys.platform == "win32":  # a console of its own, since closing one ends all that are in it
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS if modest else 0
    with Path(output or os.devnull).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE if output is None else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"GOMP_SPINCOUNT": SPIN, **os.environ, **paths.module_environment()},
            start_new_session=sys.platform != "win32",
            creationflags=flags,
            text=True,
        )
    children.append(process)
    return process


def reap() -> None:
    """Forget the children that have ended, so that none stays behind as a zombie."""
    children[:] = [child for child in children if child.poll() is None]
