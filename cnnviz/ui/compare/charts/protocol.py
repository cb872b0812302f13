"""Every figure of the protocol: engines, batches and threads beside each other."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from cnnviz.benchmark.results.measurements import Record, cores
from cnnviz.benchmark.results.records import ENGINES, Plan, Timing
from cnnviz.benchmark.timing.latency import LECTURE_CALLS
from cnnviz.comparison.recorded_timings import latency_by_threads, local_records, reliable_first
from cnnviz.plots.latencies import throughput_by_threads
from cnnviz.ui.compare import conditions, measurement_panel
from cnnviz.ui.compare.charts.chart_data import PLAIN
from cnnviz.ui.compare.charts.latency_charts import rate
from cnnviz.ui.compare.selection import Choice

_ENGINES, _THREADS, _BATCHES = "compare_engines", "compare_threads", "compare_images"
_SECONDS = 2.0  # for each line of the table
_WORDS = {
    "Engine": "What runs the network; all have the same weights.",
    "Measured": "When, local time.",
    "Machine": "Its name, its processor, and the cores that might be used.",
    "PyTorch": "Its version.",
    "Host": "Whether others used the processor: clean to 1.1 times the processor time, noisy to "
    "1.5, busy above.",
}
_NUMBERS = {
    "Images": "Images in one call.",
    "Threads": "Threads that the engine may use.",
    "Made ready, s": "Seconds to compile or convert the network, before any call.",
    "Cold, ms": "Milliseconds of the first call, before any warm-up.",
    "p50, ms": "Milliseconds that half of the calls stay within.",
    "p90, ms": "Milliseconds that 90% of the calls stay within.",
    "p95, ms": "Milliseconds that 95% of the calls stay within.",
    "Quickest, ms": "Milliseconds of the quickest call.",
    "IQR / median, %": "Between the quarters of the calls, over the median: their spread.",
    "Lecture's mean, ms": f"Mean of the first {LECTURE_CALLS} calls after the very first: the "
    "warm-up counts here, before the turns, so that it is of other calls than its neighbors.",
    "Images/s": "Images in a second at the median call.",
    "Calls": "How many were timed.",
    "Clock / processor": "Time on the clock over processor time: 1 where nobody else wanted the "
    "core. With several threads it tells nothing.",
    "Load before": "Processes that wanted a core in the minute before, on average.",
    "Load after": "Processes that wanted a core in the last minute, on average.",
}
_CONFIG = {
    "Network": st.column_config.TextColumn(pinned=True, width=120),
    **{name: st.column_config.TextColumn(help=text) for name, text in _WORDS.items()},
    **{name: st.column_config.NumberColumn(help=text) for name, text in _NUMBERS.items()},
}


@st.fragment
def show(choice: Choice) -> None:
    """Offer to measure with other engines, threads and batches, and show all that is on record."""
    measurement_panel.show(lambda: _offer(choice))
    found = local_records(published=choice.published)
    keys = list(dict.fromkeys(row.key for row in choice.rows))
    timed = newest_of_each(reliable_first(found), keys)
    if not timed:
        st.caption("Nothing is on record of how fast these are on this machine.")
        return
    conditions.say(
        [record.conditions for _, record in timed if record.conditions],
        [timing.latency.badge for timing, _ in timed if timing.latency],
    )
    table = pd.DataFrame([_line(timing, record) for timing, record in timed])
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(timed) <= 20 else 740,
        placeholder="–",
        column_config=_CONFIG,
        key="compare_protocol",
    )
    st.download_button(
        "Timing as CSV",
        table.to_csv(index=False),
        f"timing-{'published' if choice.published else 'mnist'}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    lines = {
        row.published.name if choice.published and row.published else row.title: {
            threads: rate(latency) for threads, latency in curve.items()
        }
        for row in choice.rows
        if (curve := latency_by_threads(found, row.key))
    }
    if lines:
        st.plotly_chart(throughput_by_threads(lines), config=PLAIN, key="compare_thread_curve")


def newest_of_each(found: Sequence[Record], models: Sequence[str]) -> list[tuple[Timing, Record]]:
    """Return the newest timing of each model, engine, batch and number of threads, in that order.

    Args:
        found: newest first.
        models: keys of the catalogue.
    """
    newest: dict[tuple[int, str, int, int], tuple[Timing, Record]] = {}
    for record in found:
        for timing in record.findings.timings:
            if timing.model in models and timing.latency is not None:
                place = models.index(timing.model)
                which = place, timing.engine, timing.batch, timing.threads
                newest.setdefault(which, (timing, record))
    order = list(ENGINES)
    ordered = sorted(newest, key=lambda which: (which[0], order.index(which[1]), *which[2:]))
    return [newest[which] for which in ordered]


def _line(timing: Timing, record: Record) -> dict[str, str | float | int | None]:
    latency, where = timing.latency, record.conditions
    assert latency
    assert where
    return {
        "Network": timing.title,
        "Engine": ENGINES[timing.engine],
        "Images": timing.batch,
        "Threads": timing.threads,
        "Made ready, s": timing.prepared,
        "Cold, ms": _short(latency.cold),
        "p50, ms": _short(latency.p50),
        "p90, ms": _short(latency.p90),
        "p95, ms": _short(latency.p95),
        "Quickest, ms": _short(latency.minimum),
        "IQR / median, %": round(100 * latency.spread),
        "Lecture's mean, ms": _short(latency.lecture),
        "Images/s": _short(latency.images_per_second),
        "Calls": latency.n,
        "Clock / processor": None if latency.contention is None else _short(latency.contention),
        "Host": latency.badge or "unknown",
        "Load before": where.load_before,
        "Load after": where.load_after,
        "Measured": where.created[:16].replace("T", " "),
        "Machine": conditions.machine(where),
        "PyTorch": where.versions.get("torch", ""),
    }


def _offer(choice: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        engines = st.multiselect(
            "Engines",
            list(ENGINES),
            default=["torch"],
            format_func=ENGINES.__getitem__,
            key=_ENGINES,
            persist_state="session",
        )
        batches = st.multiselect(
            "Images in a call",
            [1, 4, 16, 64],
            default=[1],
            key=_BATCHES,
            persist_state="session",
        )
        threads = st.multiselect(
            "Threads",
            [count for count in (1, 2, 4, 8) if count <= cores()],
            default=[1],
            key=_THREADS,
            persist_state="session",
            help=f"This machine has {cores()} cores; more threads than are free make it slower.",
        )
    models = tuple(dict.fromkeys(row.key for row in choice.rows))
    lines = len(models) * len(engines) * len(batches) * len(threads)
    st.button(
        "Measure",
        icon=":material/timer:",
        disabled=not lines,
        on_click=_begin,
        args=(models, choice.published),
        key="compare_measure_protocol",
    )
    st.caption(
        f"{lines} line{'s' if lines != 1 else ''}, networks and engines in turns, in a process of "
        f"its own. After a warm-up {Plan.calls} calls of each, or as many as fit in "
        f"{_SECONDS:g} s: at most about {lines * _SECONDS:.0f} s in all, longer where 20 calls do "
        "not fit."
        + (" torch.compile takes up to a minute for each network." if "compile" in engines else "")
    )


def _begin(models: tuple[str, ...], published: bool) -> None:
    state = st.session_state
    measurement_panel.begin(
        Plan(
            models,
            published=published,
            engines=tuple(state[_ENGINES]),
            batches=tuple(sorted(state[_BATCHES])),
            threads=tuple(sorted(state[_THREADS])),
            seconds=_SECONDS,
        )
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")
