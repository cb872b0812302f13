"""Runs, races and measurements as they lie on disk, made without training or timing anything."""

import errno
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Conditions, Findings
from cnnviz.benchmark.results.measurements import Measurement, MeasurementRecord
from cnnviz.benchmark.results.plan import Plan
from cnnviz.models.catalog import architecture
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.race.plan import plan_race
from cnnviz.training.race.race import Race
from cnnviz.training.runs import checkpoint, snapshots, store
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.store import Run

Row = Mapping[str, Any]


def make_run(
    settings: Settings | None = None,
    *,
    state: str = "finished",
    preset: str = "",
    versions: Mapping[str, str] | None = None,
    weights: int | None = None,
    steps: Iterable[int] = (),
    log: Sequence[Row] = (),
    preview: Row | None = None,
    label: str = "",
    **status: Any,
) -> Run:
    """Write a run to disk.

    Args:
        settings: by default, LeNet-5's on the embedded digits.
        state: one of those that a status may have; nobody holds the lock of a live one.
        preset: that it was started with.
        versions: of the libraries.
        weights: seed of the initial weights that stand for trained ones; None for no weights.
        steps: of its snapshots, each of which holds the initial weights of its own seed.
        log: the lines of its metrics.
        preview: of its filters and answers.
        label: that the user gave it.
        status: the rest of its status.
    """
    settings = settings or Settings(model="lenet5", source="embedded")
    run = store.create_run(settings, preset=preset, versions=dict(versions or {}))
    if weights is not None:
        add_weights(run, weights)
    for step in steps:
        add_snapshot(run, step)
    if log:
        write_log(run, log)
    if preview:
        (run.path / "preview.json").write_text(json.dumps(preview))
    if label:
        run.rename(label)
    run.write_status(Status(state=state, **status))
    return run


def initial_weights(model: str, seed: int) -> dict[str, Tensor]:
    """Return the weights that a network begins with."""
    torch.manual_seed(seed)
    return architecture(model).build().state_dict()


def add_weights(run: Run, seed: int) -> None:
    """Write initial weights in place of trained ones."""
    model = run.settings().model
    path = run.path / "weights.safetensors"
    checkpoint.save_checkpoint(path, initial_weights(model, seed), {"architecture": model})


def add_snapshot(run: Run, step: int) -> None:
    """Write a snapshot that holds the initial weights of the step as a seed."""
    model, path = run.settings().model, snapshots.snapshot_path(run.path, step)
    path.parent.mkdir(exist_ok=True)
    checkpoint.save_checkpoint(path, initial_weights(model, step), {"architecture": model})


def write_log(run: Run, rows: Sequence[Row]) -> None:
    """Write a run's metrics, one line each."""
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def interval_row(step: int, **numbers: Any) -> dict[str, Any]:
    """Return a line of the log on one interval, ten of which are a pass."""
    place = {"kind": "interval", "step": step, "epoch": step / 10, "seconds": 0.1 * step}
    usual = {"loss": 2.5 / max(step, 1), "accuracy": 0.9, "images_per_second": 5000.0}
    layers = {"learning_rate": 0.002, "gradient_norms": {"c1": 1.0}, "dead": {}}
    return place | usual | layers | numbers


def epoch_row(epoch: int, **numbers: Any) -> dict[str, Any]:
    """Return a line of the log on the test after a pass of ten steps."""
    place = {"kind": "epoch", "epoch": epoch, "step": 10 * epoch, "seconds": 1.5 * epoch}
    confusion = [[100 if row == column else 0 for column in range(10)] for row in range(10)]
    tested = {"test_loss": 0.1, "test_accuracy": 0.97, "confusion": confusion}
    return place | {"took": 1.5} | tested | numbers


def make_race(
    models: Sequence[str] = ("lenet5", "vgg11"),
    *,
    seeds: int = 2,
    preset: str = "quick",
    state: str = "finished",
    log: Sequence[Row] = (),
    **status: Any,
) -> Race:
    """Write a race to disk whose runs are all in one state and have one log."""
    plan = plan_race(models, preset=preset, seeds=range(seeds), source="embedded")
    written = race.create_race(plan, preset=preset, versions={})
    for contestant in written.entries():
        contestant.run.write_status(Status(state=state, **status))
        if log:
            write_log(contestant.run, log)
    return written


def make_measurement(
    plan: Plan,
    findings: Findings | None = None,
    *,
    state: str = "finished",
    conditions: Conditions | None = None,
) -> Measurement:
    """Write a measurement to disk with what it has found."""
    measurement = measurements.create_measurement(plan)
    measurement.write(MeasurementRecord(plan, state, "", conditions, findings or Findings()))
    return measurement


def refuse_to_open(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Create a file that this user may not even read, as one of another user."""
    path.touch()
    original = os.open

    def refuse(opened: object, *arguments: object, **options: object) -> int:
        if str(opened) == str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(opened))
        return original(opened, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
