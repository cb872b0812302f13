"""Cost against accuracy: the front, the areas of the bubbles and lines of equal speed, by hand."""

import math

import pytest

from cnnviz.plots.cost_vs_accuracy import Bubble, bubble_chart
from cnnviz.plots.macs_vs_latency import macs_vs_latency

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
    assert [said[1] for said in front.customdata] == ["90.00%", "100.00%"]


def test_two_networks_that_cost_and_are_worth_the_same_are_both_on_the_front() -> None:
    found = [Bubble("a", 1.0, 0.9, 100), Bubble("b", 1.0, 0.9, 50), Bubble("c", 1.0, 0.8, 10)]
    *_, others, front = bubble_chart(found, x_title="x", y_title="y", by_size=False).data
    assert (set(front.text), set(others.text)) == ({"a", "b"}, {"c"})


def test_the_labels_of_the_lines_of_equal_speed_lie_inside_the_axes() -> None:
    # the median latencies and MACs of four networks for which labels lay outside by rounding
    milliseconds = [0.264, 0.279, 0.2, 0.108]
    figure = macs_vs_latency(list("abcd"), [4.241e6, 5.683e6, 416.5e3, 1.047e6], milliseconds)
    x_range, y_range = figure.layout.xaxis.range, figure.layout.yaxis.range
    *lines, _ = figure.data
    assert [line.text[1] for line in lines] == ["1 GFLOP/s", "10 GFLOP/s", "100 GFLOP/s"]
    for line in lines:
        assert math.log10(line.x[1]) < x_range[1]
        assert math.log10(line.y[1]) < y_range[1]
    # the first ends at the top on the left, the second at the top, the third on the right
    assert [line.textposition for line in lines] == ["bottom right", "bottom right", "top left"]


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
