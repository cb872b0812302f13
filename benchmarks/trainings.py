"""A training that runs while a benchmark measures."""

import contextlib
import time
from collections.abc import Iterator

from cnnviz.training import launch
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs.store import Run


@contextlib.contextmanager
def training(settings: Settings, *, steps: int = 1) -> Iterator[Run]:
    """Start a training, yield it after some steps, and stop it at the end of the block."""
    run = launch.start_run(settings)
    try:
        while run.status().step < steps:
            time.sleep(0.1)
        yield run
    finally:
        run.request("stop")
        while run.status().live:
            time.sleep(0.1)
