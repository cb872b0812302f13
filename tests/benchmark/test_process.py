"""The process behind the page, and one measurement at a time."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import Timeout

from cnnviz.benchmark import command as bench
from cnnviz.benchmark import process
from cnnviz.benchmark.results import measurement_queue, measurements
from cnnviz.benchmark.results.plan import Plan
from cnnviz.system import processes
from cnnviz.system.hardware import available_devices
from tests.waiting import until

TINY = ["--models", "lenet5", "sprint_cnn", "--seconds", "0.01", "--calls", "20"]
ROOT = Path(__file__).parents[2]


def test_the_page_starts_a_process_that_measures_and_ends() -> None:
    measurement = measurement_queue.launch_measurement(
        Plan(models=("lenet5",), seconds=0.01, calls=20)
    )
    until(lambda: measurement.record().state not in measurements.UNFINISHED)
    record = measurement.record()
    assert (record.state, record.message) == ("finished", "")
    assert record.findings.timings[0].latency
    assert processes.children.pop().wait(20) == 0


def test_a_second_measurement_waits_for_the_first() -> None:
    measurement = measurements.create_measurement(Plan(models=("lenet5",), seconds=0.01, calls=20))
    with measurement_queue.measuring_lock():
        thread = threading.Thread(target=process.run_measurement, args=[measurement])
        thread.start()
        until(lambda: measurement.progress().doing == "waiting for another measurement")
        assert measurement.record().state == "queued"
    thread.join(60)
    assert measurement.record().state == "finished"


def test_a_measurement_whose_process_is_killed_is_interrupted() -> None:
    with measurement_queue.measuring_lock():
        measurement = measurement_queue.launch_measurement(Plan(models=("lenet5",)))
        assert measurement.record().state == "queued"
        child = processes.children.pop()
        child.kill()
        child.wait()
    assert measurement.record().state == "interrupted"
    measurement.delete()
    assert measurements.measurements() == []


def test_a_process_that_does_not_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false" if sys.platform != "win32" else "where")
    with pytest.raises(measurements.MeasurementError, match="did not start: see"):
        measurement_queue.launch_measurement(Plan(models=("lenet5",)))
    processes.children.pop().wait()


def test_one_at_a_time_on_a_machine_whatever_folder_the_runs_are_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with measurement_queue.measuring_lock():
        monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(tmp_path / "others"))
        with pytest.raises(Timeout), measurement_queue.measuring_lock().acquire(timeout=0):
            pass


def test_the_turn_of_one_that_is_killed_is_free_again() -> None:
    code = (
        "from cnnviz.benchmark.results.measurement_queue import measuring_lock\n"
        "with measuring_lock(): print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        with pytest.raises(Timeout), measurement_queue.measuring_lock().acquire(timeout=0):
            pass
        holder.kill()
        holder.wait()
    with measurement_queue.measuring_lock().acquire(timeout=5):
        pass


def test_what_cannot_be_asked_to_stop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(process.os, "_exit", ended.append)
    measurement = measurements.create_measurement(Plan(models=("lenet5",)))
    measurement.write(replace(measurement.stored_record(), state="running"))
    measurement.cancel()
    process._exit_when_canceled(measurement)
    assert (ended, measurement.stored_record().state, measurement.canceled) == (
        [0],
        "cancelled",
        False,
    )


@pytest.mark.parametrize("state", ["finished", "failed", "cancelled"])
def test_one_that_has_ended_is_not_said_to_be_cut_off(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(process.os, "_exit", lambda _: None)
    measurement = measurements.create_measurement(Plan(models=("lenet5",)))
    measurement.cancel()
    record = replace(measurement.stored_record(), state=state, message="what it says itself")
    measurement.write(record)  # the main thread is still tearing down
    process._exit_when_canceled(measurement)
    assert measurement.stored_record() == record


def test_one_that_waits_can_be_canceled() -> None:
    measurement = measurements.create_measurement(Plan(models=("lenet5",)))
    measurement.cancel()
    with measurement_queue.measuring_lock():
        assert process.run_measurement(measurement).state == "cancelled"


def test_a_device_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    if "cuda" in available_devices():
        pytest.skip("this machine has one")
    assert bench.main([*TINY, "--device", "cuda"]) == 2
    told = capsys.readouterr()
    assert told.err == "cnnviz: device must be cpu on this machine, got 'cuda'\n"
    assert told.out == ""
    assert measurements.measurements() == []


def test_what_fails_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("cnnviz.benchmark.static_costs.cost", full)
    assert bench.main(TINY) == 1
    told = capsys.readouterr()
    assert told.err.count("There was not enough memory: choose a smaller batch") == 1
    assert "Traceback" not in told.err
    assert told.out == ""
    (measurement,) = measurements.measurements()
    assert measurement.record().state == "failed"


@pytest.mark.parametrize("error", [KeyError("lenet5"), AssertionError(), ImportError("no torch")])
def test_a_defect_ends_a_measurement_with_a_sentence(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(process.Execution, "run", broken)
    measurement = measurements.create_measurement(Plan(models=("lenet5",)))
    record = process.run_measurement(measurement, trace=True)
    assert record == measurement.record()
    assert record.state == "failed"
    assert record.message.startswith(f"Internal error: {type(error).__name__}")
    assert "in broken" in capfd.readouterr().err
