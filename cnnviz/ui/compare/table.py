"""All that is known of the networks, in one table."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from cnnviz.comparison.columns import Column, columns
from cnnviz.comparison.summary import NetworkSummary, training_record
from cnnviz.comparison.table import best_first, comparison_csv
from cnnviz.ui.compare import background_calls, latency
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.shell import address
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import COMPARE_SORT
from cnnviz.ui.shell.units import as_bytes, shorten

_SEEN = {
    "full": "No network was trained on them.",
    "embedded": "A network that was trained on the full MNIST may have seen these, unless its "
    "training left them out, as that of the shipped ones did.",
}
_AS_CHOSEN = "chosen"
_TALL = 20  # rows up to which the table shows all of them
_NAME = 120  # pixels, so that on a telephone there is room for numbers beside the name
_NUMBER = 84  # pixels, for two decimals of a percentage
_LETTER, _AROUND = 7, 26  # pixels of a letter of a heading, and around it
_FORMS: Mapping[str, Callable[[float], str]] = {
    "percent": "{:.2%}".format,
    "count": shorten,
    "bytes": lambda number: as_bytes(int(number)),
}


@st.fragment
def show(choice: Choice) -> None:
    """Show the table at once, and fill in what is being counted and measured."""
    calls = {
        **background_calls.count_calls(choice),
        **background_calls.answer_calls(choice),
        **background_calls.f1_calls(choice),
    }
    ready = request(calls)
    known = latency.speeds(choice)
    shown = columns(published=choice.published, detectors=bool(choice.detectors))
    rows = _ordered(standings(choice, ready, known), shown)
    st.dataframe(
        _written(rows, shown),
        hide_index=True,
        height="content" if len(rows) <= _TALL else 38 * _TALL,
        placeholder="–",
        column_config={column.title: _config(column) for column in shown},
        key=f"compare_table_{choice.published}",
    )
    background_calls.say_problems(choice, ready)
    with st.container():  # so that what follows stays where it is when the bar goes
        complete = background_calls.wait(
            calls, ready, "Counting and asking", key="compare_table_pulse"
        )
    st.download_button(
        "Table as CSV",
        comparison_csv(rows, published=choice.published),
        f"networks-{'published' if choice.published else 'mnist'}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=not complete,
    )
    latency.measure(choice, known)
    if choice.networks:
        st.caption(f"Accuracy on {background_calls.tested(choice)}. {_SEEN[choice.digits.source]}")
    if any(row.top1 for row in rows):
        st.caption(
            "The cited top-1 is of the weights named beside it. Recipes differ in data, length and "
            "distillation, so that a part of the difference is theirs."
        )
    if canvases := max((row.canvases for row in rows), default=0):
        st.caption(f"F1 on {canvases:,} canvases with one to three of these digits.")


def _ordered(rows: list[NetworkSummary], shown: Sequence[Column]) -> list[NetworkSummary]:
    """Return the rows in the order that the user chooses; what is not known comes last."""
    by = {column.key: column for column in shown if column.better}
    chosen = st.selectbox(
        "Best first by",
        [_AS_CHOSEN, *by],
        format_func=lambda key: by[key].title if key in by else "as they were chosen",
        width=260,
        **address.bind(COMPARE_SORT, OneOf.keys([_AS_CHOSEN, *by])),
    )
    return best_first(rows, by[chosen]) if chosen in by else rows


def standings(
    choice: Choice, ready: Mapping[Hashable, Any], known: latency.Speeds
) -> list[NetworkSummary]:
    """Return one row for each contestant, with what is ready by now and what is on record."""
    times = {key: kept.speed for key, kept in known.kept.items()}
    if choice.published:
        return [
            NetworkSummary(
                row.key,
                row.published.name,
                row.key,
                costs=background_calls.counted(choice, row, ready),
                speed=times.get(row.key),
                top1=row.published.top1,
                source=row.published.source,
            )
            for row in choice.rows
            if row.published is not None
        ]
    answered = background_calls.predictions(choice, ready)
    return [
        NetworkSummary(
            network.key,
            network.title,
            row.key,
            accuracy=_accuracy(choice, answered, network.key),
            digits=len(choice.digits.test_labels),
            f1=background_calls.f1(choice, network, ready)[0],
            canvases=background_calls.f1(choice, network, ready)[1],
            training=training_record(network),
            costs=background_calls.counted(choice, row, ready),
            speed=times.get(row.key),
            top1=row.published.top1 if row.published else None,
            source=row.published.source if row.published else "",
        )
        for network, row in zip(choice.networks, choice.rows, strict=True)
    ]


def _accuracy(choice: Choice, answered: Mapping[str, Any], key: str) -> Any:
    if key not in answered:
        return None
    from cnnviz.evaluation.predictions import accuracy

    return accuracy(answered[key], choice.digits.test_labels)


def _written(rows: Sequence[NetworkSummary], shown: Sequence[Column]) -> Styler:
    """Return the table with its numbers written as in the charts; it is sorted by the numbers."""
    table = pd.DataFrame({column.title: [column.value(row) for row in rows] for column in shown})
    forms = {
        column.title: _FORMS.get(column.form) or f"{{:{column.form}}}".format
        for column in shown
        if column.form
    }
    table = table.astype(dict.fromkeys(forms, float))  # None becomes a number that is none
    return table.style.format(forms, na_rep="–").format(
        na_rep="–", subset=[column.title for column in shown if not column.form]
    )


def _config(column: Column) -> Any:
    if column.form:
        width = max(_NUMBER, _AROUND + _LETTER * len(column.title))
        return st.column_config.NumberColumn(help=column.source, width=width)
    if column.key == "network":
        return st.column_config.TextColumn(help=column.source, pinned=True, width=_NAME)
    return st.column_config.TextColumn(help=column.source)
