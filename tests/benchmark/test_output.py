"""What the command prints: every figure in each format."""

import csv
import io
import json
from importlib.metadata import version

import pytest

from cnnviz.benchmark import command as bench
from cnnviz.benchmark.optimizations.catalog import OPTIMIZATIONS
from cnnviz.system.hardware import physical_cores
from cnnviz.system.machine import machine_name

TINY = ["--models", "lenet5", "sprint_cnn", "--seconds", "0.01", "--calls", "20"]


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


def test_csv_has_a_line_for_each_timing(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([*TINY, "--threads", "1", "2", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["model"], row["threads"]) for row in rows] == [
        *(("lenet5", "1"), ("sprint_cnn", "1"), ("lenet5", "2"), ("sprint_cnn", "2")),
    ]
    assert float(rows[0]["p50"]) > 0
    for row in rows:
        assert (row["host"], row["state"]) == (machine_name(), "finished")
        assert row["hardware"]
        assert row["created"]
        assert row["load_before"]
        assert row["torch_version"] == version("torch")


def test_the_table_shows_layers_and_optimizations(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--models",
        "lenet5",
        "--seconds",
        "0.01",
        "--calls",
        "20",
        "--layers",
        "--optimizations",
    ]
    assert bench.main([*arguments, "--tricks-batch", "8"]) == 0
    told = capsys.readouterr().out
    # 416,520 products; 41,728 and 36,432 bytes; weights four times and what 1 image keeps
    for words in ("LeNet-5  ", "61,706", "0.4", "0.8", "0.042", "0.036", "MB to train, batch 1"):
        assert words in told
    for words in ("lecture's mean", "after the very first one", "layer by layer", "GFLOP/s", "c3"):
        assert words in told
    for optimization in OPTIMIZATIONS.values():
        assert optimization.title in told


def test_more_threads_than_cores_are_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    most = physical_cores() + 1
    tiny = ["--models", "lenet5", "--seconds", "0.01", "--calls", "20"]
    assert bench.main([*tiny, "--threads", str(most)]) == 0
    assert f"{most} threads on {physical_cores()} core" in capsys.readouterr().out
