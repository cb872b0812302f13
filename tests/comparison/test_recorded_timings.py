import platform
from dataclasses import replace
from typing import Any

import pytest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.findings import Conditions, Findings, LayerTime, LayerTimes, Timing
from cnnviz.benchmark.results.measurements import MeasurementRecord
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.recorded_timings import (
    comparable_latencies,
    latency_by_batch_size,
    latency_by_threads,
    local_records,
    newest_latency,
    newest_layer_times,
    newest_optimizations,
    newest_timings,
    reliable_first,
    throughput_range,
)
from cnnviz.system.versions import versions

CONDITIONS = Conditions(platform.node(), "a CPU", 2, versions(), "2026-01-01T00:00:00", 0.1)


def latency(milliseconds: float, batch: int = 1) -> Latency:
    return Latency(9.0, (), (milliseconds,) * 30, 30 * milliseconds, batch)


def record(
    *timings: Timing, layers: tuple[LayerTimes, ...] = (), **changes: object
) -> MeasurementRecord:
    plan = Plan(("lenet5", "mnist_cnn"))
    return MeasurementRecord(
        plan, "finished", "", CONDITIONS, Findings((), timings, layers), **changes
    )  # type: ignore[arg-type]


def timing(model: str, milliseconds: float, batch: int = 1, threads: int = 1) -> Timing:
    return Timing(model, model, "torch", batch, threads, latency(milliseconds, batch))


def test_the_newest_time_on_one_thread_is_taken() -> None:
    new = record(timing("lenet5", 7.0, threads=2), timing("mnist_cnn", 3.0))
    old = record(timing("lenet5", 2.0), timing("mnist_cnn", 5.0))
    newest = newest_latency([new, old], "lenet5")
    assert newest is not None
    assert (newest.latency.p50, newest.age) == (2.0, 1)
    other = newest_latency([new, old], "mnist_cnn")
    assert other is not None
    assert (other.speed.p50, other.age) == (3.0, 0)
    assert other.speed.images_per_second == pytest.approx(1000 / 3)
    assert other.speed.where == "a CPU, 1 thread"
    assert newest_latency([new, old], "resnet8") is None
    assert newest_latency([new, old], "lenet5", batch=8) is None


def test_times_taken_in_turns_go_before_newer_ones_taken_alone() -> None:
    alone = record(timing("lenet5", 9.0))
    turns = record(timing("lenet5", 1.0), timing("mnist_cnn", 2.0))
    older = record(timing("lenet5", 5.0), timing("mnist_cnn", 6.0))
    both = comparable_latencies([alone, turns, older], ["lenet5", "mnist_cnn"])
    assert {key: (kept.latency.p50, kept.age) for key, kept in both.items()} == {
        "lenet5": (1.0, 1),
        "mnist_cnn": (2.0, 1),
    }
    assert comparable_latencies([alone, turns], ["lenet5"])["lenet5"].latency.p50 == 9.0
    groups = comparable_latencies(
        [alone, record(timing("mnist_cnn", 3.0))], ["lenet5", "mnist_cnn", "resnet8"]
    )
    assert {key: kept.age for key, kept in groups.items()} == {"lenet5": 0, "mnist_cnn": 1}


@pytest.mark.parametrize(
    "unsound",
    [{"state": "cancelled"}, {"state": "failed"}, {"plan": Plan(("lenet5",), tricks=True)}],
    ids=["canceled", "failed", "tricks"],
)
def test_canceled_times_and_those_of_tricks_are_taken_only_for_want_of_others(
    unsound: dict[str, Any],
) -> None:
    bad = replace(record(timing("lenet5", 9.0)), **unsound)
    good = record(timing("lenet5", 1.0))
    for found in (
        newest_latency([bad, good], "lenet5"),
        comparable_latencies([bad, good], ["lenet5"])["lenet5"],
    ):
        assert found is not None
        assert (found.latency.p50, found.reliable, found.age) == (1.0, True, 1)
    only = comparable_latencies([bad], ["lenet5"])["lenet5"]
    assert (only.latency.p50, only.reliable) == (9.0, False)
    assert reliable_first([bad, good]) == [good, bad]


def test_a_problem_is_no_time() -> None:
    failed = Timing("lenet5", "LeNet-5", "torch", 1, 1, None, "out of memory")
    assert newest_latency([record(failed)], "lenet5") is None


def test_a_curve_over_batch_sizes_is_of_one_measurement() -> None:
    local, several = (
        record(timing("lenet5", 1.0)),
        record(timing("lenet5", 8.0, 16), timing("lenet5", 2.0)),
    )
    assert list(latency_by_batch_size([local, several], "lenet5")) == [1, 16]
    assert latency_by_batch_size([local], "lenet5") == {}


def test_layers_come_from_the_newest_measurement_that_timed_them() -> None:
    timed = LayerTimes("lenet5", "LeNet-5", (LayerTime("c1", "Conv2d", 10, 0.5),), 0.6, 5)
    assert newest_layer_times([record(), record(layers=(timed,))], "lenet5") == timed
    assert newest_layer_times([record()], "lenet5") is None


def test_what_is_kept_at_another_scale_or_still_at_work_is_left_out() -> None:
    done = measurements.create_measurement(Plan(("lenet5",)))
    done.write(record(timing("lenet5", 1.0)))
    measurements.create_measurement(Plan(("lenet5",)))  # queued
    assert [records.state for records in local_records(published=False)] == ["finished"]
    assert local_records(published=True) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"conditions": replace(CONDITIONS, host="another-machine")},
        {"conditions": replace(CONDITIONS, versions=versions() | {"torch": "1.0"})},
        {"conditions": None},
        {"plan": Plan(("lenet5",), device="cuda")},
    ],
    ids=["host", "version", "nowhere", "device"],
)
def test_times_of_another_machine_version_or_device_are_left_out(changes: dict[str, Any]) -> None:
    local = record(timing("lenet5", 1.0))
    measurements.create_measurement(local.plan).write(replace(local, **changes))
    assert local_records(published=False) == []
    measurements.create_measurement(local.plan).write(local)
    assert len(local_records(published=False)) == 1


def test_a_curve_over_threads_is_of_one_image_and_one_measurement() -> None:
    two = record(timing("lenet5", 3.0, threads=2), timing("lenet5", 5.0), timing("lenet5", 9.0, 8))
    assert {threads: t.p50 for threads, t in latency_by_threads([two], "lenet5").items()} == {
        1: 5,
        2: 3,
    }
    assert latency_by_threads([record(timing("lenet5", 1.0))], "lenet5") == {}


def test_tricks_come_from_the_newest_measurement_that_tried_them() -> None:
    tried = OptimizationEffect(
        "lenet5", "folding", "Folded", "What.", "inference", None, None, "no norm"
    )
    old = replace(record(), findings=Findings(effects=(tried,)))
    assert newest_optimizations([record(), old], "lenet5") == (tried,)
    assert newest_optimizations([old], "resnet8") == ()


def test_the_newest_timing_of_each_setting_is_taken_in_the_order_of_models_and_engines() -> None:
    onnx = Timing("lenet5", "lenet5", "onnx", 1, 1, latency(4.0))
    new = record(timing("mnist_cnn", 3.0), onnx, timing("lenet5", 1.0, 8))
    old = record(timing("lenet5", 9.0, 8), timing("lenet5", 2.0), timing("lenet5", 5.0, threads=2))
    newest = newest_timings([new, old], ["lenet5", "mnist_cnn"])
    assert [
        (t.model, t.engine, t.batch, t.threads, t.latency and t.latency.p50) for t, _ in newest
    ] == [
        ("lenet5", "torch", 1, 1, 2.0),
        ("lenet5", "torch", 1, 2, 5.0),
        ("lenet5", "torch", 8, 1, 1.0),
        ("lenet5", "onnx", 1, 1, 4.0),
        ("mnist_cnn", "torch", 1, 1, 3.0),
    ]
    assert [source is new for _, source in newest] == [False, False, True, True, True]
    assert newest_timings([new], ["resnet8"]) == []


def test_throughput_is_lowest_at_the_upper_quartile_of_the_times() -> None:
    # quartiles 2, 4 and 8 ms for 16 images
    bounds = throughput_range(Latency(9.0, (), (1, 2, 4, 8, 16), 31, 16))
    assert (bounds.median, bounds.low, bounds.high) == (4000, 2000, 8000)
