"""The standings of a race: a table whose numbers change in place."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cnnviz.models.catalog import architecture
from cnnviz.stats.percentages import percent
from cnnviz.training.race.costs import NetworkCost
from cnnviz.training.race.standings import WINDOW, SeedSpread, Standing
from cnnviz.ui.components.component import component
from cnnviz.ui.race.chart import network_colors

_test_accuracy_text = partial(percent, places=2)
_TABLE = component("standings_table", beside=__file__)
_HEADS = (
    ("#", "Rank: by training accuracy; by test accuracy once all have finished."),
    ("Network", "In its color of the charts."),
    (
        "Training",
        f"Accuracy on the last {WINDOW:,} digits, before learning from them; range over the seeds.",
    ),
    ("Test", "Test accuracy after the last epoch that all seeds of all networks have finished."),
    (
        "Images/s",
        "The current rate, in the network's own turns, without tests; once all have finished, the "
        "digits of the whole training divided by its seconds, tests included.",
    ),
    (
        "Seconds",
        "Of the whole training so far with its tests, without the others' turns. An accuracy named "
        "in the result is reached earlier.",
    ),
    ("Dead channels", "Channels that were zero for a whole batch: mean over the ReLUs."),
    ("Parameters", "Learned weights."),
)


def standings_table(
    rows: Sequence[Standing],
    costs: Mapping[str, NetworkCost],
    *,
    entered: Mapping[str, int],
    epochs: int,
    key: str,
) -> None:
    """Show the standing of each network.

    Args:
        rows: the best first.
        costs: by network, those that are known.
        entered: how many seeds each network started with.
        epochs: number that all have finished.
        key: of the component.
    """
    heads = [{"text": text, "help": words} for text, words in _HEADS]
    if epochs:
        heads[3]["text"] += f", epoch {epochs}"
    shade = network_colors(list(entered))
    data = {
        "heads": heads,
        "rows": [
            {
                "color": shade[row.model],
                "cells": _cells(row, costs.get(row.model), entered[row.model]),
            }
            for row in rows
        ],
    }
    _TABLE(key=key, data=data)


def _cells(row: Standing, cost: NetworkCost | None, entered: int) -> list[tuple[str, str]]:
    some = f"{row.seeds} of {entered} seeds" if row.seeds < entered else ""
    newest = f"epoch {row.newest[0]}: {percent(row.newest[1].middle, 2)}" if row.newest else ""
    return [
        (str(row.place or "–"), ""),
        (architecture(row.model).title, some),
        (_text(row.accuracy, percent), _range(row.accuracy, percent)),
        (
            _text(row.test, _test_accuracy_text),
            ", ".join(filter(None, [_range(row.test, _test_accuracy_text), newest])),
        ),
        (_text(row.speed, "{:,.0f}".format), ""),
        (_text(row.seconds, "{:.1f}".format), ""),
        (_text(row.dead, percent), ""),
        (f"{cost.parameters:,}" if cost else "–", ""),
    ]


def _text(figure: SeedSpread | None, text: Callable[[float], str]) -> str:
    return text(figure.middle) if figure else "–"


def _range(figure: SeedSpread | None, text: Callable[[float], str]) -> str:
    if figure is None or figure.low == figure.high:
        return ""
    return f"{text(figure.low)}–{text(figure.high)}"
