"""Logs of the runs of a race, written down by hand."""

from collections.abc import Sequence
from typing import Any

from cnnviz.training.race.curve_log import CurveLog
from tests.on_disk import interval_row


def history(intervals: Sequence[dict[str, Any]], epochs: Sequence[dict[str, Any]]) -> CurveLog:
    """What a run's log would have brought."""
    log = CurveLog()
    log.add([*intervals, *(row | {"kind": "epoch"} for row in epochs)])
    return log


def interval(step: int, **numbers: Any) -> dict[str, Any]:
    """A row with numbers that are easily added up."""
    usual = {"loss": 1.0, "accuracy": 0.5, "images_per_second": 100.0, "seconds": step / 10}
    return interval_row(step, **(usual | numbers))
