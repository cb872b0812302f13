"""Ratios of two networks, worked out by hand."""

import pytest

from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.pairwise import COSTS, cost_ratio, error_ratio, latency_ratio
from cnnviz.comparison.recorded_timings import Speed
from cnnviz.comparison.summary import NetworkSummary


def summary(milliseconds: float | None) -> NetworkSummary:
    speed = Speed(milliseconds, 0, 0, "clean", "", "") if milliseconds is not None else None
    return NetworkSummary("a", "A", "lenet5", speed=speed)


def latency(*calls: float) -> Latency:
    return Latency(9.0, (), calls, sum(calls))


def test_a_cost_ratio_is_the_second_over_the_first() -> None:
    ratio = cost_ratio(COSTS["latency"], summary(2.0), summary(5.0))
    assert ratio is not None
    assert (ratio.value, ratio.low, ratio.high) == (2.5, None, None)


@pytest.mark.parametrize("other", [None, 0.0])
def test_there_is_no_ratio_of_what_is_unknown_or_zero(other: float | None) -> None:
    assert cost_ratio(COSTS["latency"], summary(2.0), summary(other)) is None
    assert cost_ratio(COSTS["latency"], summary(other), summary(2.0)) is None


def test_bounds_of_a_latency_ratio_go_from_quartile_to_quartile() -> None:
    # quartiles 2, 3, 4 and 20, 30, 40
    ratio = latency_ratio(latency(1, 2, 3, 4, 5), latency(10, 20, 30, 40, 50))
    assert (ratio.value, ratio.low, ratio.high) == (10, 20 / 4, 40 / 2)


def test_error_rates_are_compared_only_where_both_make_errors() -> None:
    ratio = error_ratio(0.98, 0.995)
    assert ratio is not None
    assert ratio.value == pytest.approx(1 / 4)
    assert error_ratio(1.0, 0.9) is None
    assert error_ratio(0.9, 1.0) is None


def test_every_cost_names_its_unit_and_reads_its_own_quantity() -> None:
    assert len({cost.title for cost in COSTS.values()}) == len(COSTS)
    assert {cost.kind for cost in COSTS.values()} == {"milliseconds", "count", "bytes"}
    assert [cost.value(summary(None)) for cost in COSTS.values()] == [None] * len(COSTS)
