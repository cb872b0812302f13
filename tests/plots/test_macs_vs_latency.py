"""Latency against MACs, with lines of equal throughput."""

import math

import pytest

from cnnviz.plots.macs_vs_latency import macs_vs_latency


def test_each_network_is_a_point_with_its_throughput() -> None:
    figure = macs_vs_latency(["a", "b"], [1e6, 4e6], [0.5, 1.0])
    points = figure.data[-1]
    assert (list(points.x), list(points.y)) == ([1e6, 4e6], [0.5, 1.0])
    # two operations per MAC: 2e6 in 0.5 ms are 4e9 per second, 8e6 in 1 ms are 8e9
    assert list(points.customdata) == pytest.approx([4, 8])


def test_the_lines_have_the_throughput_that_they_are_named_for() -> None:
    figure = macs_vs_latency(["a", "b"], [1e5, 1e8], [0.1, 10.0])
    lines = figure.data[:-1]
    assert len(lines) > 1
    for line in lines:
        rate = float(line.text[1].removesuffix(" GFLOP/s"))
        for macs, ms in zip(line.x, line.y, strict=True):
            assert 2 * macs / (ms / 1000) / 1e9 == pytest.approx(rate)
            assert figure.layout.xaxis.range[0] <= math.log10(macs) <= figure.layout.xaxis.range[1]


def test_every_network_has_macs_and_a_time() -> None:
    with pytest.raises(ValueError, match="got 2 titles, 1 MACs, 2 times"):
        macs_vs_latency(["a", "b"], [1e6], [0.5, 1.0])
