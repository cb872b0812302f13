"""Cost of a checkpoint after many events, and a training whose events exceed 100 MB.

    python -m benchmarks.long_history [--megabytes 0 10 100] [--train 0]

A row has 10 kB, as for ResNet-152. `--train` drives a real training of LeNet-5 to so many MB of
events, stopped and resumed five times on its way. Target: a save takes the same time, within a
factor of two, after 100 MB as at the start.
"""

import argparse
import functools
import os
import tempfile
import time
from statistics import median
from unittest import mock

from cnnviz.data.mnist import load_digits
from cnnviz.training import worker
from cnnviz.training.engine import setup
from cnnviz.training.engine.events import Event, IntervalEvent, StepEvent
from cnnviz.training.engine.layer_health import weight_gradient_norms
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import session, store
from cnnviz.training.runs.recorder import Recorder
from cnnviz.training.runs.records import Status

ROW = 10_000  # bytes
SAVES = 7
STOPS = 5
SMALL = Settings(model="lenet5", epochs=1, source="embedded", device="cpu", threads=1)


def save_milliseconds(megabytes: int) -> float:
    """Return the median time of a save with one new row, after so many MB of rows."""
    run = store.create_run(SMALL, versions={})
    digits = load_digits("embedded")
    recorder = Recorder(run, Trainer(setup.build_network(SMALL), digits, SMALL), digits, threads=1)
    names = {f"layer{number:04d}.weight": 0.123456789 for number in range(ROW // 34)}
    row = IntervalEvent(1, 0.1, 0.1, 2.0, 0.5, 100.0, 0.01, names, {})
    for _ in range(megabytes * 10**6 // ROW):
        recorder.record(row, state="running")
    times = []
    for _ in range(SAVES):
        recorder.record(row, state="running")
        began = time.perf_counter()
        recorder.save_checkpoint()
        times.append(1000 * (time.perf_counter() - began))
    recorder.close()
    return median(times[1:])


def train_to(megabytes: int) -> tuple[str, int]:
    """Train until the log has so many MB, with stops; return the last state and its size in MB."""
    settings = SMALL.replace(epochs=10, batch_size=16)
    total = settings.epochs * -(-len(load_digits("embedded").train_labels) // settings.batch_size)
    padding = "x" * (megabytes * 10**6 // total)
    run = store.create_run(settings, versions={})
    run.write_status(Status(state="queued"))
    with (
        mock.patch(
            "cnnviz.training.engine.trainer.weight_gradient_norms",
            lambda model: weight_gradient_norms(model) | {padding: 1.0},
        ),
        mock.patch.object(session, "Trainer", functools.partial(Trainer, measure_every=0.0)),
    ):
        for stop in range(1, STOPS + 2):
            end = StepEvent(total * stop // (STOPS + 1))

            def observe(event: Event, end: StepEvent = end) -> None:
                if event == end and end.step < total:
                    run.request("stop")

            run.request("run")
            status = worker.execute_run(run, observe)
    return status.state, run.log.path.stat().st_size // 10**6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, nargs="*", default=[0, 10, 100])
    parser.add_argument("--train", type=int, default=0, help="MB of events of a real training")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CNNVIZ_RUNS_DIR"] = folder
        for megabytes in options.megabytes:
            print(f"{megabytes:>5} MB of events: {save_milliseconds(megabytes):.1f} ms a save")
        if options.train:
            state, size = train_to(options.train)
            print(f"training with {STOPS} stops: {state}, {size} MB of events")


if __name__ == "__main__":
    main()
