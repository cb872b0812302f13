"""The steps of a measurement: what is kept when it is canceled, and what does not fit."""

import pytest

from cnnviz.benchmark import execution, process
from cnnviz.benchmark.optimizations.catalog import TRAINING
from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.measurements import Progress
from cnnviz.benchmark.results.plan import Plan
from cnnviz.benchmark.static_costs import cost
from cnnviz.models.catalog import CATALOG, architecture


def test_a_measurement_is_canceled_and_keeps_what_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    measurement = measurements.create_measurement(
        Plan(models=("lenet5", "resnet8"), batches=(1, 2), seconds=0.01)
    )
    seen: list[Progress] = []

    def observe(progress: Progress) -> None:
        seen.append(progress)
        if "2 images" in progress.doing:
            measurement.cancel()
            monkeypatch.setattr(execution, "_REPORT_SECONDS", 0.0)

    record = process.run_measurement(measurement, observe)
    assert record.state == measurement.record().state == "cancelled"
    assert [t.batch for t in record.findings.timings] == [1, 1]
    assert len(record.findings.costs) == 2
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares)
    assert not measurement.canceled  # tidied away


def test_a_batch_that_does_not_fit_is_a_sentence_and_the_others_are_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    costs = cost(architecture("lenet5"), published=False)
    monkeypatch.setattr("cnnviz.system.hardware.free_memory", lambda: 8 * costs.activation_peak)
    plan = Plan(("lenet5",), batches=(1, 64), seconds=0.01, calls=20, tricks=True)
    record = process.run_measurement(measurements.create_measurement(plan))
    first, second = record.findings.timings
    assert first.latency
    assert second.problem.startswith("A call with 64 images needs about")
    assert second.problem.endswith("are free: choose a smaller batch.")
    for tried in record.findings.effects:
        what = "A training step on" if tried.measured == TRAINING else "A call with"
        assert tried.problem.startswith(f"{what} 64 images needs about")


def test_the_order_of_parts_leads_to_one() -> None:
    plan = Plan(models=tuple(CATALOG)[:3], batches=(1, 2), threads=(1, 2), layers=True)
    assert execution.count_steps(plan) == 3 + 4 + 3
