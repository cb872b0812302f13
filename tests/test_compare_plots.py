import math

import numpy as np
import pytest

from cnnviz.calibration import calibration
from cnnviz.confidence import wilson
from cnnviz.plots import colours
from cnnviz.plots.agreement import agreement, what_they_say
from cnnviz.plots.bubbles import Bubble, bubbles, work_and_time
from cnnviz.plots.effects import Gain, gains
from cnnviz.plots.intervals import banded, class_intervals
from cnnviz.plots.latencies import batch_curves, distributions, thread_curves
from cnnviz.plots.logs import log_axis, short
from cnnviz.plots.reliability import reliability
from cnnviz.plots.stacked import Part, kind_colours, ratios, stacked

FOUND = [
    Bubble("quick", 1e5, 0.97, 1e4, 0.96, 0.98),
    Bubble("good", 1e7, 0.99, 4e4, 0.98, 1.0),
    Bubble("neither", 2e7, 0.98, 9e4, 0.97, 0.99),
]


def axes(figure: object) -> tuple[str, str]:
    layout = figure.layout  # type: ignore[attr-defined]
    return layout.xaxis.title.text, layout.yaxis.title.text


def test_the_front_is_filled_and_areas_are_in_the_ratio_of_the_parameters() -> None:
    figure = bubbles(FOUND, x_title="MACs", y_title="accuracy", by_size=False)
    others, front = figure.data
    assert list(front.text) == ["quick", "good"]
    assert list(others.text) == ["neither"]
    small, large = front.marker.size[1], others.marker.size[0]
    assert (large / small) ** 2 == pytest.approx(9e4 / 4e4)
    assert axes(figure) == ("MACs", "accuracy")
    assert front.error_y.array == pytest.approx((0.01, 0.01))


def test_counting_parameters_brings_the_smaller_back() -> None:
    found = [Bubble("a", 1.0, 0.9, 100), Bubble("b", 2.0, 0.8, 50)]
    assert list(bubbles(found, x_title="x", y_title="y", by_size=False).data[1].text) == ["a"]
    assert list(bubbles(found, x_title="x", y_title="y", by_size=True).data[1].text) == ["a", "b"]


def test_a_line_of_equal_speed_holds_at_both_of_its_ends() -> None:
    figure = work_and_time(["a", "b"], [1e6, 5e7], [0.2, 5.0])
    *lines, points = figure.data
    assert list(points.customdata) == pytest.approx([10.0, 20.0])  # 2e6 in 0.2 ms, 1e8 in 5 ms
    rates = {float(line.text[1].split()[0]): line for line in lines}
    assert 10.0 in rates
    for rate, line in rates.items():
        assert 2 * line.x / (line.y * 1e6) == pytest.approx([rate, rate])
        assert min(line.y) >= 0.0999
        assert max(line.y) <= 10.0001
    assert work_and_time([], [], []).data[0].x == ()
    with pytest.raises(ValueError, match="2 titles"):
        work_and_time(["a", "b"], [1.0], [1.0])


def test_a_distribution_rises_to_one_at_the_slowest_call() -> None:
    figure = distributions({"a": [3.0, 1.0, 2.0, 10.0]})
    [line] = figure.data
    assert list(line.x) == [1, 2, 3, 10]
    assert list(line.y) == [0.25, 0.5, 0.75, 1]
    assert "n = 4" in line.name
    with pytest.raises(ValueError, match="no calls"):
        distributions({"a": []})


def test_batches_are_named_where_they_were_measured() -> None:
    figure = batch_curves({"a": {1: 100.0, 16: 400.0}, "b": {1: 50.0, 4: 90.0}})
    assert list(figure.layout.xaxis.ticktext) == ["1", "4", "16"]
    assert all(axes(figure))


def test_layers_lie_one_after_the_other_and_kinds_keep_their_colour() -> None:
    bars = {"a": [Part("c1", "Conv2d", 0.6, ""), Part("fc", "Linear", 0.4, "")]}
    more = {"a": [Part("r", "ReLU", 1.0, "")]}
    chosen = kind_colours(bars, more)
    conv, linear = stacked(bars, x_title="share", colours=chosen).data
    assert (conv.base[0], conv.x[0], linear.base[0], linear.x[0]) == (0, 0.6, 0.6, 0.4)
    [relu] = stacked(more, x_title="share", colours=chosen).data
    assert len({conv.marker.color, linear.marker.color, relu.marker.color}) == 3


def test_kinds_beyond_the_palette_are_drawn_as_others() -> None:
    many = {"a": [Part(str(i), f"kind {i}", 0.1, "") for i in range(10)]}
    figure = stacked(many, x_title="share", colours=kind_colours(many))
    assert sum(len(trace.x) for trace in figure.data) == 10
    assert figure.data[-1].name == "others"


def test_twice_as_much_and_half_as_much_are_equally_far_from_one() -> None:
    figure = ratios(["a", "b"], [2.0, 0.5], ["", ""], first="x", second="y")
    [bar] = figure.data
    assert list(bar.customdata) == [2.0, 0.5]
    assert [bar.base + length for length in bar.x] == [2.0, 0.5]
    low, high = figure.layout.xaxis.range
    assert low == pytest.approx(-high)


def test_classes_without_digits_leave_a_gap() -> None:
    figure = class_intervals({"a": [wilson(9, 10), None], "b": [wilson(1, 2), wilson(2, 2)]})
    a, b = figure.data
    assert len(a.x) == 1
    assert a.y[0] - a.error_y.arrayminus[0] == pytest.approx(wilson(9, 10).low)
    assert a.x[0] < 0 < b.x[0]
    with pytest.raises(ValueError, match="same classes"):
        class_intervals({"a": [None], "b": [None, None]})


def test_a_band_goes_along_the_upper_bounds_and_back_along_the_lower() -> None:
    shares = [wilson(10, 10), wilson(5, 10)]
    band, line = banded({"a": shares}, [0, 1], x_title="strength").data
    assert list(band.x) == [0, 1, 1, 0]
    assert list(band.y) == [shares[0].high, shares[1].high, shares[1].low, shares[0].low]
    assert list(line.y) == [1, 0.5]
    with pytest.raises(ValueError, match="2 shares at 3 strengths"):
        banded({"a": shares}, [0, 1, 2], x_title="strength")


def test_reliability_leaves_out_empty_bins_and_draws_the_diagonal() -> None:
    found = calibration(np.array([0.92, 0.95, 0.2]), np.array([True, True, False]), bins=10)
    diagonal, line = reliability({"a": found}).data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert list(line.customdata) == [1, 2]
    assert list(line.y) == [0, 1]


@pytest.mark.parametrize("theme", colours.THEMES)
def test_tables_of_shares_are_checked_and_take_the_theme(theme: str) -> None:
    shares = np.array([[1.0, 0.9], [0.9, 1.0]])
    [heat] = agreement(shares, ["a", "b"], theme=theme).data
    assert np.isnan(heat.z[0][0])
    assert heat.z[0][1] == 0.9
    assert heat.colorscale[0][1] == colours.anchors("sequential", theme)[0]
    [said] = what_they_say(np.eye(10)[:2], ["a", "b"], theme=theme).data
    assert list(said.text[0])[:2] == ["> 99%", ""]
    with pytest.raises(ValueError, match="for 3 networks"):
        agreement(shares, ["a", "b", "c"], theme=theme)
    with pytest.raises(ValueError, match="for 1 networks"):
        what_they_say(np.eye(10)[:2], ["a"], theme=theme)


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
    assert [short(v) for v in (0.002, 1.0, 999.0, 1000.0, 2.5e9)] == [
        "2 m",
        "1",
        "999",
        "1 k",
        "2.5 G",
    ]


def test_lines_differ_in_colour_or_dash() -> None:
    styles = [tuple(colours.line_style(place).values()) for place in range(24)]
    assert len(set(styles)) == 24


def test_gains_stand_over_one_for_time_and_memory_and_grey_where_noise_may_be_all() -> None:
    found = [Gain("A", 2.0, 1.5, 3.0, True, 0.5), Gain("B", 1.1, 0.9, 1.2, False, 1.0)]
    speed, memory = gains(found).data
    assert (list(speed.x), list(memory.x), list(speed.y)) == ([2.0, 1.1], [0.5, 1.0], ["A", "B"])
    assert list(speed.error_x.array) == pytest.approx([1.0, 0.1])
    assert list(speed.error_x.arrayminus) == pytest.approx([0.5, 0.2])
    first, second = speed.marker.color
    assert first != second == "#999999"
    with pytest.raises(ValueError, match="no gains"):
        gains([])


def test_thread_curves_are_named_for_threads() -> None:
    figure = thread_curves({"a": {1: 100.0, 2: 150.0}})
    assert figure.layout.xaxis.title.text == "threads"
    assert list(figure.data[0].y) == [100.0, 150.0]
