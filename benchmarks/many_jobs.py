"""CPU time of a rerun of each page with many runs, races and measurements on disk.

    python -m benchmarks.many_jobs [--counts 0 500 2000] [--rounds 5] [--pages train draw ...]

Runs, races and measurements are written without training or timing anything: a run has a log of 300
lines and the weights of LeNet-5. One run is live: this process holds its lock. Each page is opened
in Streamlit's test client and run again; the table shows the median CPU time of a rerun of this
process in milliseconds, and in brackets that of the page's first run. The test client adds a
few milliseconds of its own, which the row for 0 runs shows.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from unittest import mock

from streamlit.testing.v1 import AppTest

from benchmarks.served import ROOT
from benchmarks.targets import print_load
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Conditions, Findings, Timing
from cnnviz.benchmark.results.measurements import MeasurementRecord
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.models.catalog import CATALOG
from cnnviz.system import files
from cnnviz.system.versions import versions
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.runs import networks, store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run
from cnnviz.ui.shell import warmup
from tests.on_disk import epoch_row, interval_row, write_log

PAGES = ("train", "draw", "compare", "report", "race", "time")
TARGET = 50.0  # ms of CPU time
_LINES = 300  # of a log
_HOUR = 3600.0  # seconds; the files are older than that


def write_jobs(count: int) -> Run | None:
    """Write `count` runs, races and measurements; return a run for this process to lock."""
    if not count:
        return None
    template = _template_run()
    names = [
        f"20250101-{i // 3600 % 24:02}{i // 60 % 60:02}{i % 60:02}-{i:06x}" for i in range(count)
    ]
    for name in names:
        _copy_run(template, template.path.with_name(name))
    _write_races(names)
    _write_measurements(names)
    live = Run(template.path.with_name(names[-1]))
    live.write_status(Status(state="running", step=100, total_steps=1000))
    shutil.rmtree(template.path)
    return live


def _template_run() -> Run:
    run = store.create_run(Settings(model="lenet5", source="embedded"), versions={})
    shipped = networks.find_network("shipped-lenet5")
    shutil.copy(shipped.weights, run.weights)
    steps = range(1, _LINES)
    write_log(run, [*(interval_row(step) for step in steps), epoch_row(1)])
    run.write_status(
        Status(
            state="finished",
            step=_LINES,
            total_steps=_LINES,
            test_accuracy=0.97,
            tested_on="20 digits",
        )
    )
    return run


def _copy_run(template: Run, path: Path) -> None:
    path.mkdir()
    for file in template.path.iterdir():
        # links take no space: the copies are read only
        (path / file.name).hardlink_to(file)
    past = time.time() - _HOUR
    os.utime(path, (past, past))


def _write_races(names: list[str]) -> None:
    for name in names:
        folder = race.races_dir() / name
        folder.mkdir(parents=True)
        entries = [{"model": "lenet5", "seed": 0, "run": name}]
        record = {"contestants": entries, "preset": "quick", "created": "2025-01-01T00:00:00+0000"}
        files.write_json(folder / "race.json", record)
        past = time.time() - _HOUR
        os.utime(folder, (past, past))


def _write_measurements(names: list[str]) -> None:
    models = tuple(CATALOG)[:4]
    latency = Latency(9.0, tuple([2.0] * 20), tuple([1.25] * 100), 125.0)
    timings = tuple(Timing(model, CATALOG[model].title, "torch", 1, 1, latency) for model in models)
    conditions = Conditions(platform.node(), "a processor", 2, versions(), "2025-01-01", 0.1)
    record = MeasurementRecord(Plan(models), "finished", "", conditions, Findings(timings=timings))
    template = measurements.create_measurement(record.plan)
    template.write(record)
    past = time.time() - _HOUR
    os.utime(template.path, (past, past))  # the links' too
    for name in names:
        template.path.with_name(f"{name}.json").hardlink_to(template.path)
    template.path.unlink()


def cpu_milliseconds(call: Callable[[], object]) -> float:
    """Return the CPU time of a call in this process, all threads together."""
    start = time.process_time()
    call()
    return 1000 * (time.process_time() - start)


def open_page(name: str) -> tuple[AppTest, float]:
    """Return a page after its first run, and the CPU time of it in ms."""
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=600)
    app = app.switch_page(f"pages/{name}.py")
    first = cpu_milliseconds(app.run)
    if app.exception:
        raise RuntimeError(f"{name}: {app.exception[0].value}")
    return app, first


def rerun_times(app: AppTest, rounds: int) -> list[float]:
    """Return the CPU time of each rerun in ms, after background calls have ended."""
    time.sleep(1.0)
    app.run()
    times = []
    for _ in range(rounds):
        time.sleep(0.3)  # background calls of the run before
        times.append(cpu_milliseconds(app.run))
    return times


def main() -> int:
    """Print a table; return 1 if a page takes longer than the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[0, 500, 2000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", nargs="+", default=list(PAGES), choices=PAGES)
    options = parser.parse_args()
    warmup.start_warm_up()
    warmup._warm_up().hurry.set()
    warmup._warm_up().done.wait()
    slow = False
    print(f"{'jobs':>6}  " + "".join(f"{page:>18}" for page in options.pages))
    for count in options.counts:
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.dict(os.environ, {"CNNVIZ_RUNS_DIR": folder}),
        ):
            cells = _measure(count, options.pages, options.rounds)
        print(f"{count:6}  " + "".join(f"{m:8.1f} ({f:7.0f})" for m, f in cells), flush=True)
        slow |= count > 0 and any(m > TARGET for m, _ in cells)
    print(f"median ms of CPU time of a rerun (of the first run); target {TARGET:.0f} ms")
    print_load()
    return int(slow)


def _measure(count: int, pages: list[str], rounds: int) -> list[tuple[float, float]]:
    live = write_jobs(count)
    cells = []
    lock = live.lock() if live else None
    if lock:
        lock.acquire()
    for page in pages:
        app, first = open_page(page)
        cells.append((median(rerun_times(app, rounds)), first))
    if lock:
        lock.release()
    return cells


if __name__ == "__main__":
    sys.exit(main())
