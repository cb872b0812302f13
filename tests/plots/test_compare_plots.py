import math

import numpy as np
import pytest

from cnnviz.comparison.layer_kinds import BETWEEN
from cnnviz.evaluation.calibration import calibration
from cnnviz.plots import colors
from cnnviz.plots.agreement import class_probabilities, disagreement_matrix
from cnnviz.plots.cost_vs_accuracy import Bubble, bubble_chart
from cnnviz.plots.intervals import class_intervals, lines_with_bands
from cnnviz.plots.label_placement import label_positions
from cnnviz.plots.latencies import (
    ThroughputRange,
    latency_boxes,
    latency_ecdf,
    throughput_by_batch_size,
    throughput_by_threads,
    throughput_heat_map,
)
from cnnviz.plots.log_axis import log_axis, with_si_prefix
from cnnviz.plots.macs_vs_latency import macs_vs_latency
from cnnviz.plots.ratio_bars import Ratio, ratio_bars
from cnnviz.plots.reliability import reliability_diagram
from cnnviz.plots.speedups import OptimizationGain, optimization_gains
from cnnviz.plots.stacked_bars import Segment, kind_colors, stacked_bars
from cnnviz.stats.intervals import wilson

FOUND = [
    Bubble("quick", 1e5, 0.97, 1e4, 0.96, 0.98),
    Bubble("good", 1e7, 0.99, 4e4, 0.98, 1.0),
    Bubble("neither", 2e7, 0.97, 9e4, 0.96, 0.975),
]


def axes(figure: object) -> tuple[str, str]:
    layout = figure.layout  # type: ignore[attr-defined]
    return layout.xaxis.title.text, layout.yaxis.title.text


def test_the_front_is_filled_and_areas_are_in_the_ratio_of_the_parameters() -> None:
    figure = bubble_chart(FOUND, x_title="MACs", y_title="accuracy", by_size=False)
    stairs, others, front = figure.data
    assert list(front.text) == ["quick", "good"]
    assert (list(stairs.x), list(stairs.y), stairs.line.shape) == ([1e5, 1e7], [0.97, 0.99], "hv")
    assert list(others.text) == ["neither"]
    small, large = front.marker.size[1], others.marker.size[0]
    assert (large / small) ** 2 == pytest.approx(9e4 / 4e4)
    assert axes(figure) == ("MACs", "accuracy")
    assert front.error_y.array == pytest.approx((0.01, 0.01))


def test_counting_parameters_brings_the_smaller_back() -> None:
    found = [Bubble("a", 1.0, 0.9, 100), Bubble("b", 2.0, 0.8, 50)]
    assert list(bubble_chart(found, x_title="x", y_title="y", by_size=False).data[-1].text) == ["a"]
    assert list(bubble_chart(found, x_title="x", y_title="y", by_size=True).data[-1].text) == [
        "a",
        "b",
    ]


def test_of_many_networks_those_on_the_front_are_named_and_others_where_there_is_room() -> None:
    crowd = [Bubble(f"network {i}", 10.0, 0.9 - i / 1e5, 100) for i in range(17)]
    apart = Bubble("far away", 1e6, 0.5, 100)
    _, others, front = bubble_chart([*crowd, apart], x_title="x", y_title="y", by_size=False).data
    assert list(front.texttemplate) == ["network 0"]
    named = [name for name in others.texttemplate if name]
    assert "far away" in named
    assert len(named) < len(crowd)
    assert list(others.text) == [*(one.title for one in crowd[1:]), "far away"]  # when pointed at


def test_who_may_be_on_the_front_within_the_bounds_is_told_apart() -> None:
    found = [
        Bubble("on it", 1.0, 0.90, 10, 0.88, 0.92),
        Bubble("perhaps", 2.0, 0.89, 10, 0.87, 0.91),
        Bubble("not", 2.0, 0.85, 10, 0.83, 0.87),
        Bubble("cheap", 0.5, 0.5, 10, 0.4, 0.6),  # nobody is cheaper
    ]
    *_, others, maybe, front = bubble_chart(found, x_title="x", y_title="y", by_size=False).data
    assert [list(t.text) for t in (others, maybe, front)] == [
        ["not"],
        ["perhaps"],
        ["cheap", "on it"],
    ]
    assert "overlap" in maybe.name


def test_mistakes_grow_downwards_and_none_of_them_is_drawn_as_half_a_digit() -> None:
    found = [Bubble("all", 2.0, 1.0, 10, 0.99, 1.0), Bubble("most", 1.0, 0.9, 10, 0.8, 0.95)]
    figure = bubble_chart(found, x_title="x", y_title="y", by_size=False, smallest_error=0.0005)
    front = figure.data[-1]
    assert list(front.y) == pytest.approx([0.1, 0.0005])
    assert front.error_y.array == pytest.approx([0.1, 0.0095])  # to 0.2 and to 0.01
    assert front.error_y.arrayminus == pytest.approx([0.05, 0])
    bottom, top = figure.layout.yaxis.range
    assert bottom > top
    assert [said[1] for said in front.customdata] == [0.9, 1.0]


def test_two_networks_that_cost_and_are_worth_the_same_are_both_on_the_front() -> None:
    found = [Bubble("a", 1.0, 0.9, 100), Bubble("b", 1.0, 0.9, 50), Bubble("c", 1.0, 0.8, 10)]
    *_, others, front = bubble_chart(found, x_title="x", y_title="y", by_size=False).data
    assert (set(front.text), set(others.text)) == ({"a", "b"}, {"c"})


def test_names_of_neighbors_stand_on_different_sides() -> None:
    x, y = np.array([0.5, 0.51]), np.array([0.5, 0.5])
    first, second = label_positions(["one network", "another one"], x, y)
    assert first != second
    assert label_positions([], np.array([]), np.array([])) == []
    assert label_positions(["at the edge"], np.array([1.0]), np.array([0.5])) == ["middle left"]


def test_a_line_of_equal_speed_holds_at_both_of_its_ends() -> None:
    figure = macs_vs_latency(["a", "b"], [1e6, 5e7], [0.2, 5.0])
    *lines, points = figure.data
    assert list(points.customdata) == pytest.approx([10.0, 20.0])  # 2e6 in 0.2 ms, 1e8 in 5 ms
    rates = {float(line.text[1].split()[0]): line for line in lines}
    assert 10.0 in rates
    for rate, line in rates.items():
        assert 2 * line.x / (line.y * 1e6) == pytest.approx([rate, rate])
        assert min(line.y) >= 0.0999
        assert max(line.y) <= 10.0001
    assert macs_vs_latency([], [], []).data[0].x == ()
    with pytest.raises(ValueError, match="2 titles"):
        macs_vs_latency(["a", "b"], [1.0], [1.0])


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


def test_layers_lie_one_after_the_other_and_kinds_keep_their_color() -> None:
    macs = [Segment("c1", "Conv2d", 0.6, ""), Segment("fc", "Linear", 0.4, "")]
    bars = {"a": {"MACs": macs, "time": [Segment("r", "ReLU", 1.0, "")]}}
    figure = stacked_bars(bars, x_title="share", colors=kind_colors(bars))
    found = {trace.name: trace for trace in figure.data}
    conv, linear, relu = found["Conv2d"], found["Linear"], found["ReLU"]
    assert (conv.base[0], conv.x[0], linear.base[0], linear.x[0]) == (0, 0.6, 0.6, 0.4)
    assert conv.y[0] == linear.y[0] < relu.y[0]
    assert list(figure.layout.yaxis.ticktext) == ["MACs", "time"]
    assert [note.text for note in figure.layout.annotations] == ["a"]
    assert len({conv.marker.color, linear.marker.color, relu.marker.color}) == 3


def test_kinds_beyond_the_palette_are_drawn_as_others() -> None:
    many = {"a": {"MACs": [Segment(str(i), f"kind {i}", 0.1, "") for i in range(10)]}}
    figure = stacked_bars(many, x_title="share", colors=kind_colors(many))
    assert sum(len(trace.x) for trace in figure.data) == 10
    assert figure.data[-1].name == "others"


def test_depthwise_layers_have_a_color_however_little_they_are() -> None:
    parts = [Segment(str(i), f"kind {i}", 0.1, "") for i in range(9)]
    parts += [Segment("d", "Conv2d, depthwise", 0.01, ""), Segment("no layer", BETWEEN, 0.09, "")]
    chosen = kind_colors({"a": {"time": parts}})
    assert chosen["Conv2d, depthwise"] in colors.LINES
    assert chosen[BETWEEN] not in colors.LINES
    assert "kind 8" not in chosen


def test_twice_as_much_and_half_as_much_are_equally_far_from_one() -> None:
    found = [Ratio("a", 2.0, "1 → 2", 1.5, 4.0), Ratio("b", 0.5, "2 → 1")]
    figure = ratio_bars(found, first="x", second="y")
    bar, whisker = figure.data
    assert [value for _, value in bar.customdata] == [2.0, 0.5]
    assert [bar.base + length for length in bar.x] == [2.0, 0.5]
    assert (list(whisker.x), list(whisker.y)) == ([1.5, 4.0], [0, 0])
    low, high = figure.layout.xaxis.range
    assert low == pytest.approx(-high)
    assert 10**high > 4
    assert "1 → 2" in figure.layout.yaxis.ticktext[0]


def test_an_equal_amount_is_called_equal() -> None:
    figure = ratio_bars([Ratio("a", 1.0, ""), Ratio("b", 1.1, "")], first="x", second="y")
    assert list(figure.data[0].text) == ["equal", ""]
    assert [note.text for note in figure.layout.annotations] == ["← less", "more →"]


def test_a_bound_that_is_infinite_goes_to_the_edge() -> None:
    figure = ratio_bars([Ratio("a", 2.0, "", 1.5, None)], first="x", second="y")
    assert math.log10(figure.data[1].x[1]) == pytest.approx(figure.layout.xaxis.range[1])


def test_classes_without_digits_leave_a_gap() -> None:
    figure = class_intervals({"a": [wilson(9, 10), None], "b": [wilson(1, 2), wilson(2, 2)]})
    a, b = figure.data
    assert len(a.x) == 1
    assert a.y[0] - a.error_y.arrayminus[0] == pytest.approx(wilson(9, 10).low)
    assert a.x[0] < 0 < b.x[0]
    with pytest.raises(ValueError, match="same classes, got 1, 2 classes"):
        class_intervals({"a": [None], "b": [None, None]})


def test_a_band_goes_along_the_upper_bounds_and_back_along_the_lower() -> None:
    shares = [wilson(10, 10), wilson(5, 10)]
    band, line = lines_with_bands({"a": shares}, [0, 1], x_title="strength").data
    assert list(band.x) == [0, 1, 1, 0]
    assert list(band.y) == [shares[0].high, shares[1].high, shares[1].low, shares[0].low]
    assert list(line.y) == [1, 0.5]
    with pytest.raises(ValueError, match="got 2 intervals for 3 strengths"):
        lines_with_bands({"a": shares}, [0, 1, 2], x_title="strength")


def test_reliability_leaves_out_empty_bins_and_draws_the_diagonal() -> None:
    certainty = np.array([0.92, *[0.95] * 9, 0.2])
    found = calibration(certainty, certainty > 0.5, bins=10)
    diagonal, line, counts, few, few_counts = reliability_diagram({"a": found}).data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert (list(line.y), list(counts.y)) == ([1], [10])
    assert (list(few.y), list(few_counts.y)) == ([0], [1])
    assert few.marker.color != line.marker.color  # faint
    assert (line.showlegend, few.showlegend) == (True, False)
    low, high = reliability_diagram({"a": found}, zoom=True).layout.yaxis.range
    assert low < 0 < 1 < high  # the bin at 0.2 reaches down to nothing


@pytest.mark.parametrize("theme", colors.THEMES)
def test_tables_of_shares_are_checked_and_take_the_theme(theme: str) -> None:
    counts = np.array([[0, 5], [5, 0]])
    [heat] = disagreement_matrix(counts, 1000, ["a", "b"], theme=theme).data
    assert np.isnan(heat.z[0][0])
    assert heat.z[0][1] == 5
    assert (heat.zmin, heat.zmax) == (0, 100)  # so that 5 of 1,000 are pale
    share = wilson(5, 1000)
    assert list(heat.customdata[0][1]) == [share.value, share.low, share.high]
    assert heat.colorscale[0][1] == colors.anchors("sequential", theme)[0]
    [said] = class_probabilities(np.eye(10)[:2], ["a", "b"], theme=theme).data
    assert list(said.text[0])[:2] == ["> 99", ""]
    framed = class_probabilities(np.eye(10)[:2], ["a", "b"], label=3, theme=theme)
    [frame] = framed.layout.shapes
    assert (frame.x0, frame.x1) == (2.5, 3.5)
    with pytest.raises(ValueError, match=r"counts for 3 networks must be \(3, 3\), got \(2, 2\)"):
        disagreement_matrix(counts, 1000, ["a", "b", "c"], theme=theme)
    with pytest.raises(ValueError, match=r"got \(2, 10\) for 1 networks"):
        class_probabilities(np.eye(10)[:2], ["a"], theme=theme)


def test_ticks_are_round_and_within_the_axis() -> None:
    axis = log_axis([3e4, 2e6])
    low, high = axis["range"]
    assert axis["ticktext"] == ["20 k", "50 k", "100 k", "200 k", "500 k", "1 M", "2 M"]
    assert all(low <= math.log10(tick) <= high for tick in axis["tickvals"])
    assert log_axis([]) == {"type": "log"}
    wide = log_axis([1e-2, 1e9])
    assert all(
        math.log10(tick) == pytest.approx(round(math.log10(tick))) for tick in wide["tickvals"]
    )
    assert [with_si_prefix(v) for v in (0.002, 1.0, 999.0, 1000.0, 2.5e9)] == [
        "2 m",
        "1",
        "999",
        "1 k",
        "2.5 G",
    ]


def test_lines_differ_in_color_or_dash() -> None:
    styles = [tuple(colors.line_style(place).values()) for place in range(24)]
    assert len(set(styles)) == 24


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


def test_thread_curves_are_named_for_threads() -> None:
    figure = throughput_by_threads({"a": rates(_1=100.0, _2=150.0)})
    assert figure.layout.xaxis.title.text == "threads"
    assert list(figure.data[0].y) == [100.0, 150.0]
