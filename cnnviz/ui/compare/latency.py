"""Recorded latencies of the chosen networks, and the panel to measure them."""

from dataclasses import dataclass

import streamlit as st

from cnnviz.benchmark.results.plan import Plan
from cnnviz.comparison.recorded_timings import RecordedLatency, comparable_latencies, local_records
from cnnviz.ui.compare.conditions import busy_warning, protocol_text
from cnnviz.ui.compare.measurement_panel import measurement_panel, start_measurement
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.shell.markdown import names_text, plain
from cnnviz.ui.shell.units import to_the_minute

_MORE = "compare_more"
_MOST_NAMED = 4  # networks that a warning names
_SECONDS = 2.0  # for each network at each batch size
_BATCHES = {False: (1, 4, 16, 64), True: (1, 4)}  # by whether the networks are as published


@dataclass(frozen=True)
class ChosenLatencies:
    """Recorded latencies of the chosen networks.

    Attributes:
        by_architecture: by the key of the architecture.
        in_turns: whether all of them come from one measurement.
    """

    by_architecture: dict[str, RecordedLatency]
    in_turns: bool


def chosen_latencies(choice: Choice) -> ChosenLatencies:
    """Return the recorded latencies, from one measurement of all architectures if there is one."""
    records = local_records(published=choice.published)
    latencies = comparable_latencies(records, list(dict.fromkeys(row.key for row in choice.rows)))
    return ChosenLatencies(latencies, len({latency.age for latency in latencies.values()}) <= 1)


def latency_panel(choice: Choice, latencies: ChosenLatencies, *, more: bool = False) -> None:
    """Offer to measure latency, show the progress, and say when it was measured last.

    Args:
        choice: the networks.
        latencies: recorded so far.
        more: whether larger batches and single layers are always measured too.
    """
    measurement_panel(lambda: _offer(choice, latencies, more=more))
    _provenance(choice, latencies)


def _offer(choice: Choice, latencies: ChosenLatencies, *, more: bool) -> None:
    measured = latencies.by_architecture
    missing = [row.title for row in choice.rows if row.key not in measured]
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.empty()
        if not more:
            more = st.checkbox(
                "Also measure larger batches and each layer",
                key=_MORE,
                persist_state="session",
                help="Takes several times as long.",
            )
        plan = _plan(choice, more=more)
        place.button(
            "Measure latency" if missing or not measured else "Measure again",
            icon=":material/timer:",
            on_click=start_measurement,
            args=(plan,),
            key="compare_measure",
            help=_protocol(plan) if measured else f"Not measured yet. {_protocol(plan)}",
        )


def _protocol(plan: Plan) -> str:
    """Return how a measurement is made."""
    count, batches = len(plan.models), len(plan.batches)
    sizes = f"Batches of {', '.join(map(str, plan.batches))}, and each layer" if plan.layers else ""
    turns = f"{count} networks in turns" if count > 1 else "one network"
    return (
        f"{sizes or 'One image at a time'}, on one thread, {turns}, in a separate process. "
        + protocol_text(plan, count * _SECONDS * (batches + plan.layers))
    )


def _plan(choice: Choice, *, more: bool) -> Plan:
    return Plan(
        tuple(dict.fromkeys(row.key for row in choice.rows)),
        published=choice.published,
        batches=_BATCHES[choice.published] if more else (1,),
        seconds=_SECONDS,
        layers=more,
    )


def _provenance(choice: Choice, latencies: ChosenLatencies) -> None:
    """Say where and when latency was measured, and warn if the figures are not comparable."""
    measured = latencies.by_architecture
    if not measured:
        return
    newest = min(measured.values(), key=lambda latency: latency.age)
    st.caption(
        f"Latency measured on {plain(newest.conditions.machine)}, {plain(newest.speed.where)}, "
        f"{plain(to_the_minute(newest.conditions.created))}."
    )
    if not latencies.in_turns:
        st.warning(
            "These latencies come from several measurements, between which the load may have "
            "changed. Measure the networks together before comparing them.",
            icon=":material/warning:",
        )
    titles = {row.key: row.title for row in choice.rows if row.key in measured}
    if unreliable := {titles[key] for key in titles if not measured[key].reliable}:
        st.warning(
            f"For {_named(unreliable)}, only latencies from a canceled measurement or from "
            "trying optimizations are recorded.",
            icon=":material/warning:",
        )
    if busy := {titles[key] for key in titles if measured[key].latency.badge == "host busy"}:
        busy_warning(f"while {_named(busy)} {'was' if len(busy) == 1 else 'were'} timed")


def _named(titles: set[str]) -> str:
    """Return the titles, or their number if there are many."""
    if len(titles) > _MOST_NAMED:
        return f"{len(titles)} networks"
    return names_text(sorted(titles))
