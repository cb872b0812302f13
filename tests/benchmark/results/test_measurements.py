"""Measurements on disk: what is kept, what is refused, and who is alive."""

import json

import pytest
from filelock import FileLock

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Findings, Timing
from cnnviz.benchmark.results.measurements import (
    Measurement,
    MeasurementError,
    MeasurementRecord,
    Progress,
)
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.system.sized_cache import SizedCache, memory_of
from cnnviz.training.runs.store import runs
from tests.benchmark.results.full_record import FULL, PLAN


def test_what_is_written_is_read_back() -> None:
    measurement = measurements.create_measurement(PLAN)
    measurement.write(FULL)
    assert measurements.find_measurement(measurement.id).record() == FULL
    assert measurements.measurements() == [measurement]


def record_of(calls: int) -> MeasurementRecord:
    """Return a record with a row of so many timed calls for each of three networks."""
    latency = Latency(1.0, (), tuple(1 + i / 3 for i in range(calls)), 1.0)
    rows = tuple(Timing(key, key, "torch", 1, 1, latency) for key in ("lenet5", "vgg11", "resnet8"))
    return MeasurementRecord(PLAN, findings=Findings(timings=rows))


def test_cached_records_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [record_of(calls) for calls in (1000, 1001, 1002, 1003)]
    made = [measurements.create_measurement(PLAN) for _ in records]
    for measurement, record in zip(made, records, strict=True):
        measurement.write(record)
    limit = 13 * made[0].path.stat().st_size  # two records at 6 bytes per byte of a file
    cache = SizedCache(limit)
    monkeypatch.setattr(measurements, "_PARSED", cache)
    assert [measurement.record().findings for measurement in made] == [r.findings for r in records]
    assert (len(cache), cache.size <= limit) == (2, True)


@pytest.mark.parametrize("calls", [20, 100, 10_000])
def test_a_record_takes_at_most_six_bytes_per_byte_of_its_file(calls: int) -> None:
    measurement = measurements.create_measurement(PLAN)
    measurement.write(record_of(calls))
    assert memory_of(measurement.stored_record()) <= 6 * measurement.path.stat().st_size


def test_a_record_is_read_again_only_if_its_file_has_changed() -> None:
    measurement = measurements.create_measurement(PLAN)
    first = measurement.stored_record()
    assert measurement.stored_record() is first
    measurement.write(FULL)
    assert measurement.stored_record() == FULL != first


def test_measurements_are_no_runs() -> None:
    measurements.create_measurement(PLAN)
    assert runs() == []


def test_one_whose_process_has_gone_is_interrupted() -> None:
    measurement = measurements.create_measurement(PLAN)
    with FileLock(measurement.file("lock")):
        assert measurement.record().state == "queued"
        with pytest.raises(MeasurementError, match="still running"):
            measurement.delete()
    assert measurement.record().state == "interrupted"
    measurement.delete()
    assert measurements.measurements() == []
    assert [p for p in measurement.path.parent.iterdir() if p.name.startswith(measurement.id)] == []


def test_a_wish_to_cancel_and_the_progress_reach_the_other_side() -> None:
    measurement = measurements.create_measurement(PLAN)
    assert (measurement.canceled, measurement.progress()) == (False, Progress())
    measurement.cancel()
    measurement.write_progress(Progress(0.5, "LeNet-5"))
    assert (measurement.canceled, measurement.progress()) == (True, Progress(0.5, "LeNet-5"))
    measurement.remove_temporary_files()
    assert (measurement.canceled, measurement.progress()) == (False, Progress())


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
    measurement = measurements.create_measurement(PLAN)
    measurement.write(FULL)
    text = measurement.path.read_text()
    measurement.path.write_text(damage(json.dumps(json.loads(text))))
    assert measurement.path.read_text() != json.dumps(json.loads(text))
    with pytest.raises(MeasurementError, match="another version of cnnviz, or is damaged"):
        measurement.record()
    assert measurements.measurements() == []


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "20250101-000000-000000"])
def test_unknown_ids_are_refused(key: str) -> None:
    with pytest.raises(MeasurementError, match="measurement must exist, got"):
        measurements.find_measurement(key)


def test_one_that_is_deleted_while_it_is_listed_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measurement, gone = measurements.create_measurement(PLAN), measurements.create_measurement(PLAN)
    gone.delete()
    monkeypatch.setattr(measurements, "measurements", lambda: [gone, measurement])
    assert measurements.measurement_records() == [(measurement, MeasurementRecord(PLAN))]


def test_a_file_in_the_place_of_the_folder_is_a_sentence() -> None:
    measurements.measurements_dir().parent.mkdir(parents=True, exist_ok=True)
    measurements.measurements_dir().write_text("")
    with pytest.raises(MeasurementError, match="must be a folder, got a file: move it away"):
        measurements.create_measurement(PLAN)
    assert measurements.measurements() == []


def test_a_measurement_is_named_by_its_file() -> None:
    measurement = measurements.create_measurement(PLAN)
    assert Measurement(measurement.path) == measurements.find_measurement(measurement.id)
