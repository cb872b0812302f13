"""The command from end to end: what is kept, refusals, and an early end."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnviz.benchmark import command as bench
from cnnviz.benchmark.results import measurements
from cnnviz.models.catalog import CATALOG
from tests.waiting import until

TINY = ["--models", "lenet5", "sprint_cnn", "--seconds", "0.01", "--calls", "20"]

ROOT = Path(__file__).parents[2]


def test_what_was_measured_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(TINY)
    capsys.readouterr()
    (measurement,) = measurements.measurements()
    record = measurement.record()
    assert record.state == "finished"
    assert record.plan.models == ("lenet5", "sprint_cnn")
    assert record.conditions
    assert record.conditions.host
    assert len(record.findings.timings) == 2
    assert [p.name for p in measurement.path.parent.glob(f"{measurement.id}*")] == [
        f"{measurement.id}.json"
    ]


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
        (
            ["--models", "resnet9000"],
            f"architecture must be one of {', '.join(CATALOG)}, got 'resnet9000'",
        ),
        (["--models", "mnist_cnn", "--published"], "network must have a published version, got "),
        (["--batch", "0"], "batch size must be 1 to 1024, got 0"),
        (["--engines", "caffe"], "engine must be one of torch, compile, onnx, got 'caffe'"),
        (["--models", "lenet5", "lenet5"], "models must be distinct, got lenet5 twice"),
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
    assert err.endswith(b"cnnviz: canceled.\n")
    told = json.loads(out)
    assert [row["batch"] for row in told["timings"]] == [1, 64]
    (measurement,) = measurements.measurements()
    assert measurement.stored_record().state == told["state"] == "cancelled"
    assert [p.name for p in measurement.path.parent.glob(f"{measurement.id}*")] == [
        f"{measurement.id}.json"
    ]


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


def test_optimizations_may_be_called_by_their_former_name() -> None:
    parser = bench._parser()
    new = parser.parse_args(["--optimizations", "--optimization-batch", "8"])
    assert new == parser.parse_args(["--tricks", "--tricks-batch", "8"])
    assert (new.tricks, new.tricks_batch) == (True, 8)
