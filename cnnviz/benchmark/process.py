"""The process that carries out a measurement: `python -m cnnviz.benchmark.process ID`.

It holds the measurement's lock while it lives, waits until no other measurement runs on this
machine, and writes down what it finds. PyTorch is imported only after the wait.
"""

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace

from filelock import FileLock, Timeout

from cnnviz.benchmark.execution import Execution, ProgressObserver
from cnnviz.benchmark.results import measurement_queue, measurements
from cnnviz.benchmark.results.measurements import (
    Measurement,
    MeasurementError,
    MeasurementRecord,
    Progress,
)
from cnnviz.benchmark.timing.protocol import CanceledError
from cnnviz.training.runs.failures import error_message

_POLL_SECONDS = 0.1  # between two attempts to begin, and two looks whether it was canceled
_GRACE_SECONDS = 3.0  # from canceling to the end of the process, whatever it is doing
_END = threading.Lock()  # held while the last record is written
_ABORTED = "The step could not be interrupted and was aborted: the calls of its round are lost."


def run_measurement(
    measurement: Measurement, observe: ProgressObserver = lambda _: None, *, trace: bool = False
) -> MeasurementRecord:
    """Wait until no other measurement runs, carry this one out, and return its record.

    Args:
        measurement: created by `measurements.create_measurement`.
        observe: called with the progress, about five times per second.
        trace: print the traceback of a failure, for the log.

    Raises:
        MeasurementError: if another process carries it out.
    """
    try:
        with measurement.lock():
            record = _run(measurement, observe, trace)
    except Timeout:
        raise MeasurementError(
            "this measurement is already carried out by another process"
        ) from None
    measurement.remove_temporary_files()
    return record


def _run(measurement: Measurement, observe: ProgressObserver, trace: bool) -> MeasurementRecord:
    record = measurement.stored_record()
    try:
        with _only_measurement(measurement, observe):
            record = Execution(measurement, observe).run()
    except CanceledError:
        record = replace(measurement.stored_record(), state=measurements.CANCELED)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user reads it on the page
        if trace:
            traceback.print_exc()
        message = error_message(error)
        record = replace(measurement.stored_record(), state="failed", message=message)
    with _END:
        measurement.write(record)
    return record


@contextlib.contextmanager
def _only_measurement(measurement: Measurement, observe: ProgressObserver) -> Iterator[None]:
    """Wait for the lock of this machine's only running measurement and hold it."""
    lock, line = measurement_queue.measuring_lock(), measurement_queue.waiting_line()
    line.join()
    try:
        while (ahead := line.ahead()) or not _acquired(lock):
            if measurement.canceled:
                raise CanceledError
            others = "another measurement" if not ahead else f"{ahead + 1} other measurements"
            progress = Progress(0.0, f"waiting for {others}")
            measurement.write_progress(progress)
            observe(progress)
            time.sleep(_POLL_SECONDS)
        line.leave()
        if measurement.canceled:
            raise CanceledError
        yield
    finally:
        line.leave()
        lock.release()


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _exit_when_canceled(measurement: Measurement) -> None:
    """End this process soon after the measurement was canceled, whatever it is doing.

    A network that is being compiled, or a single call of a minute, cannot be interrupted.
    """
    while not measurement.canceled:
        time.sleep(_POLL_SECONDS)
    time.sleep(_GRACE_SECONDS)
    with _END:
        record = measurement.stored_record()
        if record.state in measurements.UNFINISHED:  # else it ended by itself, and says how
            canceled = replace(record, state=measurements.CANCELED, message=_ABORTED)
            measurement.write(canceled)
        measurement.remove_temporary_files()
        os._exit(0)


def main() -> None:
    """Carry out the measurement named on the command line."""
    measurement = measurements.find_measurement(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on the server is not for this process
    signal.signal(signal.SIGTERM, lambda *_: measurement.cancel())
    threading.Thread(target=_exit_when_canceled, args=[measurement], daemon=True).start()
    with contextlib.suppress(MeasurementError):  # another process was faster
        run_measurement(measurement, trace=True)


if __name__ == "__main__":
    main()
