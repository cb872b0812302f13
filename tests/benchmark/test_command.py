"""The command from end to end, the process behind the page, and one measurement at a time."""

import csv
import io
import json
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import Timeout

from cnnviz.benchmark import command as bench
from cnnviz.benchmark import process
from cnnviz.benchmark.optimizations.catalogue import TRAINING, TRICKS
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Progress
from cnnviz.benchmark.results.records import Plan
from cnnviz.benchmark.static_costs import cost
from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_row
from cnnviz.system.hardware import available_devices, physical_cores
from cnnviz.training import launch

TINY = ["--models", "lenet5", "sprint_cnn", "--seconds", "0.01", "--calls", "20"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def interrupt_as_before() -> object:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


# The command


def test_json_holds_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([*TINY, "--batch", "1", "4", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "finished"
    assert [(row["model"], row["batch"]) for row in told["timings"]] == [
        *(("lenet5", 1), ("sprint_cnn", 1), ("lenet5", 4), ("sprint_cnn", 4)),
    ]
    for row in told["timings"]:
        assert 0 < row["minimum"] <= row["p50"] <= row["p90"] <= row["p95"]
        assert row["n"] == 20
        assert row["badge"] in ("clean", "noisy", "host busy")
        assert row["images_per_second"] == pytest.approx(1000 * row["batch"] / row["p50"])
    lenet = told["timings"][0]
    assert (lenet["parameters"], lenet["macs"], lenet["flops"]) == (61_706, 416_520, 833_040)
    assert lenet["training_bytes"] == 4 * 61_706 * 4 + lenet["saved"]
    assert told["conditions"]["versions"]["torch"]


def test_csv_has_a_line_for_each_contestant(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([*TINY, "--threads", "1", "2", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["model"], row["threads"]) for row in rows] == [
        *(("lenet5", "1"), ("sprint_cnn", "1"), ("lenet5", "2"), ("sprint_cnn", "2")),
    ]
    assert float(rows[0]["p50"]) > 0
    for row in rows:
        assert (row["host"], row["state"]) == (platform.node(), "finished")
        assert row["hardware"]
        assert row["created"]
        assert row["load_before"]
        assert row["torch_version"] == version("torch")


def test_the_table_shows_layers_and_tricks(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--models", "lenet5", "--seconds", "0.01", "--calls", "20", "--layers", "--tricks"]
    assert bench.main([*arguments, "--tricks-batch", "8"]) == 0
    told = capsys.readouterr().out
    # 416,520 products; 41,728 and 36,432 bytes; weights four times and what 1 image keeps
    for words in ("LeNet-5  ", "61,706", "0.4", "0.8", "0.042", "0.036", "MB to train, batch 1"):
        assert words in told
    for words in ("lecture's mean", "after the very first one", "layer by layer", "GFLOP/s", "c3"):
        assert words in told
    for trick in TRICKS.values():
        assert trick.title in told


def test_what_was_measured_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(TINY)
    capsys.readouterr()
    (made,) = measurements.measurements()
    record = made.record()
    assert record.state == "finished"
    assert record.plan.models == ("lenet5", "sprint_cnn")
    assert record.conditions
    assert record.conditions.host
    assert len(record.findings.timings) == 2
    assert [p.name for p in made.path.parent.glob(f"{made.id}*")] == [f"{made.id}.json"]


def test_an_engine_that_is_not_there_is_a_sentence_and_the_others_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert bench.main([*TINY, "--engines", "torch", "onnx"]) == 0
    told = capsys.readouterr().out
    assert told.count("pip install -r requirements-engines.txt") == 2
    assert told.count("PyTorch") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--models", "resnet9000"], "unknown architecture 'resnet9000'"),
        (["--models", "mnist_cnn", "--published"], "has no published network"),
        (["--batch", "0"], "a batch of 0 cannot be"),
        (["--engines", "caffe"], "unknown engine 'caffe'"),
        (["--models", "lenet5", "lenet5"], "models: lenet5 is there twice, name each once"),
    ],
)
def test_a_bad_argument_is_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(arguments) == 2
    assert words in capsys.readouterr().err
    assert measurements.measurements() == []


def test_the_command_runs_as_a_module() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "cnnviz", "bench", *TINY, "--format", "csv"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(answer.stdout.splitlines()) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_wish_to_end_it_keeps_and_prints_what_there_is() -> None:
    command = [
        sys.executable,
        "-m",
        "cnnviz",
        "bench",
        "--models",
        "lenet5",
        "--format",
        "json",
    ]
    with subprocess.Popen(
        [*command, "--batch", "1", "64", "--seconds", "60", "--calls", "10000"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as at_work:
        until(lambda: any("64 images" in m.progress().doing for m in measurements.measurements()))
        time.sleep(1)  # warmed up
        at_work.terminate()
        out, err = at_work.communicate(timeout=60)
    assert at_work.returncode == 1
    assert err.endswith(b"cnnviz: cancelled.\n")
    told = json.loads(out)
    assert [row["batch"] for row in told["timings"]] == [1, 64]
    (made,) = measurements.measurements()
    assert made.recorded().state == told["state"] == "cancelled"
    assert [p.name for p in made.path.parent.glob(f"{made.id}*")] == [f"{made.id}.json"]


def test_whoever_reads_may_stop_reading() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "cnnviz", "bench", *TINY],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as talker:
        assert talker.stdout
        assert talker.stderr
        talker.stdout.close()
        told = talker.stderr.read()
    assert talker.returncode == 0
    assert b"BrokenPipe" not in told


def test_more_threads_than_cores_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    most = physical_cores() + 1
    tiny = ["--models", "lenet5", "--seconds", "0.01", "--calls", "20"]
    assert bench.main([*tiny, "--threads", str(most)]) == 0
    assert f"{most} threads on {physical_cores()} core" in capsys.readouterr().out


# Costs


@pytest.mark.parametrize("published", [False, True])
def test_costs_are_those_that_are_counted(published: bool) -> None:
    row = architecture("mobilenet_v2")
    found, counted = cost(row, published=published), count(trace_row(row, published=published))
    assert (found.parameters, found.macs) == (counted.parameters, counted.macs)
    assert found.disk_float32 > 4 * found.parameters > found.disk_float16
    assert found.title == ("MobileNetV2 1.0" if published else row.title)


# The process behind the page


def test_the_page_starts_a_process_that_measures_and_ends() -> None:
    made = measurements.start(Plan(models=("lenet5",), seconds=0.01, calls=20))
    until(lambda: made.record().state not in measurements.LIVE)
    record = made.record()
    assert (record.state, record.message) == ("finished", "")
    assert record.findings.timings[0].latency
    assert launch._children.pop().wait(20) == 0


def test_a_measurement_is_cancelled_and_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = measurements.create(Plan(models=("lenet5", "resnet8"), batches=(1, 2), seconds=0.01))
    seen: list[Progress] = []

    def observe(progress: Progress) -> None:
        seen.append(progress)
        if "2 images" in progress.doing:
            made.cancel()
            monkeypatch.setattr(process, "_TELL", 0.0)

    record = process.carry_out(made, observe)
    assert record.state == made.record().state == "cancelled"
    assert [t.batch for t in record.findings.timings] == [1, 1]
    assert len(record.findings.costs) == 2
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares)
    assert not made.cancelled  # tidied away


def test_a_second_measurement_waits_for_the_first() -> None:
    made = measurements.create(Plan(models=("lenet5",), seconds=0.01, calls=20))
    with measurements.turn():
        thread = threading.Thread(target=process.carry_out, args=[made])
        thread.start()
        until(lambda: made.progress().doing == "waiting for another measurement")
        assert made.record().state == "queued"
    thread.join(60)
    assert made.record().state == "finished"


def test_a_measurement_whose_process_is_killed_is_interrupted() -> None:
    with measurements.turn():
        made = measurements.start(Plan(models=("lenet5",)))
        assert made.record().state == "queued"
        child = launch._children.pop()
        child.kill()
        child.wait()
    assert made.record().state == "interrupted"
    made.delete()
    assert measurements.measurements() == []


def test_a_process_that_does_not_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false" if sys.platform != "win32" else "where")
    with pytest.raises(measurements.MeasurementError, match="did not start: see"):
        measurements.start(Plan(models=("lenet5",)))
    launch._children.pop().wait()


def test_one_at_a_time_on_a_machine_whatever_folder_the_runs_are_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with measurements.turn():
        monkeypatch.setenv("CNNVIZ_RUNS_DIR", str(tmp_path / "others"))
        with pytest.raises(Timeout), measurements.turn().acquire(timeout=0):
            pass


def test_the_turn_of_one_that_is_killed_is_free_again() -> None:
    code = (
        "from cnnviz.benchmark.results.measurements import turn\n"
        "with turn(): print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        with pytest.raises(Timeout), measurements.turn().acquire(timeout=0):
            pass
        holder.kill()
        holder.wait()
    with measurements.turn().acquire(timeout=5):
        pass


def test_what_cannot_be_asked_to_stop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(process, "_GRACE", 0.0)
    monkeypatch.setattr(process.os, "_exit", ended.append)
    made = measurements.create(Plan(models=("lenet5",)))
    made.write(replace(made.recorded(), state="running"))
    made.cancel()
    process._cut_off(made)
    assert (ended, made.recorded().state, made.cancelled) == ([0], "cancelled", False)


def test_a_batch_that_does_not_fit_is_a_sentence_and_the_others_are_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = cost(architecture("lenet5"), published=False)
    monkeypatch.setattr("cnnviz.system.hardware.free_memory", lambda: 8 * found.activation_peak)
    plan = Plan(("lenet5",), batches=(1, 64), seconds=0.01, calls=20, tricks=True)
    record = process.carry_out(measurements.create(plan))
    first, second = record.findings.timings
    assert first.latency
    assert second.problem.startswith("A call with 64 images needs about")
    assert second.problem.endswith("are free: choose a smaller batch.")
    for tried in record.findings.effects:
        what = "A step of training on" if tried.measured == TRAINING else "A call with"
        assert tried.problem.startswith(f"{what} 64 images needs about")


def test_one_that_waits_can_be_cancelled() -> None:
    made = measurements.create(Plan(models=("lenet5",)))
    made.cancel()
    with measurements.turn():
        assert process.carry_out(made).state == "cancelled"


def test_a_device_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    if "cuda" in available_devices():
        pytest.skip("this machine has one")
    assert bench.main([*TINY, "--device", "cuda"]) == 2
    told = capsys.readouterr()
    assert told.err == "cnnviz: device 'cuda' is not on this machine: choose cpu\n"
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
    (made,) = measurements.measurements()
    assert made.record().state == "failed"


def test_the_order_of_parts_leads_to_one() -> None:
    plan = Plan(models=tuple(CATALOGUE)[:3], batches=(1, 2), threads=(1, 2), layers=True)
    assert process._parts(plan) == 3 + 4 + 3
