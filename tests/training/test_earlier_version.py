"""Runs, a race and a measurement that an earlier version wrote open as they did there.

The files in `earlier_version` are that version's own (without the checkpoints); what is expected
was read off them by eye.
"""

import os
import shutil
from pathlib import Path

import pytest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.plan import Plan
from cnnviz.training.engine.settings import Settings
from cnnviz.training.race import race
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.runs import checkpoint, snapshots, store
from cnnviz.training.runs.history import History
from cnnviz.training.runs.records import Control, Status

EARLIER = Path(__file__).parent / "earlier_version"
FINISHED, STOPPED = "20261130-041145-daa7df", "20261130-041148-018897"
RACE, MEASUREMENT = "20261130-041148-37f959", "20261130-041149-5718ec"
CONTESTANTS = ("20261130-041148-032c9e", "20261130-041148-880231")


@pytest.fixture(autouse=True)
def earlier(own_folders: None) -> Path:
    """A folder of runs as the earlier version left it."""
    del own_folders
    runs = Path(os.environ["CNNVIZ_RUNS_DIR"])
    shutil.copytree(EARLIER, runs)
    return runs


def test_its_runs_are_listed_newest_first() -> None:
    others = sorted((*CONTESTANTS, STOPPED), reverse=True)
    assert [run.id for run in store.runs()] == [*others, FINISHED]


def test_its_finished_run_has_settings_status_control_and_label() -> None:
    run = store.find_run(FINISHED)
    assert run.title() == run.label() == "From an earlier version"
    assert run.settings() == Settings(
        model="sprint_cnn", epochs=2, source="embedded", device="cpu", threads=1
    )
    assert run.status() == Status(
        state="finished",
        step=10,
        total_steps=10,
        epoch=2.0,
        seconds=0.4550324639999417,
        test_accuracy=1.0,
        best_accuracy=1.0,
        tested_on="50 test digits (embedded)",
        trained_on="320 digits (embedded)",
        hardware="AMD EPYC, 2 cores, float32, 1 thread",
        learning_rate=0.002,
    )
    assert run.control() == Control(want="run", single_steps=0, learning_rate=0.002)
    assert store.find_run(STOPPED).status().state == "stopped"
    assert store.find_run(STOPPED).control().want == "stop"
    assert store.find_run(STOPPED).title() == "LeNet-5 · lr 0.001, 2 epochs, device cpu, 1 thread"


def test_its_log_and_preview_are_read_to_the_end() -> None:
    run = store.find_run(FINISHED)
    history = History(run).read()
    assert [row["step"] for row in history.intervals] == [1, 5, 10]
    assert [row["test_loss"] for row in history.epochs] == [5.582209269050509e-05, 0.0]
    assert history.epochs[0]["confusion"][0] == [50] + [0] * 9
    preview = run.preview()
    assert preview is not None
    assert (preview.step, len(preview.answers), len(preview.confidences)) == (10, 2, 2)


def test_its_recorded_weights_prove_whole(earlier: Path) -> None:
    assert snapshots.snapshot_steps(earlier / FINISHED) == [10]
    tensors, metadata = checkpoint.load_checkpoint(snapshots.snapshot_path(earlier / FINISHED, 10))
    assert metadata == {"architecture": "sprint_cnn", "step": 10}
    assert (
        sum(tensor.numel() for tensor in tensors.values()) == 33_802
    )  # and batch norms' statistics


def test_its_race_names_its_runs() -> None:
    (old_race,) = race.races()
    assert old_race == race.find_race(RACE)
    assert [entry.run.id for entry in old_race.entries()] == list(CONTESTANTS)
    assert (old_race.title(), old_race.state()) == ("LeNet-5 · SprintCNN", "finished")
    assert old_race.network_costs() == (
        {"lenet5": NetworkCost(61_706, 416_520), "sprint_cnn": NetworkCost(33_802, 1_047_104)},
        320,
    )


def test_its_measurement_is_read_whole() -> None:
    (measurement,) = measurements.measurements()
    assert measurement == measurements.find_measurement(MEASUREMENT)
    record = measurement.record()
    assert record.state == "finished"
    assert record.plan == Plan(
        models=("lenet5",), seconds=0.02, calls=20, layers=True, tricks=True, tricks_batch=2
    )
    assert record.conditions
    assert record.conditions.load_before == 3.74755859375
    (timing,) = record.findings.timings
    assert timing.latency
    assert timing.latency.cold == 1.57506
    assert timing.latency.warm[:3] == (0.30675, 0.2328, 0.21924)
    assert len(record.findings.effects) == 8
    assert [layer.name for layer in record.findings.layers[0].layers][:2] == ["c1", "tanh1"]
