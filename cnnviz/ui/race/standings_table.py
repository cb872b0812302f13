"""The standings of a race, as a table whose numbers change in place."""

from collections.abc import Mapping, Sequence

from cnnviz.models.catalogue import architecture
from cnnviz.training.race.race import NetworkCost
from cnnviz.training.race.standings import WINDOW, SeedSpread, Standing
from cnnviz.ui.components.component import component
from cnnviz.ui.race.chart import colors

_TABLE = component("standings_table", beside=__file__)
_HEADS = (
    ("#", "Place: by accuracy now; by test accuracy once all have arrived."),
    ("Network", "Its color in the charts."),
    (
        "Now",
        f"Accuracy of the last {WINDOW:,} digits, asked before learning from them; the range of "
        "its seeds.",
    ),
    ("Test", "On digits never learned from, after the last pass that all seeds of all have done."),
    ("Images/s", "Of late, in its own turns."),
    ("Seconds", "Of training; the turns of others left out."),
    ("Dead", "Channels that stayed at zero for a whole batch: mean over its ReLUs."),
    ("Parameters", "That it learns."),
)


def standings_table(
    rows: Sequence[Standing],
    figures: Mapping[str, NetworkCost],
    *,
    entered: Mapping[str, int],
    passes: int,
    key: str,
) -> None:
    """Show how each network stands.

    Args:
        rows: the best first.
        figures: by network, as far as they are known.
        entered: how many seeds each network began with.
        passes: that all have done.
        key: of the component.
    """
    heads = [{"text": text, "help": words} for text, words in _HEADS]
    if passes:
        heads[3]["text"] += f", pass {passes}"
    shade = colors(list(entered))
    data = {
        "heads": heads,
        "rows": [
            {
                "color": shade[row.model],
                "cells": _cells(row, figures.get(row.model), entered[row.model]),
            }
            for row in rows
        ],
    }
    _TABLE(key=key, data=data)


def _cells(row: Standing, figures: NetworkCost | None, entered: int) -> list[tuple[str, str]]:
    some = f"{row.seeds} of {entered} seeds" if row.seeds < entered else ""
    newest = f"pass {row.newest[0]}: {row.newest[1].middle:.2%}" if row.newest else ""
    return [
        (str(row.place or "–"), ""),
        (architecture(row.model).title, some),
        (_text(row.accuracy, "{:.1%}"), _range(row.accuracy, "{:.1%}")),
        (_text(row.test, "{:.2%}"), ", ".join(filter(None, [_range(row.test, "{:.2%}"), newest]))),
        (_text(row.speed, "{:,.0f}"), ""),
        (_text(row.seconds, "{:.1f}"), ""),
        (_text(row.dead, "{:.1%}"), ""),
        (f"{figures.parameters:,}" if figures else "–", ""),
    ]


def _text(figure: SeedSpread | None, form: str) -> str:
    return form.format(figure.middle) if figure else "–"


def _range(figure: SeedSpread | None, form: str) -> str:
    if figure is None or figure.low == figure.high:
        return ""
    return f"{form.format(figure.low)}–{form.format(figure.high)}"
