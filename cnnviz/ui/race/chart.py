"""The curves of a race with their bands, and accuracy against cost."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.plots.colors import CATEGORICAL
from cnnviz.stats.seed_bands import SeedBand, Values, seed_band
from cnnviz.training.race.costs import BACKWARD, NetworkCost, training_macs
from cnnviz.training.race.standings import WINDOW, LearningCurves, common_epochs
from cnnviz.ui.components.live_chart import CHART, IDLE_EVERY, UPDATE_EVERY, Panel, chart_message
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import RACE_AXIS

AXES = {
    "seconds": "seconds of training, without the others' turns",
    "digits": "digits trained on",
    "steps": "steps",
    "GMAC": f"billion multiply-accumulates: {BACKWARD} × forward × digits",
}
_GIGA = 1e9

Columns = dict[str, Values]


def race_chart(
    tracks: Mapping[str, Sequence[LearningCurves]],
    figures: Mapping[str, NetworkCost],
    *,
    race: str,
    ends: Mapping[str, float],
    live: bool,
    key: str,
    on_update: Callable[[], None],
) -> None:
    """Draw a race, and rerun the surrounding fragment, often while the race is live.

    Args:
        tracks: by network, of the seeds that count.
        figures: by network; without them there is no axis of multiply-accumulates.
        race: id; another one resets the zoom.
        ends: the upper ends of the axes that are known.
        live: whether anything is still training.
        key: of the component.
        on_update: called before each rerun that the chart requests.
    """
    has_costs = all(model in figures for model in tracks)
    epochs = common_epochs(tracks)
    address.show_complaint(RACE_AXIS)
    groups: list[Columns] = []
    for model, seeds in tracks.items():
        macs = figures[model].macs if has_costs else 0
        groups += [_learning_curves(seeds, macs), _tests(seeds, macs, epochs)]
    CHART(
        key=key,
        on_update_change=on_update,
        on_axis_change=lambda: _link(key),
        data=chart_message(
            {
                "run": race,
                "every": UPDATE_EVERY if live else IDLE_EVERY,
                "axes": [axis for axis in AXES if has_costs or axis != "GMAC"],
                "axis": address.read(RACE_AXIS, OneOf.keys(AXES)),
                "labels": AXES,
                "high": dict(ends),
                "panels": _panels(list(tracks), figures, epochs),
            },
            groups,
        ),
    )


def _link(chart: str) -> None:
    """Write the axis chosen in the browser into the address."""
    axis = st.session_state[chart]["axis"]
    if axis in AXES:
        address.write({RACE_AXIS: axis})


def network_colors(models: Sequence[str]) -> dict[str, int]:
    """Return each network's color number: its own in every race, or the next free color.

    Args:
        models: of one race, fewer than there are colors.
    """
    keys, chosen = list(CATALOGUE), dict[str, int]()
    for model in models:
        own = keys.index(model)
        tries = ((own + more) % len(CATEGORICAL) for more in range(len(CATEGORICAL)))
        chosen[model] = next(color for color in tries if color not in chosen.values())
    return chosen


def _panels(models: list[str], figures: Mapping[str, NetworkCost], epochs: int) -> list[Panel]:
    """Return the panels; the bubbles show the test accuracy once all networks have one."""
    measure = f"test accuracy after epoch {epochs}" if epochs else "training accuracy"
    return [
        _panel(models, f"Training accuracy, last {WINDOW:,} digits", "accuracy", unit="%", high=1),
        _panel(
            models,
            f"Accuracy against cost: {measure}",
            "compared" if epochs else "accuracy",
            unit="%",
            high=1,
            tests=epochs > 0,
            sizes=_sizes(figures),
        ),
        _panel(models, "Loss", "loss", unit="nats", log=True),
        _panel(models, "Test accuracy after each epoch", "test", unit="%", high=1, tests=True),
    ]


def _panel(
    models: list[str],
    title: str,
    name: str,
    *,
    unit: str,
    log: bool = False,
    high: float | None = None,
    tests: bool = False,
    sizes: Mapping[str, float] | None = None,
) -> Panel:
    shade = network_colors(models)
    series = [
        {
            "label": architecture(model).title,
            "group": 2 * number + tests,
            "column": name,
            "color": shade[model],
            "dots": tests,
            "band": [f"{name}_low", f"{name}_high"],
            "size": (sizes or {}).get(model, 0.0),
        }
        for number, model in enumerate(models)
    ]
    panel = {"title": title, "unit": unit, "log": log, "low": None, "high": high}
    return panel | {"bubbles": sizes is not None, "series": series}


def _sizes(figures: Mapping[str, NetworkCost]) -> dict[str, float]:
    """Return each network's radius as a share of the largest; the area is its parameters."""
    most = max((cost.parameters for cost in figures.values()), default=1)
    return {model: math.sqrt(cost.parameters / most) for model, cost in figures.items()}


def _learning_curves(tracks: Sequence[LearningCurves], macs: int) -> Columns:
    """Return a network's curves over the digits, up to where all its seeds have come.

    Seeds take the same steps for the same digits, but not in the same seconds: each point is at
    their median, so that the curves end where the table says.
    """
    accuracy = seed_band([(t.digits, t.accuracy) for t in tracks])
    x = {"digits": accuracy.x, "steps": np.empty(0), "seconds": np.empty(0)} | _macs(
        accuracy.x, macs
    )
    if len(accuracy.x):
        x["steps"] = np.interp(accuracy.x, tracks[0].digits, tracks[0].steps)
        seconds = [np.interp(accuracy.x, t.digits, t.seconds) for t in tracks]
        x["seconds"] = np.median(np.stack(seconds), axis=0)
    loss = seed_band([(t.digits, t.loss) for t in tracks])
    return _pad_columns(x | _columns("accuracy", accuracy) | _columns("loss", loss))


def _tests(tracks: Sequence[LearningCurves], macs: int, epochs: int) -> Columns:
    """Return a network's test accuracies after the epochs that all of its seeds have finished.

    Args:
        tracks: of its seeds.
        macs: of one forward pass of one digit.
        epochs: number that all networks have finished, after which they are compared.
    """
    own = common_epochs({"": tracks})
    heights = np.stack([t.test_accuracy[:own] for t in tracks]) if own else np.empty((1, 0))
    seconds = np.stack([t.test_seconds[:own] for t in tracks]) if own else np.empty((1, 0))
    digits, steps = (tracks[0].test_digits, tracks[0].test_steps) if own else (np.empty(0),) * 2
    x = {"digits": digits[:own], "steps": steps[:own], "seconds": np.median(seconds, 0)}
    band = SeedBand(x["digits"], np.median(heights, 0), heights.min(0), heights.max(0))
    columns = _columns("test", band)
    compared = {
        name.replace("test", "compared"): np.where(np.arange(own) < epochs, values, np.nan)
        for name, values in columns.items()
    }
    return x | _macs(x["digits"], macs) | columns | compared


def _macs(digits: Values, macs: int) -> Columns:
    return {"GMAC": training_macs(macs, 1) / _GIGA * digits}


def _columns(name: str, band: SeedBand) -> Columns:
    return {name: band.middle, f"{name}_low": band.low, f"{name}_high": band.high}


def _pad_columns(columns: Columns) -> Columns:
    """Return columns of equal length, the shorter ones padded with NaN."""
    most = max(map(len, columns.values()))
    return {
        name: np.pad(values, (0, most - len(values)), constant_values=np.nan)
        for name, values in columns.items()
    }
