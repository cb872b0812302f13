"""Hundreds of runs and measurements on disk, and a count of what is opened and listed."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Findings
from cnnviz.benchmark.results.plan import Plan
from cnnviz.training.runs.store import Run
from tests.on_disk import epoch_row, interval_row, make_measurement, make_run

LOG = [*(interval_row(step) for step in range(1, 21)), epoch_row(2)]
_recording: dict[str, list[list[str]]] = {"open": [], "os.listdir": []}


def _record(event: str, arguments: tuple[object, ...]) -> None:
    for names in _recording.get(event, ()):
        if isinstance(arguments[0], str | os.PathLike):
            names.append(os.fspath(arguments[0]))


sys.addaudithook(_record)


@contextmanager
def opened_below(folder: Path) -> Iterator[list[str]]:
    """Collect the files below a folder that this process opens, once for each time."""
    with _recorded("open") as names:
        yield names
    names[:] = [name for name in names if name.startswith(os.fspath(folder))]


@contextmanager
def listings_of(folder: Path) -> Iterator[list[str]]:
    """Collect a folder's path once for each time that this process lists it."""
    with _recorded("os.listdir") as names:
        yield names
    names[:] = [name for name in names if Path(name) == folder]


@contextmanager
def _recorded(event: str) -> Iterator[list[str]]:
    names: list[str] = []
    _recording[event].append(names)
    yield names
    _recording[event] = [others for others in _recording[event] if others is not names]


def many_runs(count: int, *, first: int = 0) -> list[Run]:
    """Write finished runs with weights and a log, which have not changed for an hour.

    Args:
        count: of the runs.
        first: number of the oldest one.
    """
    template = make_run(log=LOG, weights=0, step=20, total_steps=20, test_accuracy=0.97)
    copies = []
    for number in range(first, first + count):
        clock = f"{number // 3600:02}{number // 60 % 60:02}{number % 60:02}"
        path = template.path.with_name(f"20240101-{clock}-{number:06x}")
        path.mkdir()
        for file in template.path.iterdir():
            (path / file.name).hardlink_to(file)
        copies.append(Run(path))
    for file in template.path.iterdir():
        file.unlink()
    template.path.rmdir()
    for copy in copies:
        settle(copy.path)
    return copies[::-1]


def many_measurements(count: int, plan: Plan, findings: Findings) -> None:
    """Write finished measurements, which have not changed for an hour."""
    template = make_measurement(plan, findings)
    for number in range(count):
        clock = f"{number // 3600:02}{number // 60 % 60:02}{number % 60:02}"
        path = measurements.measurements_dir() / f"20240101-{clock}-{number:06x}.json"
        path.hardlink_to(template.path)
    template.path.unlink()
    settle(path)


def settle(path: Path) -> None:
    """Set the time of a file or folder back by an hour, as if it had not changed since."""
    past = time.time() - 3600
    os.utime(path, (past, past))
