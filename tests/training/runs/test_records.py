"""Records of a run: each value that no trainer writes is refused, one at a time."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnviz.training.runs.records import (
    ENDED,
    LIVE,
    RESUMABLE,
    Control,
    Preview,
    RunError,
    Status,
    check_event,
    remaining_seconds,
)
from cnnviz.training.runs.store import Run
from tests.on_disk import epoch_row, interval_row

PREVIEW: dict[str, Any] = {
    "step": 20,
    "kernel": [2, 1],
    "filters": [[0.1, -0.2], [0.3, 0.4]],
    "answers": [7, 1],
    "confidences": [0.9, 0.5],
    "found": [[[3, 0.9, 0.0, 0.1, 0.5, 0.6]], []],
}


def read(kind: type[Any], path: Path, values: dict[str, Any]) -> Any:
    """The values as a record of a run, by way of the disk."""
    path.write_text(json.dumps(values))
    return Run(path.parent).read_record(path.name, kind)


def test_a_state_is_either_live_or_ended() -> None:
    assert not set(LIVE) & set(ENDED)
    assert set(RESUMABLE) == set(ENDED) - {"finished"}
    assert [state for state in (*LIVE, *ENDED) if Status(state).live] == list(LIVE)


@pytest.mark.parametrize(
    "values",
    [
        {"state": "asleep"},
        {"step": "7"},
        {"step": None},
        {"total_steps": math.inf},
        {"epoch": math.nan},
        {"seconds": [1.0]},
        {"test_accuracy": "0.9"},
        {"best_accuracy": math.nan},
        {"learning_rate": math.inf},
        {"message": None},
        {"tested_on": 1000},
        {"hardware": ["CPU"]},
    ],
    ids=lambda values: "".join(values),
)
def test_a_status_of_rubbish_is_refused(values: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"status\.json of run .* cannot be read"):
        read(Status, tmp_path / "status.json", {"state": "running"} | values)
    assert read(Status, tmp_path / "status.json", {"state": "running"}) == Status("running")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Status("asleep"), "state must be one of queued, running, .*, got 'asleep'"),
        (lambda: Control("fly"), "want must be run, pause or stop, got 'fly'"),
    ],
)
def test_an_unknown_state_or_command_is_named(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_numbers_that_are_not_known_yet_are_no_rubbish() -> None:
    status = Status("queued", test_accuracy=None, best_accuracy=None, learning_rate=None)
    assert status.live


@pytest.mark.parametrize(
    "values",
    [{"want": "fly"}, {"want": None}, {"single_steps": 1.5}, {"single_steps": "2"}],
    ids=str,
)
def test_a_control_that_no_page_writes_is_refused(values: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"control\.json of run .* cannot be read"):
        read(Control, tmp_path / "control.json", values)
    assert read(Control, tmp_path / "control.json", {}) == Control()


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e9])
def test_a_learning_rate_out_of_its_range_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Control(learning_rate=rate)


def test_a_preview_holds_filters_answers_and_boxes() -> None:
    assert Preview(**PREVIEW).kernel == [2, 1]
    assert Preview(**{name: v for name, v in PREVIEW.items() if name != "found"}).found == []


@pytest.mark.parametrize(
    "values",
    [
        {"step": 2.5},
        {"kernel": [2]},
        {"kernel": [1, 1]},  # the filters have two weights
        {"filters": [[0.1, "0.2"], [0.3, 0.4]]},
        {"filters": [[0.1, math.nan], [0.3, 0.4]]},
        {"filters": [[0.1], [0.3, 0.4]]},
        {"answers": [7]},
        {"confidences": [0.9, None]},
        {"indices": [3]},
        {"found": [[[3, 0.9, 0.0, 0.1, 0.5]], []]},
        {"found": [[[3, 0.9, 0.0, 0.1, 0.5, math.inf]], []]},
    ],
    ids=str,
)
def test_a_preview_of_rubbish_is_refused(values: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"preview\.json of run .* cannot be read"):
        read(Preview, tmp_path / "preview.json", PREVIEW | values)
    assert read(Preview, tmp_path / "preview.json", PREVIEW) == Preview(**PREVIEW)


@pytest.mark.parametrize("row", [interval_row(3), epoch_row(2)], ids=["interval", "epoch"])
def test_what_a_trainer_writes_is_an_event_until_any_of_its_numbers_is_missing_or_text(
    row: dict[str, Any],
) -> None:
    check_event(row)
    for name in row.keys() - {"kind"}:
        with pytest.raises(ValueError, match=r"event|matrix"):
            check_event(row | {name: "text"})
        if name in ("step", "epoch", "seconds", "confusion", "gradient_norms", "dead"):
            with pytest.raises(ValueError, match=r"event|matrix"):
                check_event({key: value for key, value in row.items() if key != name})


def test_a_number_that_was_not_finite_is_none_and_a_place_never_is() -> None:
    check_event(interval_row(3, loss=None, gradient_norms={"c1": None}, dead={"r": None}))
    check_event(epoch_row(2, test_loss=None, measures={"recall": None}))
    for name in ("step", "epoch", "seconds"):
        with pytest.raises(ValueError, match="event"):
            check_event({**interval_row(3), name: None})


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[:9],
        lambda rows: [row[:9] for row in rows],
        lambda rows: [*rows[:9], None],
        lambda rows: [*rows[:9], [None] * 10],
    ],
    ids=["a row short", "a column short", "no row", "no counts"],
)
def test_a_confusion_matrix_has_ten_rows_of_ten_counts(
    change: Callable[[list[list[int]]], object],
) -> None:
    row = epoch_row(1)
    with pytest.raises(ValueError, match=r"event|matrix"):
        check_event(row | {"confusion": change(row["confusion"])})


@pytest.mark.parametrize("kind", ["step", "note", None])
def test_lines_of_other_kinds_pass_unread(kind: str | None) -> None:
    row = {"kind": kind, "step": "anything"}
    check_event(row)
    with pytest.raises(ValueError, match="invalid interval event"):
        check_event(row | {"kind": "interval"})


def test_the_remaining_seconds_of_runs_add_up_once_each_has_made_a_step() -> None:
    # 10 of 40 steps in 2 s: 6 s more; 30 of 40 in 3 s: 1 s more
    quarter = Status("running", step=10, total_steps=40, seconds=2.0)
    most = Status("running", step=30, total_steps=40, seconds=3.0)
    assert remaining_seconds([quarter]) == 6.0
    assert remaining_seconds([quarter, most]) == pytest.approx(7.0)
    assert remaining_seconds([quarter, Status("queued", total_steps=40)]) is None
    assert remaining_seconds([Status("running", step=3, seconds=1.0)]) is None


def test_an_error_of_a_run_is_a_value_error_that_a_page_can_show() -> None:
    assert issubclass(RunError, ValueError)
