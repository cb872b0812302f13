"""Intervals as columns: exact rows, a bounded number of them, and few bytes."""

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest

from cnnviz.training.runs.interval_table import IntervalTable, layout
from tests.on_disk import interval_row

NORMS = {f"layer{number}": 0.25 * number for number in range(156)}
DEAD = {f"relu{number}": 0.5 for number in range(151)}


def table(rows: list[dict[str, Any]], *, block: int = 7, max_rows: int = 1000) -> IntervalTable:
    made = IntervalTable(max_rows)
    for start in range(0, len(rows), block):
        made.extend(rows[start : start + block])
    return made


def steps(rows: Any) -> list[int]:
    return [row["step"] for row in rows]


@pytest.mark.parametrize("block", [1, 3, 100])
def test_rows_are_those_of_the_log_with_all_their_gaps(block: int) -> None:
    rows = [
        interval_row(1, loss=0.1, dead={"relu1": 0.25}),
        interval_row(2, loss=None, gradient_norms={"c1": None, "c2": 2.0}),
        interval_row(3, dead={"relu2": 0.5, "relu1": None}),
        {"kind": "interval", "step": 4, "epoch": 1, "seconds": 2, "gradient_norms": {}, "dead": {}},
    ]
    assert list(table(rows, block=block).rows()) == rows
    assert table(rows).rows() == rows
    assert table(rows).rows()[-1] == rows[-1]
    assert table(rows).rows() != rows[:-1]


def test_columns_and_keys_are_those_of_the_rows() -> None:
    rows = [
        interval_row(1, loss=None, dead={"b": 0.5}),
        interval_row(2, loss=0.1, dead={"b": 0.25, "a": 1.0}),
    ]
    part = table(rows).rows()
    np.testing.assert_array_equal(part.column("loss"), [np.nan, 0.1])
    np.testing.assert_array_equal(part.column("dead", "a"), [np.nan, 1.0])
    np.testing.assert_array_equal(part[::-1].column("step"), [2, 1])
    np.testing.assert_array_equal(part.column("dead", "missing"), [np.nan] * 2)
    assert part.keys("dead") == ["b", "a"]
    assert part[:1].keys("dead") == ["b"]


def test_rows_in_use_stay_as_they_are_while_the_table_grows() -> None:
    rows = [interval_row(step, dead={f"relu{step % 3}": 0.5}) for step in range(300)]
    grown, views = IntervalTable(100), []
    for start in range(0, 300, 10):
        views.append((list(grown.rows()), grown.rows()))
        grown.extend(rows[start : start + 10])
    assert all(list(view) == before for before, view in views)


@pytest.mark.parametrize("block", [1, 50, 5000])
def test_many_rows_are_thinned_evenly_and_the_newest_stay(block: int) -> None:
    rows = [interval_row(step, dead={}) for step in range(5000)]
    kept = steps(table(rows, block=block, max_rows=400).rows())
    assert 150 <= len(kept) <= 400
    assert kept[0] == 0
    assert kept[-64:] == list(range(4936, 5000))
    gaps = np.diff(kept)
    assert gaps.min() >= 1
    assert gaps.max() <= 64


def test_no_row_is_left_out_before_the_limit() -> None:
    rows = [interval_row(step) for step in range(400)]
    assert steps(table(rows, block=1, max_rows=400).rows()) == list(range(400))


def test_a_row_of_resnet_152_takes_less_than_2_kb() -> None:
    lines = [json.dumps(interval_row(step, gradient_norms=NORMS, dead=DEAD)) for step in range(500)]
    full = IntervalTable()
    full.extend([json.loads(lines[0])])
    tracemalloc.start()
    for line in lines[1:]:
        full.extend([json.loads(line)])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / len(lines) < 2_000
    assert full.nbytes / len(lines) == pytest.approx(size / len(lines), rel=0.3)


def test_a_layout_is_the_fields_of_a_row_and_their_layers() -> None:
    row = {"kind": "interval", "step": 1, "dead": {"r": 0.5}, "unknown": 1}
    assert layout(row) == (("step", "dead"), (), ("r",))
