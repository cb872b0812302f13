"""A component for training curves, updated in place so that zoom is kept and nothing flickers."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from cnnviz.system.cores import available_cores
from cnnviz.training.runs.history import Column, History, column, keys, subsample
from cnnviz.training.runs.records import Status
from cnnviz.ui.components.component import component, pack

CHART = component("live_chart", beside=__file__)
_AXES = ("epoch", "step", "seconds")
_CHANGED = {"learning_rate": "learning rate", "augmentation": "augmentation"}
_READABLE_LOSS = 100  # guessing among ten classes gives 2.3; a diverging loss reaches 1e30
_MOST_POINTS = 400
_MOST_LINES = 8  # of one panel: as many as there are colors
_UPDATE_EVERY = 400  # milliseconds between requests, more if a response takes longer
_FEW_CORES, _FEW_CORES_EVERY = 2, 800  # where a browser on the same machine slows the trainer down
_IDLE_EVERY = 5_000  # for a run that has ended: another tab may resume or delete it

Panel = dict[str, object]


def live_chart(
    history: History,
    status: Status,
    *,
    run: str,
    detail: bool,
    key: str,
    measure: str = "accuracy",
) -> None:
    """Draw a run's curves, and rerun the surrounding fragment, often while the run is live.

    The browser requests the next update when it has drawn the last one. (Streamlit's `run_every`
    keeps requesting during a full rerun, and blocks of the page get lost.)

    Args:
        history: the run's log so far.
        status: gives the end of the horizontal axis.
        run: id; another one resets the zoom.
        detail: whether to draw gradient norms, dead channels, speed and learning rate too.
        key: of the component.
        measure: of the log's accuracy: "accuracy" or "F1".
    """
    rows = subsample(history.intervals, _MOST_POINTS)
    intervals = {name: column(rows, name) for name in _AXES}
    intervals |= {name: column(rows, name) for name in ("loss", "accuracy")}
    epochs = {name: column(history.epochs, name) for name in _AXES}
    epochs |= {name: column(history.epochs, name) for name in ("test_loss", "test_accuracy")}
    panels = _main_panels(measure)
    if detail:
        panels += _details(rows, intervals)
    CHART(
        key=key,
        on_update_change=lambda: None,
        data=chart_message(
            {
                "run": run,
                "every": update_every(live=status.live),
                "axes": _AXES,
                "high": _ends(status),
                "panels": panels,
                "marks": [_mark(row) for row in history.changes],
            },
            [intervals, epochs],
        ),
    )


def update_every(*, live: bool) -> int:
    """Return the milliseconds between two updates of the charts of a run or race."""
    if not live:
        return _IDLE_EVERY
    return _FEW_CORES_EVERY if available_cores() <= _FEW_CORES else _UPDATE_EVERY


def _mark(row: Mapping[str, Any]) -> dict[str, object]:
    """Return the place of a change of settings on each axis, and what was changed."""
    changes = (f"{_CHANGED[name]} {row[name]:.3g}" for name in _CHANGED if name in row)
    return {"text": ", ".join(changes), **{name: row[name] for name in _AXES}}


def _main_panels(measure: str) -> list[Panel]:
    """Return the panels of loss and accuracy; group 0 is training, group 1 the test set."""
    loss = [("train", 0, "loss", 0), ("test", 1, "test_loss", 1)]
    accuracy = [("train", 0, "accuracy", 0), ("test", 1, "test_accuracy", 1)]
    unit = "nats" if measure == "accuracy" else ""  # the detection loss has no unit
    title = measure[0].upper() + measure[1:]
    return [
        panel("Loss", unit, loss, log=True, limit=_READABLE_LOSS),
        panel(title, "%", accuracy, high=1),
    ]


def chart_message(
    header: Mapping[str, object], groups: Sequence[Mapping[str, NDArray[Any]]]
) -> bytes:
    """Return the message for live_chart.js; the columns of a group have equal length."""
    update = time.monotonic_ns()  # an unchanged message would not reach the chart
    columns = {f"{i}.{name}": g[name] for i, g in enumerate(groups) for name in g}
    return pack({**header, "update": update, "groups": [list(group) for group in groups]}, columns)


def _details(rows: Sequence[dict[str, Any]], intervals: dict[str, Column]) -> list[Panel]:
    """Add the columns of the detail panels to `intervals`, and return the panels."""
    panels = []
    for name, title, unit, log in (
        ("gradient_norms", "Gradient norm per layer", "", True),
        ("dead", "Dead channels per ReLU", "%", False),
    ):
        all_layers = keys(rows, name)
        layers = _spread(all_layers)
        if len(layers) < len(all_layers):
            title += f", {len(layers)} of {len(all_layers)}"
        intervals |= {f"{name}.{layer}": column(rows, name, layer) for layer in layers}
        lines = [(layer, 0, f"{name}.{layer}", i) for i, layer in enumerate(layers)]
        if lines:
            panels.append(panel(title, unit, lines, log=log, low=None if log else 0))
    intervals["images_per_second"] = column(rows, "images_per_second")
    intervals["learning_rate"] = column(rows, "learning_rate")
    panels.append(panel("Images per second", "", [("trained", 0, "images_per_second", 2)], low=0))
    panels.append(panel("Learning rate", "", [("of the step", 0, "learning_rate", 3)], low=0))
    return panels


def _spread(layers: list[str]) -> list[str]:
    """Return at most as many layers as there are colors, evenly spaced from first to last."""
    if len(layers) <= _MOST_LINES:
        return layers
    return [layers[round(i * (len(layers) - 1) / (_MOST_LINES - 1))] for i in range(_MOST_LINES)]


def panel(
    title: str,
    unit: str,
    lines: list[tuple[str, int, str, int]],
    *,
    log: bool = False,
    low: float | None = None,
    high: float | None = None,
    limit: float | None = None,
) -> Panel:
    """Return a panel; a line is a label, a group, a column of the group and a color number.

    Args:
        title: of the panel.
        unit: "%" for a share.
        lines: to draw.
        log: whether the vertical axis is logarithmic.
        low: its lower end.
        high: its upper end.
        limit: the largest value drawn to scale; larger ones are drawn at the upper edge, and those
            that are not finite are marked there.
    """
    series = [
        {"label": label, "group": group, "column": name, "color": color, "dots": group == 1}
        for label, group, name, color in lines
    ]
    ends = {"low": low, "high": high, "limit": limit}
    return {"title": title, "unit": unit, "log": log, **ends, "series": series}


def _ends(status: Status) -> dict[str, float]:
    """Return the end of the training on each axis where it is known."""
    if not status.step:
        return {}
    share = status.step / status.total_steps
    return {"epoch": status.epoch / share, "step": status.total_steps}
