"""The comparison table: its order, its text and its CSV file."""

from collections.abc import Sequence

from cnnviz.comparison.columns import Column, columns
from cnnviz.comparison.summary import NetworkSummary
from cnnviz.stats.intervals import Interval
from cnnviz.stats.percentages import percent
from cnnviz.system.tables import csv_text


def best_first(summaries: Sequence[NetworkSummary], column: Column) -> list[NetworkSummary]:
    """Return the summaries sorted by a column, best first and unknown last.

    Raises:
        ValueError: if neither higher nor lower values of the column are better.
    """
    if column.better not in ("higher", "lower"):
        raise ValueError(
            f"sort column must define whether low or high is better, got {column.key!r}"
        )
    sign = -1 if column.better == "higher" else 1

    def sort_key(summary: NetworkSummary) -> tuple[bool, float]:
        value = column.value(summary)
        return (False, sign * value) if isinstance(value, int | float) else (True, 0.0)

    return sorted(summaries, key=sort_key)


def interval_text(interval: Interval | None) -> str:
    """Return a proportion in percent with its bounds: "98.2% (97.1 to 98.8)"; "–" for None."""
    if interval is None:
        return "–"
    return f"{percent(interval.value)} ({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def comparison_csv(summaries: Sequence[NetworkSummary], *, published: bool) -> str:
    """Return the table as CSV with a header, full precision, and empty cells where unknown."""
    shown = columns(published=published, detectors=any(row.detects for row in summaries))
    return csv_text([{column.key: column.value(row) for column in shown} for row in summaries])
