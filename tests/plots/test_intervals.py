"""Shares with their intervals, held against Wilson's."""

import pytest

from cnnviz.plots.intervals import class_intervals, lines_with_bands
from cnnviz.stats.intervals import wilson


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
