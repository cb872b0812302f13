"""Filters side by side, with positions counted by hand."""

import numpy as np

from cnnviz.inspection.photographs.filter_mosaic import filter_mosaic


def test_filters_are_enlarged_and_lie_row_by_row_with_gaps() -> None:
    filters = np.zeros((3, 21, 14, 3), np.uint8)
    filters[:] = np.array([10, 20, 30], np.uint8)[:, None, None, None]
    mosaic = filter_mosaic(filters)
    # ⌈√6⌉ = 3 columns and one row; 21 rows go twice into 42 pixels, so a cell is 46 by 32
    assert mosaic.shape == (46, 96, 4)
    assert [mosaic[0, 32 * i].tolist() for i in range(3)] == [
        [10, 10, 10, 255],
        [20, 20, 20, 255],
        [30, 30, 30, 255],
    ]
    assert mosaic[41, 27].tolist() == [10, 10, 10, 255]  # last pixel of the first filter
    assert not mosaic[42:].any()
    assert not mosaic[:, 28:32].any()


def test_a_large_filter_is_not_enlarged_and_a_second_row_begins_below() -> None:
    filters = np.full((4, 50, 50, 3), 9, np.uint8)
    mosaic = filter_mosaic(filters)  # ⌈√8⌉ = 3 columns, 2 rows, cells of 54
    assert mosaic.shape == (108, 162, 4)
    assert mosaic[54, 0].tolist() == [9, 9, 9, 255]
    assert not mosaic[54:, 54:].any()
