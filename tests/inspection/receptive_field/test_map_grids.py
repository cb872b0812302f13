"""Intervals on grids: maps, maps with channels last, tokens and vectors."""

import numpy as np
import pytest

from cnnviz.inspection.receptive_field.intervals import NOTHING, Intervals, empty_intervals
from cnnviz.inspection.receptive_field.map_grids import (
    cleared,
    consistent_layout,
    on_grid,
    with_source,
)
from cnnviz.models.feature_maps import Layout

MAPS = Layout((2, 3), (2, 3))
CHANNELS_LAST = Layout((1, 2), (2, 3))
TOKENS = Layout((1,), (2, 2), class_tokens=1)


@pytest.mark.parametrize(("layout", "dims"), [(MAPS, 4), (CHANNELS_LAST, 4)])
def test_each_unit_of_a_source_depends_on_its_own_row_and_column(layout: Layout, dims: int) -> None:
    own = with_source(empty_intervals(1, dims), 0, dims, layout)
    rows, columns = (on_grid(layout, v, dims) for v in own.both)
    assert rows[:, 0].tolist() == [[[0], [1]], [[0], [-1]]]
    assert columns[:, 0].tolist() == [[[0, 1, 2]], [[0, -1, -2]]]


def test_class_tokens_depend_on_no_unit_and_are_not_on_the_grid() -> None:
    own = with_source(empty_intervals(1, 3), 0, 3, TOKENS)
    assert own.rows[:, 0, 0, :, 0].tolist() == [
        [NOTHING, 0, 0, 1, 1],
        [NOTHING, 0, 0, -1, -1],
    ]
    rows, columns = (on_grid(TOKENS, v, 3) for v in own.both)
    assert rows[0, 0].tolist() == [[0, 0], [1, 1]]
    assert columns[0, 0].tolist() == [[0, 1], [0, 1]]


def test_a_vector_is_one_unit() -> None:
    layout = Layout((), (1, 1))
    own = with_source(empty_intervals(1, 2), 0, 2, layout)
    assert on_grid(layout, own.rows, 2).shape == (2, 1, 1, 1)


def test_other_sources_stay_as_they_are() -> None:
    own = with_source(empty_intervals(2, 4), 1, 4, MAPS)
    assert (own.rows[:, 0] == NOTHING).all()
    assert (cleared(own.rows, 1) == NOTHING).all()
    assert not (own.rows[:, 1] == NOTHING).all()  # a copy was cleared


def test_the_layout_follows_the_dimensions_along_which_intervals_change() -> None:
    own = with_source(empty_intervals(1, 4), 0, 4, CHANNELS_LAST)
    shape = (1, 2, 3, 5)
    assert consistent_layout(Layout((2, 3), (3, 5)), shape, own) == CHANNELS_LAST
    constant = Intervals(*(np.zeros((2, 1, 1, 1, 1, 1), np.int16),) * 2)
    assert consistent_layout(MAPS, (1, 5, 2, 3), constant) == MAPS
