"""Gains in time and memory, gray where noise may be all."""

import pytest

from cnnviz.plots.speedups import OptimizationGain, optimization_gains


def test_gains_stand_over_one_for_time_and_memory_and_gray_where_noise_may_be_all() -> None:
    found = [
        OptimizationGain("A", 2.0, 1.5, 3.0, True, 0.5),
        OptimizationGain("B", 1.1, 0.9, 1.2, False, 1.0),
    ]
    speed, memory = optimization_gains(found).data
    assert (list(speed.x), list(memory.x), list(speed.y)) == ([2.0, 1.1], [0.5, 1.0], ["A", "B"])
    assert list(speed.error_x.array) == pytest.approx([1.0, 0.1])
    assert list(speed.error_x.arrayminus) == pytest.approx([0.5, 0.2])
    first, second = speed.marker.color
    assert first != second == "#999999"
    with pytest.raises(ValueError, match="at least one optimization to draw, got none"):
        optimization_gains([])
