"""View Timing: every latency figure, with engines, batch sizes and threads to choose."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from cnnviz.benchmark.results.findings import Timing
from cnnviz.benchmark.results.measurements import MeasurementRecord
from cnnviz.benchmark.results.plan import ENGINE_TITLES, Plan
from cnnviz.benchmark.timing.latency import LECTURE_CALLS
from cnnviz.comparison.recorded_timings import (
    latency_by_threads,
    local_records,
    newest_timings,
    reliable_first,
    throughput_range,
)
from cnnviz.plots.latencies import throughput_by_threads
from cnnviz.system.cores import available_cores
from cnnviz.system.tables import inert
from cnnviz.ui.compare.charts.chart_data import architecture_title
from cnnviz.ui.compare.conditions import conditions_caption, machine_description, protocol_text
from cnnviz.ui.compare.measurement_panel import measurement_panel, start_measurement
from cnnviz.ui.compare.selection import Choice, name_column, name_row_height
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.shell.units import to_the_minute

_SECONDS = 2.0  # for each row of the table
_MOST_ROWS, _TALLEST = 20, 740  # rows up to which the table is shown whole; else its height, pixels
_TEXTS = {
    "Engine": "What runs the network; all engines use the same weights.",
    "Measured": "Local time.",
    "Machine": "Name, processor, and available cores.",
    "PyTorch": "Version.",
    "Host load": "Wall time over processor time: clean up to 1.1, noisy up to 1.5, busy above.",
}
_NUMBERS = {
    "Batch size": "Images per call.",
    "Threads": "Threads that the engine may use.",
    "Preparation, s": "Seconds to compile or convert the network, before any call.",
    "Cold, ms": "Latency of the first call, before any warm-up.",
    "p50, ms": "Median latency: half of the calls take at most this long.",
    "p90, ms": "90% of the calls take at most this long.",
    "p95, ms": "95% of the calls take at most this long.",
    "Minimum, ms": "Latency of the fastest call.",
    "IQR / median, %": "Interquartile range over the median: the relative spread.",
    "Lecture's mean, ms": f"Mean of the first {LECTURE_CALLS} calls after the very first, "
    "including the warm-up before the turns: it covers other calls than the columns beside it.",
    "Images/s": "Images per second at the median call.",
    "Calls": "Number of timed calls.",
    "Wall / processor time": "1 if no other process used the core. Meaningless with several "
    "threads.",
    "Load before": "Load average over the minute before: processes waiting for or using a core.",
    "Load after": "Load average over the last minute.",
}
_CONFIG = {
    **{name: st.column_config.TextColumn(help=text) for name, text in _TEXTS.items()},
    **{name: st.column_config.NumberColumn(help=text) for name, text in _NUMBERS.items()},
}


@st.fragment
def timing_view(choice: Choice) -> None:
    """Offer to measure with other engines, threads and batch sizes, and show all results."""
    measurement_panel(lambda: _offer(choice))
    records = local_records(published=choice.published)
    keys = list(dict.fromkeys(row.key for row in choice.rows))
    timings = newest_timings(reliable_first(records), keys)
    if not timings:
        st.caption("Latency has not been measured on this machine yet.")
        return
    conditions_caption(
        [record.conditions for _, record in timings if record.conditions],
        [timing.latency.badge for timing, _ in timings if timing.latency],
    )
    _show_table(timings, "published" if choice.published else "mnist")
    _show_threads(choice, records)


def _show_table(timings: Sequence[tuple[Timing, MeasurementRecord]], scale: str) -> None:
    """Show one row per timing, and the button to download them as CSV."""
    table = pd.DataFrame([_row(timing, record) for timing, record in timings])
    names = [timing.title for timing, _ in timings]
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(timings) <= _MOST_ROWS else _TALLEST,
        placeholder="–",
        column_config={"Network": name_column(names), **_CONFIG},
        row_height=name_row_height(names),
        key="compare_protocol",
    )
    st.download_button(
        "Timing as CSV",
        table.map(inert).to_csv(index=False),
        f"timing-{scale}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_threads(choice: Choice, records: Sequence[MeasurementRecord]) -> None:
    """Show throughput by number of threads, if it was measured with several."""
    lines = {
        architecture_title(row, published=choice.published): {
            threads: throughput_range(latency) for threads, latency in by_threads.items()
        }
        for row in choice.rows
        if (by_threads := latency_by_threads(records, row.key))
    }
    if lines:
        figure = throughput_by_threads(lines)
        show_figure(figure, key="compare_thread_curve")


def _row(timing: Timing, record: MeasurementRecord) -> dict[str, str | float | int | None]:
    latency, conditions = timing.latency, record.conditions
    assert latency
    assert conditions
    return {
        "Network": timing.title,
        "Engine": ENGINE_TITLES[timing.engine],
        "Batch size": timing.batch,
        "Threads": timing.threads,
        "Preparation, s": timing.prepared,
        "Cold, ms": _rounded(latency.cold),
        "p50, ms": _rounded(latency.p50),
        "p90, ms": _rounded(latency.p90),
        "p95, ms": _rounded(latency.p95),
        "Minimum, ms": _rounded(latency.minimum),
        "IQR / median, %": round(100 * latency.spread),
        "Lecture's mean, ms": _rounded(latency.lecture),
        "Images/s": _rounded(latency.images_per_second),
        "Calls": latency.n,
        "Wall / processor time": _rounded(latency.contention),
        "Host load": latency.badge or "unknown",
        "Load before": conditions.load_before,
        "Load after": conditions.load_after,
        "Measured": to_the_minute(conditions.created),
        "Machine": machine_description(conditions),
        "PyTorch": conditions.versions.get("torch", ""),
    }


def _offer(choice: Choice) -> None:
    """Offer to measure the chosen combinations of engine, batch size and threads."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        plan = _choose_plan(choice)
    rows = len(plan.models) * len(plan.engines) * len(plan.batches) * len(plan.threads)
    st.button(
        "Measure",
        icon=":material/timer:",
        disabled=not rows,
        on_click=start_measurement,
        args=(plan,),
        key="compare_measure_protocol",
    )
    st.caption(
        f"{rows} row{'s' if rows != 1 else ''} of the table; networks and engines take turns in "
        f"a separate process. {protocol_text(plan, rows * plan.seconds)}"
        + (" torch.compile takes up to a minute per network." if "compile" in plan.engines else "")
    )


def _choose_plan(choice: Choice) -> Plan:
    """Return what the user wants to measure; nothing if a list is empty."""
    engines = st.multiselect(
        "Engines",
        list(ENGINE_TITLES),
        default=["torch"],
        format_func=ENGINE_TITLES.__getitem__,
        key="compare_engines",
        persist_state="session",
        help="The software that runs the network, each with the same weights.",
    )
    batches = st.multiselect(
        "Batch sizes",
        [1, 4, 16, 64],
        default=[1],
        key="compare_images",
        persist_state="session",
        help="How many images one call classifies. Larger batches take longer, but less per image.",
    )
    threads = st.multiselect(
        "Threads",
        [count for count in (1, 2, 4, 8) if count <= available_cores()],
        default=[1],
        key="compare_threads",
        persist_state="session",
        help=f"This machine has {available_cores()} cores; more threads than free cores slow it "
        "down.",
    )
    return Plan(
        tuple(dict.fromkeys(row.key for row in choice.rows)),
        published=choice.published,
        engines=tuple(engines),
        batches=tuple(sorted(batches)),
        threads=tuple(sorted(threads)),
        seconds=_SECONDS,
    )


def _rounded(value: float | None) -> float | None:
    """Return a number with four significant digits."""
    return None if value is None else float(f"{value:.4g}")
