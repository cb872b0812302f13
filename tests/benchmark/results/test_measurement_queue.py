"""Starting measurements: how many may wait, how long one may take, and where the lock is."""

import contextlib
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from cnnviz.benchmark import process
from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS
from cnnviz.benchmark.results import measurement_queue, measurements, plan
from cnnviz.benchmark.results.measurements import Measurement, MeasurementError
from cnnviz.benchmark.results.plan import Plan
from cnnviz.models.catalog import CATALOG
from cnnviz.system import processes
from tests.waiting import until

SHORT = Plan(models=("lenet5",), seconds=0.01, calls=20)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Iterator[contextlib.ExitStack]:
    """Measurements get no process but a lock, which is held for as long as the test lasts."""
    with contextlib.ExitStack() as held:

        def start(measurement: Measurement) -> Measurement:
            held.enter_context(FileLock(measurement.file("lock"), thread_local=False))
            return measurement

        monkeypatch.setattr(measurement_queue, "_start", start)
        yield held


@pytest.mark.usefixtures("locked")
def test_thirty_clicks_at_once_let_in_one_and_those_that_may_wait() -> None:
    together, answers = threading.Barrier(30), list[str]()

    def click() -> None:
        together.wait()
        try:
            measurement_queue.launch_measurement(SHORT)
        except MeasurementError as error:
            answers.append(str(error))

    threads = [threading.Thread(target=click) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    most = 1 + measurement_queue.MAX_WAITING
    assert len(measurements.measurements()) == most == 4  # a refused one leaves no file
    assert len(answers) == 26
    assert set(answers) == {
        "at most 3 measurements may wait, got 3: this one would be number 4 in the queue; "
        "cancel one, or try again later"
    }


@pytest.mark.usefixtures("locked")
def test_a_measurement_that_would_hold_up_the_others_for_long_is_refused() -> None:
    largest = Plan(
        models=tuple(CATALOG),
        engines=("torch", "compile", "onnx"),
        batches=(1, 4, 16, 64),
        threads=(1, 2, 4, 8),
    )
    assert largest.timed_seconds() == 27 * 3 * 4 * 4 * 2
    with pytest.raises(MeasurementError, match="at most 15 minutes of timing, got 43: choose"):
        measurement_queue.launch_measurement(largest)
    assert measurements.measurements() == []
    measurement_queue.launch_measurement(Plan(models=tuple(CATALOG), batches=(1, 4, 16, 64)))


def test_each_optimization_is_timed_with_and_without_it() -> None:
    assert len(OPTIMIZATIONS) == plan.OPTIMIZATION_COUNT
    both = Plan(models=("lenet5", "vgg11"), layers=True, tricks=True)
    assert both.timed_seconds() == 2 * (1 + 1 + 2 * 8) * 2.0


@pytest.mark.usefixtures("locked")
def test_whoever_started_it_the_running_one_is_known() -> None:
    assert measurement_queue.running_measurement() is None
    measurement = measurement_queue.launch_measurement(SHORT)
    assert measurement_queue.running_measurement() == measurement


def test_measurements_run_in_the_order_in_which_they_came() -> None:
    first, second = (measurements.create_measurement(SHORT) for _ in range(2))
    ended: list[str] = []

    def run(measurement: Measurement) -> None:
        process.run_measurement(measurement)
        ended.append(measurement.id)

    threads = [threading.Thread(target=run, args=[entry]) for entry in (second, first)]
    with measurement_queue.measuring_lock():
        threads[0].start()
        until(lambda: second.progress().doing == "waiting for another measurement")
        threads[1].start()
        until(lambda: first.progress().doing == "waiting for 2 other measurements")
    for thread in threads:
        thread.join(60)
    assert ended == [second.id, first.id]


def test_a_process_that_is_too_slow_to_start_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], text=True)
    monkeypatch.setattr(processes, "spawn", lambda *_, **__: child)
    monkeypatch.setattr(measurement_queue, "_START_TIMEOUT", 0.1)
    with pytest.raises(MeasurementError, match="did not start"):
        measurement_queue.launch_measurement(SHORT)
    assert child.returncode is not None


# The folder of the lock


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder for temporary files, on a system without one for running programs."""
    monkeypatch.delenv("CNNVIZ_LOCK_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    if os.name == "nt" or Path(f"/run/user/{os.getuid()}").exists():
        pytest.skip("this system has a folder for each user")
    return tmp_path


def test_the_lock_is_in_a_folder_that_only_this_user_can_enter(temporary: Path) -> None:
    with measurement_queue.measuring_lock() as lock:
        folder = Path(lock.lock_file).parent
    assert folder == temporary / f"cnnviz-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_somebody_else_made_first_is_refused(temporary: Path) -> None:
    folder = temporary / f"cnnviz-{os.getuid()}"
    (temporary / "elsewhere").mkdir()
    folder.symlink_to(temporary / "elsewhere")
    with pytest.raises(PermissionError, match="must belong to this user only, got one of another"):
        measurement_queue.measuring_lock()
    folder.unlink()
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(PermissionError, match="must belong to this user only"):
        measurement_queue.measuring_lock()
    if os.getuid() == 0:
        folder.chmod(0o700)
        os.chown(folder, 65534, 65534)
        with pytest.raises(PermissionError, match="must belong to this user only"):
            measurement_queue.measuring_lock()
    assert list((temporary / "elsewhere").iterdir()) == list(folder.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such folder")
def test_the_folder_for_running_programs_comes_first(temporary: Path) -> None:
    (temporary / "missing").mkdir(mode=0o700)
    with measurement_queue.measuring_lock() as lock:
        assert Path(lock.lock_file).parent == temporary / "missing"
