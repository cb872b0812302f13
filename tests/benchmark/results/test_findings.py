"""Figures that follow from what was found, by hand."""

import pytest

from cnnviz.benchmark.results.findings import Cost, Findings, Timing
from cnnviz.benchmark.timing.latency import Latency
from tests.benchmark.results.full_record import FULL


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
