"""View Charts: one chart at a time."""

import pkgutil
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.ui.compare import background_calls
from cnnviz.ui.compare.charts.chart_data import ChartData
from cnnviz.ui.compare.latency import chosen_latencies, latency_panel
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.compare.table import network_summaries
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.parameters import COMPARE_CHART


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        key: its name in the address.
        title: to show.
        draw: `module:function` in this package that draws it.
        predictions: whether it needs the networks' predictions for the test digits.
        layers: whether it needs the layer counts.
        more: whether it needs latencies of larger batches and of single layers.
    """

    key: str
    title: str
    draw: str
    predictions: bool = False
    layers: bool = False
    more: bool = False


CHARTS = (
    Chart("worth", "Cost and accuracy", "cost_vs_accuracy:cost_and_accuracy", predictions=True),
    Chart("work", "MACs and latency", "latency_charts:macs_and_latency", layers=True, more=True),
    Chart("spread", "Latency", "latency_charts:latency_distribution"),
    Chart("batches", "Batch size", "latency_charts:batch_size_chart", more=True),
    Chart("layers", "Layers", "layer_shares:layer_shares", layers=True, more=True),
    Chart("two", "Pairwise comparison", "pairwise:pairwise_chart", predictions=True),
)

# by which older links name a chart
_FORMER_TITLES = {"What it costs": "worth", "Batches": "batches", "Two of them": "two"}


@st.fragment
def charts_view(choice: Choice) -> None:
    """Show the chosen chart with the data available so far, and the panel to measure latency."""
    chart = choose_view(CHARTS, COMPARE_CHART, former=_FORMER_TITLES)
    calls = _calls(choice, chart)
    ready = request(calls)
    background_calls.show_problems(choice, ready)
    with st.container():  # keeps the position of what follows when the progress bar goes
        background_calls.wait_for(
            calls, ready, "Computing costs and accuracies", key="compare_charts_pulse"
        )
    latencies = chosen_latencies(choice)
    draw: Callable[[ChartData], None] = pkgutil.resolve_name(
        f"cnnviz.ui.compare.charts.{chart.draw}"
    )
    summaries = network_summaries(choice, ready, latencies)
    draw(ChartData(choice, summaries, latencies, background_calls.layer_counts(choice, ready)))
    latency_panel(choice, latencies, more=chart.more)


def _calls(choice: Choice, chart: Chart) -> Mapping[Hashable, Callable[[], Any]]:
    """Return the background calls that a chart needs."""
    return {
        **background_calls.cost_calls(choice),
        **(background_calls.layer_calls(choice) if chart.layers else {}),
        **(background_calls.prediction_calls(choice) if chart.predictions else {}),
    }
