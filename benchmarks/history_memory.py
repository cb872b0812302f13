"""Memory of the histories that viewers of one long training hold.

    python -m benchmarks.history_memory [--rows 8000] [--viewers 30]

Writes the log of a run of ResNet-152 with that many intervals, reads it once for each viewer as the
Train page does, and prints the memory of all histories together as counted, and the growth of this
process. A page holds its history while it draws; here all viewers hold theirs at the same time.
"""

import argparse
import gc
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.processes import megabytes, this_process
from cnnviz.system.sized_cache import memory_of
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.cached import histories
from tests.on_disk import interval_row

NORMS, RELUS = 156, 151  # layers of ResNet-152 whose numbers a line has


def interval_of_resnet152(step: int) -> dict[str, Any]:
    """Return a line of the log of ResNet-152, which has 10 kB."""
    norms = {f"layer.{number}.conv.weight": 1 / (number + 3) for number in range(NORMS)}
    dead = {f"layer.{number}.relu": 1 / (number + 7) for number in range(RELUS)}
    return interval_row(step, gradient_norms=norms, dead=dead)


def write_run(rows: int) -> Run:
    """Write a run whose log has that many intervals."""
    run = store.create_run(Settings(model="resnet152", source="embedded"), versions={})
    with run.log.path.open("w") as file:
        for step in range(rows):
            file.write(json.dumps(interval_of_resnet152(step)) + "\n")
    run.write_status(Status(state="finished", step=rows, total_steps=rows))
    return run


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=8000)
    parser.add_argument("--viewers", type=int, default=30)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"CNNVIZ_RUNS_DIR": str(Path(folder))}),
    ):
        run = write_run(options.rows)
        gc.collect()
        before = megabytes(this_process())
        read = [histories.history(run) for _ in range(options.viewers)]
        gc.collect()
        grown = megabytes(this_process()) - before
    print(f"{options.viewers} viewers of {options.rows:,} intervals of ResNet-152")
    print(f"histories, counted: {memory_of(read) / 1e6:8.1f} MB")
    print(f"growth of RSS:      {grown:8.1f} MB")


if __name__ == "__main__":
    main()
