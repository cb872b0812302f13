"""Rows of the CSV file of optimizations, worked out by hand."""

from dataclasses import replace

import pytest

from cnnviz.benchmark.results.findings import Conditions
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect, Side
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.comparison.optimization_table import optimization_rows, result_text

CONDITIONS = Conditions("host", "a CPU", 2, {"torch": "2.0"}, "2026-01-02T03:04:05", 0.1)


def side(milliseconds: float, peak: int) -> Side:
    """Return one side of 12 calls with 8 images, two in each turn."""
    calls = (milliseconds,) * 12
    return Side("side", Latency(9, (), calls, sum(calls), images=8, turn=2), peak)


HALVED = OptimizationEffect(
    "lenet5", "a", "Halved", "One. Two.", "inference", side(4, 3000), side(2, 1000), promise=True
)


def test_a_row_holds_both_sides_their_ratio_and_the_conditions() -> None:
    [row] = optimization_rows([HALVED], CONDITIONS)
    assert (row["without_p50_ms"], row["with_p50_ms"]) == (4, 2)
    assert [row[key] for key in ("images_per_second_ratio", "ratio_low", "ratio_high")] == [2] * 3
    assert (row["without_peak_bytes"], row["with_peak_bytes"]) == (3000, 1000)
    assert (row["optimization"], row["conclusion"]) == ("Halved", "faster")
    assert (row["machine"], row["torch"], row["host_badge"]) == ("host", "2.0", "clean")


def test_one_call_on_each_side_has_a_ratio_without_bounds() -> None:
    before, after = (Side("side", Latency(9, (), (ms,), ms), 1) for ms in (6.0, 2.0))
    [row] = optimization_rows([replace(HALVED, before=before, after=after)], CONDITIONS)
    assert row["images_per_second_ratio"] == pytest.approx(3)
    assert (row["ratio_low"], row["ratio_high"]) == (None, None)
    assert row["conclusion"] == "too few calls"


@pytest.mark.parametrize(
    ("promise", "exact", "text"),
    [
        (True, 0.0, "the same"),
        (True, 0.5, "NOT the same"),
        (False, None, "differ by up to 1.2%"),
    ],
)
def test_the_results_are_the_same_in_float64_or_differ_by_a_share(
    promise: bool, exact: float | None, text: str
) -> None:
    effect = replace(HALVED, promise=promise, difference=0.0123, exact_difference=exact)
    assert result_text(effect) == text
