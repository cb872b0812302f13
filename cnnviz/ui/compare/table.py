"""View Table: everything known about the networks in one table."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from cnnviz.comparison.columns import Column, columns
from cnnviz.comparison.summary import NetworkSummary, training_record
from cnnviz.comparison.table import best_first, comparison_csv
from cnnviz.comparison.takeaway import takeaway
from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.latency import ChosenLatencies, chosen_latencies, latency_panel
from cnnviz.ui.compare.selection import Choice, name_column, name_row_height
from cnnviz.ui.compare.takeaway_text import takeaway_text
from cnnviz.ui.pickers.options import select_key
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.parameters import COMPARE_SORT
from cnnviz.ui.shell.units import NUMBER_FORMATS

_SEEN_NOTES = {
    "full": "No network was trained on them.",
    "embedded": "A network trained on the full MNIST may have seen them, unless they were left out "
    "of its training, as for the shipped networks.",
}
_AS_CHOSEN = "chosen"
_MOST_ROWS = 20  # up to which the table is shown whole
_NUMBER = 84  # pixels for a percentage with two decimals
_CHARACTER, _PADDING = 7, 26  # pixels of a character of a heading, and around it


@st.fragment
def table_view(choice: Choice) -> None:
    """Show the table at once, and fill in the background results as they are ready."""
    calls = {
        **background_calls.cost_calls(choice),
        **background_calls.prediction_calls(choice),
        **background_calls.f1_calls(choice),
    }
    ready = request(calls)
    latencies = chosen_latencies(choice)
    shown = columns(published=choice.published, detectors=bool(choice.detectors))
    summaries = network_summaries(choice, ready, latencies)
    text, sort = st.columns([3, 1], vertical_alignment="bottom", gap="large")
    with sort:
        rows = _ordered(summaries, shown)
    with text:
        if len(ready) == len(calls):
            st.markdown(_takeaway(choice, ready, summaries))
    with st.container(key="compare_table"):
        _show_table(rows, shown, published=choice.published)
    background_calls.show_problems(choice, ready)
    with st.container():  # keeps the position of what follows when the progress bar goes
        complete = background_calls.wait_for(
            calls, ready, "Computing costs and accuracies", key="compare_table_pulse"
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
    latency_panel(choice, latencies)
    _captions(choice, rows)


def _takeaway(
    choice: Choice, ready: Mapping[Hashable, Any], summaries: Sequence[NetworkSummary]
) -> str:
    """Return what to take from the table in one sentence."""
    if choice.published:
        return takeaway_text(takeaway(summaries), digits=0)
    labels = choice.digits.test_labels
    predictions = background_calls.predictions(choice, ready)
    return takeaway_text(takeaway(summaries, predictions, labels), digits=len(labels))


def _show_table(
    rows: Sequence[NetworkSummary], shown: Sequence[Column], *, published: bool
) -> None:
    names = [row.title for row in rows]
    st.dataframe(
        _styled(rows, shown),
        hide_index=True,
        row_height=name_row_height(names),
        height="content" if len(rows) <= _MOST_ROWS else 38 * _MOST_ROWS,
        placeholder="–",
        column_config={column.title: _config(column, names) for column in shown},
        key=f"compare_table_{published}",
    )


def _captions(choice: Choice, rows: Sequence[NetworkSummary]) -> None:
    """Say where the accuracies come from."""
    if choice.networks:
        seen = _SEEN_NOTES[choice.digits.source]
        st.caption(f"Accuracy on {background_calls.digits_text(choice)}. {seen}")
    if any(row.top1 for row in rows):
        st.caption(
            "The cited top-1 accuracy belongs to the weights named beside it. Training recipes "
            "differ in data, duration and distillation, which explains part of the differences."
        )
    if canvases := max((row.canvases for row in rows), default=0):
        st.caption(f"F1 on {canvases:,} canvases with one to three of these digits.")


def _ordered(rows: list[NetworkSummary], shown: Sequence[Column]) -> list[NetworkSummary]:
    """Return the rows in the order that the user chooses, unknown values last."""
    by = {column.key: column for column in shown if column.better}
    titles = {_AS_CHOSEN: "order of selection"} | {key: by[key].title for key in by}
    chosen = select_key(
        "Sort by (best first)", titles, COMPARE_SORT, help="Unknown values come last."
    )
    return best_first(rows, by[chosen]) if chosen in by else rows


def network_summaries(
    choice: Choice, ready: Mapping[Hashable, Any], latencies: ChosenLatencies
) -> list[NetworkSummary]:
    """Return a summary per network, with the results that are ready and what is recorded."""
    speeds = {key: recorded.speed for key, recorded in latencies.by_architecture.items()}
    if choice.published:
        return [
            NetworkSummary(
                row.key,
                row.published.name,
                row.key,
                costs=background_calls.costs(choice, row, ready),
                speed=speeds.get(row.key),
                top1=row.published.top1,
                source=row.published.source,
            )
            for row in choice.rows
            if row.published is not None
        ]
    predictions = background_calls.predictions(choice, ready)
    return [
        NetworkSummary(
            network.key,
            network.title,
            row.key,
            accuracy=_accuracy(choice, predictions, network.key),
            digits=len(choice.digits.test_labels),
            f1=background_calls.detector_score(choice, network, ready)[0],
            canvases=background_calls.detector_score(choice, network, ready)[1],
            training=training_record(network),
            costs=background_calls.costs(choice, row, ready),
            speed=speeds.get(row.key),
            top1=row.published.top1 if row.published else None,
            source=row.published.source if row.published else "",
        )
        for network, row in zip(choice.networks, choice.rows, strict=True)
    ]


def _accuracy(choice: Choice, predictions: Mapping[str, Any], key: str) -> Any:
    if key not in predictions:
        return None
    from cnnviz.evaluation.predictions import accuracy

    return accuracy(predictions[key], choice.digits.test_labels)


def _styled(rows: Sequence[NetworkSummary], shown: Sequence[Column]) -> Styler:
    """Return the table with formatted numbers, which stay sortable as numbers."""
    table = pd.DataFrame({column.title: [column.value(row) for row in rows] for column in shown})
    forms = {
        column.title: NUMBER_FORMATS.get(column.form) or f"{{:{column.form}}}".format
        for column in shown
        if column.form
    }
    table = table.astype(dict.fromkeys(forms, float))  # None becomes NaN
    return table.style.format(forms, na_rep="–").format(
        na_rep="–", subset=[column.title for column in shown if not column.form]
    )


def _config(column: Column, names: Sequence[str]) -> Any:
    if column.form:
        width = max(_NUMBER, _PADDING + _CHARACTER * len(column.title))
        return st.column_config.NumberColumn(help=column.source, width=width)
    if column.key == "network":
        return name_column(names, help=column.source)
    return st.column_config.TextColumn(help=column.source)
