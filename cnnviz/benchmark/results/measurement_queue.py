"""Queue of measurements: one runs at a time per machine and user, the others wait in a line.

The running measurement holds a lock in a folder of the user, wherever its runs are stored, and the
waiting ones are in a queue beside it. The system releases a lock when the process that holds it
ends. Neither PyTorch nor Streamlit is imported here.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from cnnviz.benchmark.results.measurements import (
    UNFINISHED,
    Measurement,
    MeasurementError,
    create_measurement,
    measurement_summaries,
    measurements_dir,
)
from cnnviz.benchmark.results.plan import Plan
from cnnviz.system import locks, processes
from cnnviz.system.arrivals import ArrivalQueue

MAX_WAITING = 3  # measurements started on a page
MAX_MINUTES = 15  # of timing, in a measurement started on a page
_START_TIMEOUT = 60.0  # seconds for a new process to take its lock
_PATIENCE = 30.0  # seconds to wait for others that start a measurement


def measuring_lock() -> FileLock:
    """Return the lock that the running measurement holds: one at a time per machine and user.

    Raises:
        OSError: if its folder belongs to another user or cannot be written.
    """
    return FileLock(_lock_path("cnnviz-measuring", ".lock"))


def waiting_line() -> ArrivalQueue:
    """Return the queue of the measurements that wait for the lock; errors as `measuring_lock`."""
    return ArrivalQueue(_lock_path("cnnviz-measurements", ""))


def running_measurement() -> Measurement | None:
    """Return the measurement that is running or waiting, whoever started it; the newest of them."""
    return next(iter(_unfinished()), None)


def launch_measurement(plan: Plan) -> Measurement:
    """Create a measurement and start the process that carries it out.

    Raises:
        MeasurementError: if it would take too long, too many are waiting, the process does not
            start, or its folder cannot be created.
        OSError: if the file cannot be written.
    """
    minutes = plan.timed_seconds() / 60
    if minutes > MAX_MINUTES:
        raise MeasurementError(
            f"a measurement must take at most {MAX_MINUTES} minutes of timing, got {minutes:.0f}: "
            "choose fewer networks, engines, batch sizes or threads, or use cnnviz bench"
        )
    with _admission():
        waiting = max(0, len(_unfinished()) - 1)  # one of them runs
        if waiting >= MAX_WAITING:
            raise MeasurementError(
                f"at most {MAX_WAITING} measurements may wait, got {waiting}: this one would be "
                f"number {waiting + 1} in the queue; cancel one, or try again later"
            )
        return _start(create_measurement(plan))


def _start(measurement: Measurement) -> Measurement:
    """Start the process of a measurement, and wait until it has the measurement's lock."""
    log = measurement.file("log")
    process = processes.spawn("cnnviz.benchmark.process", measurement.id, output=log)
    deadline = time.monotonic() + _START_TIMEOUT  # seconds
    while not measurement.locked() and measurement.stored_record().state in UNFINISHED:
        if process.poll() is not None or time.monotonic() > deadline:
            processes.end(process)
            raise MeasurementError(f"the measuring process did not start: see {measurement.id}.log")
        time.sleep(0.01)
    return measurement


def _unfinished() -> list[Measurement]:
    """Return the measurements whose processes run or wait, newest first."""
    unfinished = (s.measurement for s in measurement_summaries() if s.state in UNFINISHED)
    return [measurement for measurement in unfinished if measurement.locked()]


@contextlib.contextmanager
def _admission() -> Iterator[None]:
    """Keep others from starting a measurement meanwhile."""
    with contextlib.suppress(FileExistsError, NotADirectoryError):  # `create_measurement` says so
        measurements_dir().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(measurements_dir().with_name(".measurements.lock"), timeout=_PATIENCE):
            yield
    except Timeout:
        raise MeasurementError(
            "many measurements are being started: try again in a minute"
        ) from None


def _lock_path(name: str, suffix: str) -> Path:
    """Return the path of a file or folder for the locks of this user."""
    getter: Any = getattr(os, "getuid", None)  # Windows has none, and a folder for each user
    user = f"-{getter()}" if getter else ""
    return locks.user_lock_path(f"{name}{user}{suffix}")
