import json
from typing import Any

import numpy as np
import pytest

from cnnviz.system import files
from cnnviz.training.runs.event_log import EventLog
from cnnviz.training.runs.history import History, column, keys, subsample
from cnnviz.training.runs.records import RunError
from cnnviz.training.runs.store import Run
from tests.on_disk import interval_row, make_run


@pytest.fixture
def run() -> Run:
    return make_run()


def interval(step: int, loss: float | None = 1.0, **more: object) -> dict[str, Any]:
    usual = {"seconds": step / 100, "loss": loss, "gradient_norms": {}}
    return interval_row(step, **(usual | more))


def epoch(number: int) -> dict[str, Any]:
    confusion = [[100 * (row == column) for column in range(10)] for row in range(10)]
    where = {"kind": "epoch", "epoch": number, "step": 10 * number, "seconds": 0.1 * number}
    return {**where, "test_accuracy": 1.0, "confusion": confusion}


def text(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def append(run: Run, content: bytes) -> None:
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(content)


def rewrite(run: Run, *rows: dict[str, Any]) -> None:
    """As a resumed trainer does; in place too, since the number of a file may come back."""
    files.replace(run.path / "metrics.jsonl", text(*rows))


def steps(history: History) -> list[int]:
    return [row["step"] for row in history.intervals]


def test_a_run_without_a_log_has_no_history(run: Run) -> None:
    history = History(run).read()
    assert (history.intervals, history.epochs) == ([], [])


def test_each_reading_adds_what_is_new_and_sorts_it_by_kind(run: Run) -> None:
    history = History(run)
    append(run, text(interval(1), interval(2), epoch(1)))
    assert steps(history.read()) == [1, 2]
    append(run, text(interval(11), epoch(2)))
    assert steps(history.read()) == [1, 2, 11]
    assert [row["epoch"] for row in history.epochs] == [1, 2]
    assert steps(history.read()) == [1, 2, 11]


def test_only_what_is_new_is_parsed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, text(*map(interval, range(1000))))
    history, parsed, original = History(run).read(), [], EventLog.parse

    def count(self: EventLog, lines: list[bytes]) -> list[dict[str, Any]]:
        parsed.append(len(lines))
        return original(self, lines)

    monkeypatch.setattr(EventLog, "parse", count)
    history.read()
    append(run, text(interval(1000)))
    history.read()
    assert parsed == [0, 1]


def test_a_log_that_grows_byte_by_byte_is_read_line_by_line(run: Run) -> None:
    history, whole = History(run), text(interval(1), epoch(1), interval(11))
    for byte in whole:
        append(run, bytes([byte]))
        history.read()
    assert steps(history) == [1, 11]
    assert [row["epoch"] for row in history.epochs] == [1]


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("kept", range(5))
@pytest.mark.parametrize("added", range(4))
def test_a_rewritten_log_is_read_anew(kept: int, added: int, in_place: bool, run: Run) -> None:
    before = [interval(step, loss=0.1 * step) for step in range(1, 5)]
    after = before[:kept] + [interval(step, loss=0.7) for step in range(kept + 1, kept + 1 + added)]
    append(run, text(*before))
    history = History(run).read()
    if in_place:
        (run.path / "metrics.jsonl").write_bytes(text(*after))
    else:
        rewrite(run, *after)
    assert history.read().intervals == after
    append(run, text(interval(99)))
    assert history.read().intervals == [*after, interval(99)]


def test_a_torn_last_line_of_a_killed_trainer_vanishes_with_the_rewriting(run: Run) -> None:
    append(run, text(interval(1), interval(2)) + b'{"kind": "inter')
    history = History(run).read()
    assert steps(history) == [1, 2]
    rewrite(run, interval(1), interval(2, loss=0.5))
    assert history.read().intervals == [interval(1), interval(2, loss=0.5)]


@pytest.mark.parametrize("line", [b"{\n", b"\xff\n", b"[1]\n", b"7\n", b"\n"])
def test_a_damaged_line_is_a_sentence_and_nothing_is_half_read(line: bytes, run: Run) -> None:
    append(run, text(interval(1)))
    history = History(run).read()
    append(run, line + text(interval(2)))
    with pytest.raises(RunError, match=r"the log of run .* is damaged: resume the run"):
        history.read()
    assert steps(history) == [1]
    rewrite(run, interval(1), interval(2))
    assert steps(history.read()) == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": None},
        {"seconds": "soon"},
        {"loss": "low"},
        {"dead": [0.5]},
        {"dead": {"relu1": "much"}},
        {"gradient_norms": None},
    ],
)
def test_well_formed_rubbish_is_a_sentence_too(wrong: dict[str, object], run: Run) -> None:
    append(run, text(interval(1) | wrong))
    with pytest.raises(RunError, match=r"the log of run .* is damaged"):
        History(run).read()


@pytest.mark.parametrize(
    "wrong",
    [None, 5, [[1, 0], [0, 1]], [[0] * 10] * 9, [[0] * 9] * 10, [["0"] * 10] * 10],
)
def test_a_confusion_matrix_is_ten_by_ten_counts(wrong: object, run: Run) -> None:
    append(run, text(epoch(1) | {"confusion": wrong}))
    with pytest.raises(RunError, match=r"the log of run .* is damaged"):
        History(run).read()


def test_a_line_of_no_known_kind_is_passed_over(run: Run) -> None:
    append(run, text(interval(1), {"kind": "note"}, {}, interval(2)))
    assert steps(History(run).read()) == [1, 2]


# Columns


def test_a_column_has_a_gap_where_a_number_is_missing() -> None:
    rows = [interval(1, 2.5), interval(2, None), {"step": 3}]
    assert column(rows, "loss").dtype == np.float32
    np.testing.assert_array_equal(column(rows, "loss"), np.array([2.5, np.nan, np.nan], "f4"))


def test_a_column_of_one_layer_has_a_gap_where_it_was_not_measured() -> None:
    rows = [interval(1, dead={"relu1": 0.25}), interval(2, dead={}), interval(3)]
    np.testing.assert_array_equal(column(rows, "dead", "relu1"), np.array([0.25, np.nan, np.nan]))


def test_keys_are_in_the_order_of_the_network() -> None:
    rows = [interval(1, dead={"b": 0, "a": 0}), interval(2), interval(3, dead={"a": 0, "c": 0})]
    assert keys(rows, "dead") == ["b", "a", "c"]


@pytest.mark.parametrize("count", [0, 1, 2, 59, 60, 61, 119, 120, 121, 10_000])
def test_thinned_rows_are_few_evenly_spread_and_end_with_the_last(count: int) -> None:
    rows = [interval(step) for step in range(count)]
    kept = [row["step"] for row in subsample(rows, 60)]
    assert len(kept) <= 60
    assert kept[-1:] == [count - 1][:count]
    assert len(set(np.diff(kept))) <= 1
    if count <= 60:
        assert subsample(rows, 60) == rows


def test_a_loss_beyond_float32_is_infinite_not_a_warning() -> None:
    values = column([{"loss": 1e300}, {"loss": None}, {"loss": 2.5}], "loss")
    assert values[0] == np.inf
    assert np.isnan(values[1])
    assert values[2] == 2.5
