"""Arithmetic of intervals against sets of rows: each number of a tensor knows its sources by name.

The oracle keeps, for each number, the set of rows that reach it, and takes the smallest interval.
"""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from cnnviz.inspection.receptive_field import intervals
from cnnviz.inspection.receptive_field.intervals import (
    NOTHING,
    Array,
    Intervals,
    capped,
    empty_intervals,
    hull,
    identity_intervals,
    overwrite,
    reduce,
    reshape,
    squeeze,
    union,
    window,
)
from cnnviz.inspection.receptive_field.paths import Path
from cnnviz.inspection.receptive_field.taps import taps

Reached = frozenset[int]


def of_sets(sets: np.ndarray) -> Array:
    """The intervals of one source, (2, 1, *sets.shape), that hold these sets."""
    v = np.full((2, 1, *sets.shape), NOTHING, np.int16)
    for place in np.ndindex(sets.shape):
        if sets[place]:
            v[:, 0, *place] = min(sets[place]), -max(sets[place])
    return v


def random_sets(*shape: int, seed: int = 0) -> np.ndarray:
    """Sets of rows, some of them empty."""
    draw = np.random.default_rng(seed)
    sets = np.empty(shape, object)
    for place in np.ndindex(shape):
        sets[place] = frozenset(draw.integers(0, 50, draw.integers(0, 4)).tolist())
    return sets


def joined(sets: Sequence[Reached]) -> Reached:
    return frozenset().union(*sets)


def test_rows_hold_themselves_and_a_constant_is_reached_by_none() -> None:
    assert identity_intervals(3).tolist() == [[0, 1, 2], [0, -1, -2]]
    assert (empty_intervals(2, 3).rows == NOTHING).all()
    assert empty_intervals(2, 3).columns.shape == (2, 2, 1, 1, 1)


def test_what_reaches_a_sum_is_the_hull_of_what_reaches_its_parts() -> None:
    first, second = random_sets(3, 4, seed=1), random_sets(3, 4, seed=2)
    both = np.empty((3, 4), object)
    for place in np.ndindex(both.shape):
        both[place] = first[place] | second[place]
    a, b = of_sets(first), of_sets(second)
    found = union([Intervals(a, b), Intervals(b, a)], 2)
    assert (found.rows == of_sets(both)).all()
    assert (found.columns == of_sets(both)).all()


def test_parts_of_fewer_dimensions_are_broadcast_from_the_right() -> None:
    row, column = random_sets(4), random_sets(3, 1, seed=3)
    both = np.empty((3, 4), object)
    for i, j in np.ndindex(both.shape):
        both[i, j] = row[j] | column[i, 0]
    parts = [Intervals(of_sets(sets), of_sets(sets)) for sets in (row, column)]
    assert (union(parts, 2).rows == of_sets(both)).all()


def test_what_parts_bring_along_is_joined() -> None:
    v = identity_intervals(2)[:, None]
    left = Intervals(v, v, gates=frozenset({"a"}), pooled=True, path=Path(size=(3, 5)))
    right = Intervals(v, v, gates=frozenset({"b"}), unbounded=True, path=Path(size=(7, 1)))
    found = union([left, right], 1)
    assert found.gates == {"a", "b"}
    assert (found.pooled, found.unbounded) == (False, True)
    assert found.path is not None
    assert union([left, Intervals(v, v)], 1).path is None  # not known for one of them


def test_a_window_holds_the_hull_of_its_taps_and_padding_adds_nothing() -> None:
    sets = random_sets(2, 6)
    index = taps(6, 6, 3, 1, 1)
    expected = np.empty((2, 6), object)
    for line, place in np.ndindex(expected.shape):
        expected[line, place] = joined([sets[line, tap] for tap in index[place] if tap >= 0])
    assert (window(of_sets(sets), -1, 6, index) == of_sets(expected)).all()
    same = of_sets(random_sets(2, 1))  # nothing changes along it
    assert window(same, -1, 6, index) is same


def test_a_hull_over_dimensions_holds_all_and_keeps_what_is_constant() -> None:
    sets = random_sets(2, 3, 4)
    over = np.empty((2, 1, 1), object)
    for i in range(2):
        over[i, 0, 0] = joined(list(sets[i].flat))
    assert (reduce(of_sets(sets), (-1, -2)) == of_sets(over)).all()
    assert reduce(of_sets(sets), (-1, -2), keep=False).shape == (2, 1, 2)
    assert (hull(of_sets(sets), 3)[:, 0, 0, 0, 0] == of_sets(over).min(axis=(1, 2, 3, 4))).all()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((6, 4), (2, 3, 4)),
        ((2, 3, 4), (6, 4)),
        ((2, 3, 4), (24,)),
        ((24,), (2, 12)),
        ((4, 6), (6, 4)),
    ],
)
def test_a_tensor_in_another_shape_has_the_same_numbers_in_order(
    before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    sets = random_sets(*before)
    found = reshape(of_sets(sets), before, after)
    expected = of_sets(sets).reshape(2, 1, *after)
    assert (np.broadcast_to(found, expected.shape) == expected).all()


def test_what_is_constant_stays_one_number_in_another_shape() -> None:
    constant = of_sets(random_sets(1, 4))
    assert reshape(constant, (6, 4), (2, 3, 4)).shape == (2, 1, 1, 1, 4)


def test_squeezing_leaves_out_dimensions_along_which_nothing_changes() -> None:
    v = np.broadcast_to(of_sets(random_sets(1, 4, 1)), (2, 1, 3, 4, 5))
    assert squeeze(v).shape == (2, 1, 1, 4, 1)
    assert (squeeze(v) == v).all()


def test_a_part_that_is_overwritten_is_reached_by_what_was_written() -> None:
    before, part = random_sets(4, 5), random_sets(2, 5, seed=9)
    region = (slice(1, 3), slice(None))
    expected = before.copy()
    expected[region] = part
    found = overwrite(of_sets(before), of_sets(part), region, (4, 5))
    assert (found == of_sets(expected)).all()


def test_what_is_too_large_is_given_up_for_a_hull_that_holds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intervals, "CAP", 12)
    sets = random_sets(3, 8)
    v = of_sets(sets)
    small = capped(v)
    assert math.prod(small.shape[2:]) <= 12
    assert (small <= v).all()  # first is no later, and -last no earlier
    rows = Intervals(of_sets(random_sets(1, 8)), v)
    columns = Intervals(of_sets(random_sets(3, 1)), v)
    wide = union([rows, columns], 2).rows
    assert math.prod(wide.shape[2:]) <= 12
    assert (wide <= rows.rows).all()
    assert (wide <= columns.rows).all()
