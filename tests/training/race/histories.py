"""Histories of runs, written down by hand."""

from typing import Any

from cnnviz.training.race.plan import plan_race
from cnnviz.training.runs.history import History
from tests.on_disk import interval_row, make_run


def history(intervals: list[dict[str, Any]], epochs: list[dict[str, Any]]) -> History:
    """What a run's log would have brought."""
    [settings, _] = plan_race(["lenet5", "vgg11"], preset="quick", seeds=[0], source="embedded")
    found = History(make_run(settings))
    found.intervals, found.epochs = intervals, epochs
    return found


def interval(step: int, **numbers: Any) -> dict[str, Any]:
    """A row with numbers that are easily added up."""
    usual = {"loss": 1.0, "accuracy": 0.5, "images_per_second": 100.0, "seconds": step / 10}
    return interval_row(step, **(usual | numbers))
