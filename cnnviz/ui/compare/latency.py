"""Measuring how fast the chosen networks are: a button, its progress, and what is on record."""

from dataclasses import dataclass

import streamlit as st

from cnnviz.benchmark.results.records import Plan
from cnnviz.comparison.recorded_timings import RecordedLatency, comparable_latencies, local_records
from cnnviz.ui.compare import measurement_panel
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.shell.markdown import plain

_MORE = "compare_more"
_NAMED = 4  # networks that a warning names
_SECONDS = 2.0  # for each network at each batch size
_BATCHES = {False: (1, 4, 16, 64), True: (1, 4)}  # by whether the networks are as published


@dataclass(frozen=True)
class Speeds:
    """What is on record of the chosen networks.

    Attributes:
        kept: by the key of the catalogue's row.
        together: whether all of them took turns in one measurement.
    """

    kept: dict[str, RecordedLatency]
    together: bool


def speeds(choice: Choice) -> Speeds:
    """Return times of the chosen networks' architectures, taken in turns if such are on record."""
    found = local_records(published=choice.published)
    kept = comparable_latencies(found, list(dict.fromkeys(row.key for row in choice.rows)))
    return Speeds(kept, len({times.age for times in kept.values()}) <= 1)


def measure(choice: Choice, known: Speeds, *, more: bool = False) -> None:
    """Offer to measure, show how far that is, and say of what there is when it was taken.

    Args:
        choice: who is compared.
        known: what is on record.
        more: whether larger batches and single layers are needed in any case.
    """
    measurement_panel.show(lambda: _offer(choice, known, more=more))
    _say_when(choice, known)


def _offer(choice: Choice, known: Speeds, *, more: bool) -> None:
    missing = [row.title for row in choice.rows if row.key not in known.kept]
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.empty()
        if not more:
            more = st.checkbox(
                "also larger batches and each layer",
                key=_MORE,
                persist_state="session",
                help="Takes several times as long.",
            )
        plan = _plan(choice, more=more)
        place.button(
            "Measure these" if missing or not known.kept else "Measure again",
            icon=":material/timer:",
            on_click=measurement_panel.begin,
            args=(plan,),
            key="compare_measure",
        )
    count, batches = len(plan.models), len(plan.batches)
    what = f"Batches of {', '.join(map(str, plan.batches))}, and each layer" if more else ""
    most = count * _SECONDS * (batches + more)
    st.caption(
        f"{what or 'One image at a time'}, one thread, {count} network{'s' if count > 1 else ''} "
        f"in turns, in a process of its own. After a warm-up {plan.calls} calls of each, or as "
        f"many as fit in {_SECONDS:g} s: at most about {most:.0f} s in all, "
        "longer where 20 calls do not fit."
    )


def _plan(choice: Choice, *, more: bool) -> Plan:
    return Plan(
        tuple(dict.fromkeys(row.key for row in choice.rows)),
        published=choice.published,
        batches=_BATCHES[choice.published] if more else (1,),
        seconds=_SECONDS,
        layers=more,
    )


def _say_when(choice: Choice, known: Speeds) -> None:
    if not known.kept:
        st.caption("Nothing is on record of how fast these are.")
        return
    newest_of_all = min(known.kept.values(), key=lambda kept: kept.age)
    where = newest_of_all.conditions
    st.caption(
        f"Latency measured on {plain(where.host)}, {plain(newest_of_all.speed.where)}, "
        f"{plain(where.created[:16].replace('T', ' '))}."
    )
    if not known.together:
        st.warning(
            "These times come from several measurements: other things may have run meanwhile. "
            "Measure them together before you compare them.",
            icon=":material/warning:",
        )
    if unsound := [row.title for row in choice.rows if _unsound(known, row.key)]:
        who = f"{len(unsound)} networks" if len(unsound) > _NAMED else ", ".join(unsound)
        st.warning(
            f"Of {who} only times of a cancelled measurement or of trying tricks are on record.",
            icon=":material/warning:",
        )
    busy = {row.title for row in choice.rows if _badge(known, row.key) == "host busy"}
    if busy:
        few = ", ".join(sorted(busy)) + (" was" if len(busy) == 1 else " were")
        who = few if len(busy) <= _NAMED else f"{len(busy)} of these {len(known.kept)} were"
        st.warning(
            f"The host was busy while {who} timed: p95 and the mean are too long, the median "
            "suffers least.",
            icon=":material/warning:",
        )


def _unsound(known: Speeds, key: str) -> bool:
    return key in known.kept and not known.kept[key].reliable


def _badge(known: Speeds, key: str) -> str:
    return known.kept[key].latency.badge if key in known.kept else ""
