"""The sections that record: training, latency, data, and the command that repeats it."""

import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from cnnviz.data.mnist import Digits
from cnnviz.report import build_report
from cnnviz.report.document.blocks import SvgDrawing
from cnnviz.report.sections.reproduction import train_command
from cnnviz.system import paths
from cnnviz.training import command
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.setup import build_network
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs.store import Run
from tests.report.material import LOG, finished_run, shipped
from tests.report.reading import said, section

FewDigits = Callable[..., Digits]

# Numbers


def test_without_the_variable_the_check_looks_into_the_usual_folder(
    few_digits: FewDigits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CNNVIZ_RUNS_DIR")
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    network = finished_run(Settings(model="lenet5"))
    text = said(build_report(network, [], few_digits(30, 40)), "How to reproduce")
    assert f"sha256sum runs/{network.key}/weights.safetensors" in text


@pytest.mark.skipif(sys.platform != "linux", reason="where a user's data is differs by system")
def test_an_installed_copy_checks_the_weights_in_the_users_folder(
    few_digits: FewDigits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CNNVIZ_RUNS_DIR")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(paths, "checkout", lambda: None)
    network = finished_run(Settings(model="lenet5"))
    weights = f".local/share/cnnviz/runs/{network.key}/weights.safetensors"
    check = f'sha256sum "$HOME/{weights}"'
    assert check in said(build_report(network, [], few_digits(30, 40)), "How to reproduce")
    shown = subprocess.run(check, shell=True, capture_output=True, text=True, check=True).stdout
    assert shown.split()[0] == hashlib.sha256((tmp_path / weights).read_bytes()).hexdigest()


def test_a_damaged_log_costs_the_curve_and_nothing_else(few_digits: FewDigits) -> None:
    network = finished_run(Settings(model="lenet5"))
    log = network.weights.with_name("metrics.jsonl")
    log.write_text("damaged\n")
    text = said(build_report(network, [], few_digits(30, 40)), "Training time and hardware")
    assert "The curves cannot be drawn: the log of run" in text
    log.unlink()
    text = said(build_report(network, [], few_digits(30, 40)), "Training time and hardware")
    assert "No training log was kept" in text
    assert "python -m cnnviz train --model lenet5" in text


def test_the_curve_ends_at_the_last_figures_of_the_log(few_digits: FewDigits) -> None:
    report = build_report(finished_run(Settings(model="lenet5"), log=LOG), [], few_digits(30, 40))
    [curve] = [
        block
        for block in section(report, "Training time and hardware").blocks
        if isinstance(block, SvgDrawing)
    ]
    assert [figure.value for figure in curve.figures] == [2.0, 1 - 0.9, 2.0, 0.9]
    assert curve.rows[1][0] == "Test loss, last"
    root = ElementTree.fromstring(curve.svg)
    written = {node.text for node in root.iter("text")}
    assert {"0.1", "90.00%", "2 epochs"} < written
    loss, accuracy = (
        line.get("points", "").split() for line in root.iter("polyline") if line.get("points")
    )
    x = [[float(spot.split(",")[0]) for spot in line] for line in (loss, accuracy)]
    y = [[float(spot.split(",")[1]) for spot in line] for line in (loss, accuracy)]
    assert all(line[0] < line[1] for line in x)
    assert y[0][0] < y[0][1]  # the loss falls, and y grows downwards
    assert y[1][0] > y[1][1]


def test_spoiled_honesty_is_said(few_digits: FewDigits) -> None:
    digits = few_digits(30, 60)
    for spare, careful in ((False, True), (True, False)):
        settings = Settings(model="lenet5", source="full", spare_embedded_test=spare)
        text = said(build_report(finished_run(settings), [], digits), "Data")
        assert ("Caution" in text) is careful


# Latency


def test_latency_that_was_not_measured_is_missing_with_the_way_to_it(
    few_digits: FewDigits,
) -> None:
    report = build_report(
        shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 60), by="latency"
    )
    assert "Not measured" in said(report, "Latency")
    assert "`python -m cnnviz bench --models lenet5 mnist_cnn`" in said(report, "Latency")
    assert "The latency of LeNet-5 cannot be compared" in said(report, "Why this network")
    assert not any(figure.unit == "ms" for figure in report.figures())


# Why this one


def test_where_the_rival_learned_from_other_digits_it_is_said(few_digits: FewDigits) -> None:
    digits = few_digits(30, 40)
    run = finished_run(Settings(model="lenet5"))
    text = said(build_report(run, [shipped("sprint_cnn")], digits), "Data")
    assert "SprintCNN differs: it was trained on 59,000 digits of MNIST" in text
    text = said(build_report(shipped("lenet5"), [shipped("sprint_cnn")], digits), "Data")
    assert "differs" not in text
    assert "for unseen digits" in text


# How to make it again


def created(words: list[str]) -> Run:
    """The run that a command's arguments create, unclaimed again."""
    with contextlib.ExitStack() as claims:
        return command._new(command._parser().parse_args(words), claims)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(model="lenet5", source="embedded"),
        Settings(
            model="mnist_cnn",
            epochs=3,
            learning_rate=0.0035,
            dropout=0.25,
            channels_last=False,
            spare_embedded_test=True,
            seed=7,
            source="embedded",
            schedule="one-cycle",
        ),
    ],
)
def test_the_command_trains_by_the_same_settings(settings: Settings) -> None:
    words = train_command(settings).split()
    assert words[:4] == ["python", "-m", "cnnviz", "train"]
    new_run = created(words[4:])
    assert new_run.settings() == settings


def test_the_command_makes_the_same_weights_to_the_bit(few_digits: FewDigits) -> None:
    settings = Settings(model="lenet5", epochs=1, seed=7, augmentation=1.0, source="embedded")
    words = train_command(settings).split()
    again = created(words[4:]).settings()

    def weights(settings: Settings) -> dict[str, torch.Tensor]:
        trainer = Trainer(build_network(settings), few_digits(96, 20), settings)
        assert list(trainer.events())
        return trainer.model.state_dict()

    first, second = weights(settings), weights(again)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = weights(settings.replace(seed=8))
    assert not all(torch.equal(first[name], other[name]) for name in first)
