"""Bars of the ratios of two networks."""

import math

import pytest

from cnnviz.plots.ratio_bars import RatioBar, ratio_bars


def test_twice_as_much_and_half_as_much_are_equally_far_from_one() -> None:
    found = [RatioBar("a", 2.0, "1 → 2", 1.5, 4.0), RatioBar("b", 0.5, "2 → 1")]
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
    figure = ratio_bars([RatioBar("a", 1.0, ""), RatioBar("b", 1.1, "")], first="x", second="y")
    assert list(figure.data[0].text) == ["equal", ""]
    assert [note.text for note in figure.layout.annotations] == ["← less", "more →"]


def test_a_bound_that_is_infinite_goes_to_the_edge() -> None:
    figure = ratio_bars([RatioBar("a", 2.0, "", 1.5, None)], first="x", second="y")
    assert math.log10(figure.data[1].x[1]) == pytest.approx(figure.layout.xaxis.range[1])
