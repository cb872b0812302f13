"""Speedup, memory and sameness of an optimization, by hand."""

from dataclasses import replace

import pytest

from cnnviz.benchmark.results.optimization_effect import OptimizationEffect, Side
from cnnviz.benchmark.timing.latency import Latency


def side(milliseconds: float, *, calls: int, peak: int, images: int = 1) -> Side:
    latency = Latency(1.0, (), (milliseconds,) * calls, None, images, turn=2)
    return Side("side", latency, peak)


def effect(before: Side | None, after: Side | None) -> OptimizationEffect:
    return OptimizationEffect("lenet5", "key", "Title", "What.", "inference", before, after)


def test_a_speedup_has_bounds_from_six_pairs_of_turns_on() -> None:
    many = effect(side(6, calls=12, peak=8), side(2, calls=12, peak=2))
    assert many.ratio is not None
    assert (many.ratio.value, many.ratio.low, many.ratio.high) == (3, 3, 3)
    assert (many.speedup, many.verdict, many.memory) == (3, "faster", 0.25)
    few = effect(side(6, calls=4, peak=8), side(2, calls=4, peak=2))
    assert (few.ratio, few.speedup, few.verdict) == (None, 3, "too few calls")


def test_a_larger_batch_counts_its_images() -> None:
    batches = effect(side(2, calls=12, peak=1), side(8, calls=12, peak=8, images=8))
    assert batches.speedup == pytest.approx(2)
    assert batches.memory == 8


def test_what_does_not_apply_has_no_figures() -> None:
    missing = effect(None, None)
    figures = (missing.ratio, missing.speedup, missing.verdict, missing.memory, missing.kept)
    assert figures == (None, None, "", None, None)


def test_results_are_the_same_up_to_rounding_in_float64() -> None:
    sides = effect(side(1, calls=1, peak=1), side(1, calls=1, peak=1))
    assert replace(sides, exact_difference=1e-9).kept is True
    assert replace(sides, exact_difference=1e-3).kept is False
    assert sides.kept is None
