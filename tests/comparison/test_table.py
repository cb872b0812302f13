"""The comparison table: order, text and CSV file."""

import csv
import io

import pytest

from cnnviz.comparison.columns import columns
from cnnviz.comparison.recorded_timings import Speed
from cnnviz.comparison.summary import NetworkSummary, TrainingRecord
from cnnviz.comparison.table import best_first, comparison_csv, interval_text
from cnnviz.stats.intervals import wilson


@pytest.mark.parametrize("published", [False, True])
def test_what_is_not_known_stays_empty_and_is_never_zero(published: bool) -> None:
    nothing = NetworkSummary("lenet5", "LeNet-5", "lenet5")
    values = {column.key: column.value(nothing) for column in columns(published=published)}
    assert values.pop("network") == "LeNet-5"
    assert set(values.values()) == {None}
    [line] = csv.DictReader(io.StringIO(comparison_csv([nothing], published=published)))
    assert set(line.values()) == {"LeNet-5", ""}


def test_the_csv_holds_full_figures() -> None:
    row = NetworkSummary(
        key="a",
        title='A "quoted", name',
        architecture="lenet5",
        accuracy=wilson(985, 1000),
        digits=1000,
        training=TrainingRecord(0.98, "the 1,000 test digits", 12.345, "a CPU"),
        speed=Speed(1.23456, 2.5, 810.0, "clean", "a CPU, 1 thread", "2026-01-01T00:00:00"),
    )
    [line] = csv.DictReader(io.StringIO(comparison_csv([row], published=False)))
    assert line["network"] == row.title
    assert float(line["accuracy"]) == 0.985
    assert float(line["accuracy_low"]) < 0.985 < float(line["accuracy_high"])
    assert line["latency_p50_ms"] == "1.23456"
    assert line["training_seconds"] == "12.3"
    assert line["parameters"] == ""


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1"])
def test_a_title_is_no_formula_in_the_csv(title: str) -> None:
    text = comparison_csv([NetworkSummary("a", title, "lenet5")], published=False)
    [line] = csv.DictReader(io.StringIO(text, newline=""))
    assert line["network"] == "'" + title.replace("\r", " ")


def test_an_interval_is_written_with_its_bounds() -> None:
    assert interval_text(wilson(985, 1000)) == "98.5% (97.5 to 99.1)"
    assert interval_text(None) == "–"


def test_what_is_better_comes_first_and_what_is_not_known_last() -> None:
    by = {column.key: column for column in columns(published=False)}
    times = {"a": 2.0, "b": None, "c": 0.5, "d": 2.0}
    rows = [
        NetworkSummary(
            name, name, "lenet5", speed=Speed(ms, ms, 1000 / ms, "", "", "") if ms else None
        )
        for name, ms in times.items()
    ]
    assert [row.key for row in best_first(rows, by["latency_p50_ms"])] == ["c", "a", "d", "b"]
    assert [row.key for row in best_first(rows, by["images_per_second"])] == ["c", "a", "d", "b"]
    with pytest.raises(ValueError, match="must define whether low or high is better, got 'badge'"):
        best_first(rows, by["badge"])


def test_only_with_a_detector_are_there_columns_for_it() -> None:
    assert "f1" not in {column.key for column in columns(published=False)}
    shown = {column.key: column for column in columns(published=False, detectors=True)}
    summary = NetworkSummary("x", "DETR", "detr", f1=wilson(9, 10), training=TrainingRecord(0.97))
    assert shown["f1"].value(summary) == 0.9
    assert shown["accuracy_on_record"].value(summary) is None  # F1 stands there
    assert "f1" in comparison_csv([summary], published=False).splitlines()[0]
    assert (
        "f1"
        not in comparison_csv([NetworkSummary("a", "A", "lenet5")], published=False).splitlines()[0]
    )


def test_the_table_can_be_taken_away() -> None:
    text = comparison_csv([NetworkSummary("a", "A", "lenet5")], published=False)
    [line] = csv.DictReader(io.StringIO(text))
    assert line["network"] == "A"
