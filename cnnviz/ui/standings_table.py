"""The standings of a race, as a table whose numbers change in place."""

from collections.abc import Mapping, Sequence

from cnnviz.catalogue import architecture
from cnnviz.race import Figures
from cnnviz.standings import WINDOW, Spread, Standing
from cnnviz.ui.component import component

_TABLE = component("standings")
_HEADS = (
    ("Place", "By accuracy now; by test accuracy once all have arrived."),
    ("Network", "Its colour in the charts."),
    (
        "Accuracy now",
        f"Of the last {WINDOW:,} digits, asked before learning from them; the range of its seeds.",
    ),
    ("Test accuracy", "On digits never learned from, after the last whole pass."),
    ("Images/s", "Of late, in its own turns."),
    ("Seconds", "Of training; the turns of others left out."),
    ("Dead channels", "Stayed at zero for a whole batch: mean over its ReLUs."),
    ("Parameters", "That it learns."),
)


def standings_table(
    rows: Sequence[Standing], figures: Mapping[str, Figures], *, order: Sequence[str], key: str
) -> None:
    """Show how each network stands.

    Args:
        rows: the best first.
        figures: by network, as far as they are known.
        order: networks in the order of their colours.
        key: of the component.
    """
    heads = [{"text": text, "help": words} for text, words in _HEADS]
    data = {
        "heads": heads,
        "rows": [
            {"color": order.index(row.model), "cells": _cells(row, figures.get(row.model))}
            for row in rows
        ],
    }
    _TABLE(key=key, data=data)


def _cells(row: Standing, figures: Figures | None) -> list[tuple[str, str]]:
    out = f"{row.out} failed or diverged" if row.out else ""
    return [
        (str(row.place or "–"), ""),
        (architecture(row.model).title, out),
        (_text(row.accuracy, "{:.1%}"), _range(row.accuracy)),
        (_text(row.test, "{:.2%}"), _range(row.test)),
        (_text(row.speed, "{:,.0f}"), ""),
        (_text(row.seconds, "{:.1f}"), ""),
        (_text(row.dead, "{:.1%}"), ""),
        (f"{figures.parameters:,}" if figures else "–", ""),
    ]


def _text(figure: Spread | None, form: str) -> str:
    return form.format(figure.middle) if figure else "–"


def _range(figure: Spread | None) -> str:
    if figure is None or figure.low == figure.high:
        return ""
    return f"{figure.low:.1%}–{figure.high:.1%}"
