"""The curves of a race with their bands, and who is ahead of whom at what cost."""

import math
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cnnviz.bands import Band, Values, band
from cnnviz.catalogue import architecture
from cnnviz.race import BACKWARD, Figures, training_macs
from cnnviz.standings import WINDOW, Track
from cnnviz.ui.component import pack
from cnnviz.ui.live_chart import CHART, IDLE_EVERY, LOOK_EVERY, Panel

AXES = {
    "seconds": "seconds of training, others' turns left out",
    "digits": "digits learned from",
    "steps": "steps",
    "GMAC": f"billion multiply-accumulates: {BACKWARD} × forward × digits",
}
_GIGA = 1e9

Columns = dict[str, Values]


def race_chart(
    tracks: Mapping[str, Sequence[Track]],
    figures: Mapping[str, Figures],
    *,
    race: str,
    ends: Mapping[str, float],
    live: bool,
    key: str,
    on_look: Callable[[], None],
) -> None:
    """Draw a race, and rerun the fragment around it, often while the race is live.

    Args:
        tracks: by network, those of its seeds that count.
        figures: by network; without them there is no axis of multiply-accumulates.
        race: id; another one resets the zoom.
        ends: where the axes of `AXES` end, as far as that is known.
        live: whether anything is still training.
        key: of the component.
        on_look: called before each rerun that the chart asks for.
    """
    known = all(model in figures for model in tracks)
    groups: list[Columns] = []
    for model, each in tracks.items():
        macs = figures[model].macs if known else 0
        groups += [_way(each, macs), _tests(each, macs)]
    CHART(
        key=key,
        on_look_change=on_look,
        data=pack(
            {
                "look": time.monotonic_ns(),  # a message like the last would not reach the chart
                "run": race,
                "every": LOOK_EVERY if live else IDLE_EVERY,
                "axes": [axis for axis in AXES if known or axis != "GMAC"],
                "labels": AXES,
                "high": dict(ends),
                "panels": _panels(list(tracks), figures),
                "groups": [{"n": len(g["digits"]), "columns": list(g)} for g in groups],
            },
            [values.astype(np.float32) for group in groups for values in group.values()],
        ),
    )


def _panels(models: list[str], figures: Mapping[str, Figures]) -> list[Panel]:
    return [
        _panel(models, f"Accuracy, last {WINDOW:,} digits", "accuracy", unit="%", high=1),
        _panel(models, "Better and cheaper", "accuracy", unit="%", high=1, sizes=_sizes(figures)),
        _panel(models, "Loss", "loss", unit="nats", log=True),
        _panel(models, "Test accuracy after each pass", "test", unit="%", high=1, tests=True),
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
    series = [
        {
            "label": architecture(model).title,
            "group": 2 * number + tests,
            "column": name,
            "color": number,
            "dots": tests,
            "band": [f"{name}_low", f"{name}_high"],
            "size": (sizes or {}).get(model, 0.0),
        }
        for number, model in enumerate(models)
    ]
    panel = {"title": title, "unit": unit, "log": log, "low": None, "high": high}
    return panel | {"bubbles": sizes is not None, "series": series}


def _sizes(figures: Mapping[str, Figures]) -> dict[str, float]:
    """Return each network's radius as a share of the largest's: the area is its parameters."""
    most = max((found.parameters for found in figures.values()), default=1)
    return {model: math.sqrt(found.parameters / most) for model, found in figures.items()}


def _way(tracks: Sequence[Track], macs: int) -> Columns:
    """Return a network's curves over the digits, and again over the seconds.

    Seeds have the same steps for the same digits, though not in the same seconds.
    """
    accuracy = band([(t.digits, t.accuracy) for t in tracks])
    timed = band([(t.seconds, t.accuracy) for t in tracks])
    x = {"digits": accuracy.x, "steps": np.empty(0), "seconds": timed.x} | _macs(accuracy.x, macs)
    if len(accuracy.x):
        x["steps"] = np.interp(accuracy.x, tracks[0].digits, tracks[0].steps)
    columns = _columns("accuracy", accuracy) | _columns("accuracy", timed, "@seconds")
    columns |= _columns("loss", band([(t.digits, t.loss) for t in tracks]))
    columns |= _columns("loss", band([(t.seconds, t.loss) for t in tracks]), "@seconds")
    return _even(x | columns)


def _tests(tracks: Sequence[Track], macs: int) -> Columns:
    """Return a network's test accuracies after the passes that all of its seeds have done."""
    passes = min((len(t.test_accuracy) for t in tracks), default=0)
    if not passes:
        names = ("digits", "steps", "seconds", "GMAC", "test", "test_low", "test_high")
        return dict.fromkeys(names, np.empty(0))
    heights = np.stack([t.test_accuracy[:passes] for t in tracks])  # (seeds, passes)
    seconds = np.stack([t.test_seconds[:passes] for t in tracks])
    digits = tracks[0].test_digits[:passes]
    x = {"digits": digits, "steps": tracks[0].test_steps[:passes]}
    middle = Band(digits, np.median(heights, 0), heights.min(0), heights.max(0))
    return x | {"seconds": np.median(seconds, 0)} | _macs(digits, macs) | _columns("test", middle)


def _macs(digits: Values, macs: int) -> Columns:
    return {"GMAC": training_macs(macs, 1) / _GIGA * digits}


def _columns(name: str, found: Band, axis: str = "") -> Columns:
    return {
        f"{name}{axis}": found.middle,
        f"{name}_low{axis}": found.low,
        f"{name}_high{axis}": found.high,
    }


def _even(columns: Columns) -> Columns:
    """Return columns of one length, the shorter ones ended with NaN."""
    most = max(map(len, columns.values()))
    return {
        name: np.pad(values, (0, most - len(values)), constant_values=np.nan)
        for name, values in columns.items()
    }
