"""Distributions, boxes and batch curves of latencies, on calls written down by hand."""

import pytest

from cnnviz.plots import colors
from cnnviz.plots.latencies import (
    ThroughputRange,
    latency_boxes,
    latency_ecdf,
    throughput_by_batch_size,
    throughput_by_threads,
    throughput_heat_map,
)


def axes(figure: object) -> tuple[str, str]:
    layout = figure.layout  # type: ignore[attr-defined]
    return layout.xaxis.title.text, layout.yaxis.title.text


def test_a_distribution_rises_to_one_at_the_slowest_call() -> None:
    figure = latency_ecdf({"a": [3.0, 1.0, 2.0, 10.0]})
    [line] = figure.data
    assert list(line.x) == [1, 2, 3, 10]
    assert list(line.y) == [0.25, 0.5, 0.75, 1]
    assert "n = 4" in line.name
    with pytest.raises(ValueError, match="a: there must be at least one call, got none"):
        latency_ecdf({"a": []})


def test_boxes_hold_the_middle_half_and_the_quickest_is_first() -> None:
    calls = [float(i) for i in range(101)]  # percentiles are the values themselves
    [box] = latency_boxes(
        {"slow": [time + 100 for time in calls], "quick": [t + 1 for t in calls]}
    ).data
    assert list(box.y) == ["quick", "slow"]
    assert list(box.q1) == [26, 125]
    assert list(box.median) == [51, 150]
    assert list(box.q3) == [76, 175]
    assert (list(box.lowerfence), list(box.upperfence)) == ([6, 105], [96, 195])
    with pytest.raises(ValueError, match="a: there must be at least one call, got none"):
        latency_boxes({"a": []})


def rates(**values: float) -> dict[int, ThroughputRange]:
    return {int(k.strip("_")): ThroughputRange(v, 0.9 * v, 1.2 * v) for k, v in values.items()}


def test_batches_are_named_where_they_were_measured_and_carry_their_spread() -> None:
    figure = throughput_by_batch_size(
        {"a": rates(_1=100.0, _16=400.0), "b": rates(_1=50.0, _4=90.0)}
    )
    assert list(figure.layout.xaxis.ticktext) == ["1", "4", "16"]
    assert all(axes(figure))
    line = figure.data[0]
    assert list(line.error_y.array) == pytest.approx([20, 80])
    assert list(line.error_y.arrayminus) == pytest.approx([10, 40])


@pytest.mark.parametrize("theme", colors.THEMES)
def test_the_table_of_batches_colors_the_gain_and_says_the_rate(theme: str) -> None:
    lines = {"a": rates(_1=100.0, _16=1400.0), "b": rates(_1=50.0, _4=90.0)}
    [heat] = throughput_heat_map(lines, theme=theme).data
    assert list(heat.x) == ["1", "4", "16"]
    assert [list(row) for row in heat.z] == [[1, None, 14], [1, 1.8, None]]
    assert list(heat.text[0]) == ["100", "", "1,400"]


def test_thread_curves_are_named_for_threads() -> None:
    figure = throughput_by_threads({"a": rates(_1=100.0, _2=150.0)})
    assert figure.layout.xaxis.title.text == "threads"
    assert list(figure.data[0].y) == [100.0, 150.0]
