"""Measurements on disk: what is kept, what is refused, and who is alive."""

import json

import pytest
from filelock import FileLock

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import (
    Measurement,
    MeasurementError,
    MeasurementRecord,
    Progress,
)
from cnnviz.benchmark.results.records import (
    Conditions,
    Cost,
    Findings,
    LayerTime,
    LayerTimes,
    OptimizationEffect,
    Plan,
    Side,
    Timing,
)
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.training.runs.store import runs

TIMES = Latency(cold=9.0, warm=(2.0,), calls=(1.0, 1.5), cpu=2.4, images=2)
PLAN = Plan(models=("mnist_cnn", "lenet5"), batches=(1, 2))
FULL = MeasurementRecord(
    plan=PLAN,
    state="finished",
    conditions=Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.5, None),
    findings=Findings(
        costs=(Cost("lenet5", "LeNet-5", (1, 32, 32), 10, 20, 30, 40, 50, 60),),
        timings=(
            Timing("lenet5", "LeNet-5", "torch", 2, 1, TIMES),
            Timing("lenet5", "LeNet-5", "onnx", 2, 1, None, "it is not installed"),
        ),
        layers=(
            LayerTimes(
                "lenet5", "LeNet-5", (LayerTime("c1", "Conv2d", 9, 0.5),), 0.7, 20, 0.2, 1.0
            ),
        ),
        effects=(
            OptimizationEffect(
                *("lenet5", "pool_first", "Pooling first", "What.", "inference"),
                before=Side("before", TIMES, 100),
                after=Side("after", TIMES, 50),
                promise=True,
                difference=0.01,
                exact_difference=1e-9,
            ),
            OptimizationEffect(
                "lenet5", "folded", "Folded", "What.", "inference", None, None, "no batch norm"
            ),
        ),
    ),
)


def test_what_is_written_is_read_back() -> None:
    made = measurements.create_measurement(PLAN)
    made.write(FULL)
    assert measurements.find_measurement(made.id).record() == FULL
    assert measurements.measurements() == [made]


def test_measurements_are_no_runs() -> None:
    measurements.create_measurement(PLAN)
    assert runs() == []


def test_one_whose_process_has_gone_is_interrupted() -> None:
    made = measurements.create_measurement(PLAN)
    with FileLock(made.file("lock")):
        assert made.record().state == "queued"
        with pytest.raises(MeasurementError, match="still at work"):
            made.delete()
    assert made.record().state == "interrupted"
    made.delete()
    assert measurements.measurements() == []
    assert [p for p in made.path.parent.iterdir() if p.name.startswith(made.id)] == []


def test_a_wish_to_cancel_and_the_progress_reach_the_other_side() -> None:
    made = measurements.create_measurement(PLAN)
    assert (made.cancelled, made.progress()) == (False, Progress())
    made.cancel()
    made.tell(Progress(0.5, "LeNet-5"))
    assert (made.cancelled, made.progress()) == (True, Progress(0.5, "LeNet-5"))
    made.tidy()
    assert (made.cancelled, made.progress()) == (False, Progress())


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-9],
        lambda text: json.dumps(json.loads(text) | {"state": "asleep"}),
        lambda text: json.dumps(json.loads(text) | {"from": "another version"}),
        lambda text: text.replace('"seconds": 2.0', '"seconds": "2"'),
        lambda text: text.replace('"calls": [1.0, 1.5]', '"calls": []'),
        lambda text: text.replace('"calls": [1.0, 1.5]', '"calls": [0.0, 0.0]'),
        lambda text: text.replace('"engine": "onnx"', '"engine": "tensorrt"'),
        lambda text: text.replace('"batch": 2, "threads": 1', '"batch": 0, "threads": 1'),
        lambda text: text.replace('"milliseconds": 0.5', '"milliseconds": NaN'),
        lambda _: "[]",
    ],
)
def test_a_damaged_file_is_a_sentence_and_is_not_listed(damage) -> None:  # noqa: ANN001
    made = measurements.create_measurement(PLAN)
    made.write(FULL)
    text = made.path.read_text()
    made.path.write_text(damage(json.dumps(json.loads(text))))
    assert made.path.read_text() != json.dumps(json.loads(text))
    with pytest.raises(MeasurementError, match="another version of cnnviz, or is damaged"):
        made.record()
    assert measurements.measurements() == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "20250101-000000-000000"])
def test_unknown_ids_are_refused(key: str) -> None:
    with pytest.raises(MeasurementError, match="no such measurement"):
        measurements.find_measurement(key)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"models": ()}, "no model"),
        ({"models": ("resnet9000",)}, "unknown architecture"),
        ({"models": ("lenet5", "lenet5")}, "lenet5 is there twice, name each once"),
        ({"tricks_batch": 1}, "at least 2"),
        ({"batches": (0,)}, "a batch of 0"),
        ({"threads": (-1,)}, "a thread of -1"),
        ({"engines": ("tensorflow",)}, "unknown engine"),
        ({"device": "tpu"}, "unknown device"),
        ({"device": "cuda", "tricks": True}, "on the CPU only"),
        ({"seconds": 0.0}, "above 0"),
        ({"models": ("mnist_cnn",), "published": True}, "no published network"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Plan(**({"models": ("lenet5",)} | changes))  # type: ignore[arg-type]


def test_the_memory_of_training_by_hand() -> None:
    cost = FULL.findings.costs[0]
    assert cost.training_bytes(8) == 4 * 10 * 4 + 60 * 8
    assert (cost.flops, cost.training_flops) == (40, 120)


def test_figures_of_a_layer_and_an_effect_by_hand() -> None:
    (times,) = FULL.findings.layers
    assert times.layers[0].gflops == pytest.approx(2 * 9 / 0.5e-3 / 1e9)
    assert times.badge == "clean"
    first, second = FULL.findings.effects
    assert (first.speedup, first.kept) == (1.0, True)
    assert (second.speedup, second.kept) == (None, None)


def test_the_worst_badge_stands_for_all() -> None:
    busy = Timing("lenet5", "", "torch", 1, 1, Latency(1.0, (), (9.0,), 1.0))
    assert Findings(timings=FULL.findings.timings).badge == "clean"
    assert Findings(timings=(busy, *FULL.findings.timings)).badge == "host busy"
    assert Findings().badge == ""


def test_what_does_not_grow_with_the_batch_counts_once() -> None:
    cost = Cost("lenet5", "LeNet-5", (1, 32, 32), 10, 20, 30, 40, 50, 60, saved_once=7)
    assert cost.training_bytes(8) == 4 * 10 * 4 + 7 + 60 * 8


def test_one_that_is_deleted_while_it_is_listed_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept, gone = measurements.create_measurement(PLAN), measurements.create_measurement(PLAN)
    gone.delete()
    monkeypatch.setattr(measurements, "measurements", lambda: [gone, kept])
    assert measurements.measurement_records() == [(kept, MeasurementRecord(PLAN))]


def test_a_file_in_the_place_of_the_folder_is_a_sentence() -> None:
    measurements.measurements_dir().parent.mkdir(parents=True, exist_ok=True)
    measurements.measurements_dir().write_text("")
    with pytest.raises(MeasurementError, match="must be a folder and something else is there"):
        measurements.create_measurement(PLAN)
    assert measurements.measurements() == []


def test_a_measurement_is_named_by_its_file() -> None:
    made = measurements.create_measurement(PLAN)
    assert Measurement(made.path) == measurements.find_measurement(made.id)
