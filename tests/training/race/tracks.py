"""Histories of runs, written down by hand."""

from typing import Any

from cnnviz.training.race import race
from cnnviz.training.runs import store
from cnnviz.training.runs.history import History


def history(intervals: list[dict[str, Any]], epochs: list[dict[str, Any]]) -> History:
    plan = race.plan(["lenet5", "vgg11"], preset="quick", seeds=[0], source="embedded")
    found = History(store.create(plan[0], versions={}))
    found.intervals, found.epochs = intervals, epochs
    return found


def interval(step: int, **numbers: Any) -> dict[str, Any]:
    usual = {"loss": 1.0, "accuracy": 0.5, "images_per_second": 100.0, "dead": {}}
    return {"step": step, "seconds": step / 10} | usual | numbers
