"""The networks in pictures: one chart at a time."""

import pkgutil
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnviz.ui.compare import background_calls, latency
from cnnviz.ui.compare.charts.chart_data import Known
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.compare.table import standings
from cnnviz.ui.pickers.view_switch import choose_view
from cnnviz.ui.shell.background import request
from cnnviz.ui.shell.parameters import COMPARE_CHART


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        title: to choose it by.
        draw: `module:function` in this package that draws what is known.
        asked: whether the networks must have answered the test digits.
        layers: whether it shows layers one by one.
        more: whether larger batches and single layers must have been timed.
    """

    title: str
    draw: str
    asked: bool = False
    layers: bool = False
    more: bool = False

    @property
    def key(self) -> str:
        """To name it in an address."""
        return self.draw.partition(":")[2]


CHARTS = (
    Chart("What it costs", "cost_vs_accuracy:worth", asked=True),
    Chart("MACs and latency", "latency_charts:work", layers=True, more=True),
    Chart("Latency", "latency_charts:spread"),
    Chart("Batches", "latency_charts:batches", more=True),
    Chart("Layers", "layer_shares:layers", layers=True, more=True),
    Chart("Two of them", "pairwise:two", asked=True),
)


@st.fragment
def show(choice: Choice) -> None:
    """Show one chart at a time, as soon as what it needs is known."""
    chart = choose_view(CHARTS, COMPARE_CHART)
    calls = _calls(choice, chart)
    ready = request(calls)
    background_calls.say_problems(choice, ready)
    with st.container():  # so that what follows stays where it is when the bar goes
        background_calls.wait(calls, ready, "Counting and asking", key="compare_charts_pulse")
    known = latency.speeds(choice)
    draw: Callable[[Known], None] = pkgutil.resolve_name(f"cnnviz.ui.compare.charts.{chart.draw}")
    draw(
        Known(
            choice, standings(choice, ready, known), known, background_calls.counts(choice, ready)
        )
    )
    latency.measure(choice, known, more=chart.more)


def _calls(choice: Choice, chart: Chart) -> Mapping[Hashable, Callable[[], Any]]:
    """Return what must be counted and asked for a chart, and nothing beside."""
    return {
        **background_calls.count_calls(choice),
        **(background_calls.layer_calls(choice) if chart.layers else {}),
        **(background_calls.answer_calls(choice) if chart.asked else {}),
    }
