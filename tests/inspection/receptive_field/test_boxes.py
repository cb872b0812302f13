"""Boxes from intervals, by hand."""

import numpy as np
import pytest

from cnnviz.inspection.receptive_field.boxes import Boxes
from cnnviz.inspection.receptive_field.intervals import NOTHING

ROWS = np.array([[[[0], [2]]], [[[-1], [-5]]]], np.int16)  # rows 0 to 1, and 2 to 5
COLUMNS = np.array([[[[3, 4, NOTHING]]], [[[-3, -6, NOTHING]]]], np.int16)  # 3, 4 to 6, none


def test_a_box_is_first_row_and_column_and_last_row_and_column() -> None:
    boxes = Boxes((2, 3), ROWS, COLUMNS, {"": 0})
    assert boxes[""].tolist() == [
        [[0, 3, 1, 3], [0, 4, 1, 6], [0, 0, -1, -1]],
        [[2, 3, 5, 3], [2, 4, 5, 6], [0, 0, -1, -1]],
    ]
    assert boxes[""].dtype == np.int32


def test_sources_are_its_keys() -> None:
    rows, columns = (np.repeat(v, 2, axis=1) for v in (ROWS, COLUMNS))
    rows[:, 1] += np.array([1, -1], np.int16)[:, None, None]  # a row further down
    boxes = Boxes((2, 3), rows, columns, {"": 0, "conv": 1})
    assert (list(boxes), len(boxes)) == (["", "conv"], 2)
    assert boxes["conv"][0, 0].tolist() == [1, 3, 2, 3]
    with pytest.raises(KeyError):
        boxes["pool"]
