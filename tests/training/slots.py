"""Training slots of the machine, all taken by a test."""

import contextlib
from collections.abc import Iterator

from filelock import FileLock

from cnnviz.system import paths
from cnnviz.training.runs import job_queue


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Hold every slot, so that runs stay in the queue."""
    with contextlib.ExitStack() as stack:
        for number in range(job_queue.slot_count()):
            stack.enter_context(FileLock(paths.runs_dir() / f".slot-{number}.lock"))
        yield
