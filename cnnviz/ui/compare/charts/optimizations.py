"""View Optimizations: the usual optimizations, measured on one of the chosen networks."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from cnnviz.benchmark.results.findings import Conditions, Findings
from cnnviz.benchmark.results.measurements import MeasurementRecord
from cnnviz.benchmark.results.optimization_effect import OptimizationEffect
from cnnviz.benchmark.results.plan import OPTIMIZATION_BATCH, Plan
from cnnviz.comparison.optimization_table import optimization_rows, result_text
from cnnviz.comparison.recorded_timings import local_records, newest_optimizations
from cnnviz.models.catalog import Architecture
from cnnviz.plots.speedups import OptimizationGain, optimization_gains
from cnnviz.system.tables import csv_text
from cnnviz.ui.compare.charts.chart_data import architecture_title
from cnnviz.ui.compare.conditions import conditions_caption
from cnnviz.ui.compare.measurement_panel import measurement_panel, start_measurement
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.pickers.options import select_key
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameters import COMPARE_OPTIMIZED
from cnnviz.ui.shell.units import as_bytes

_CONFIG = {
    "Optimization": st.column_config.TextColumn(pinned=True, width=150),
    "Speedup": st.column_config.TextColumn(
        help="Images per second with the optimization over those without it, with 95% bounds.",
        width=150,
    ),
    "Peak memory": st.column_config.TextColumn(
        help="Of the tensors alive at the same time during a call.", width=190
    ),
    "Results": st.column_config.TextColumn(
        help="Whether the outputs, or the gradients of a step, stay the same in float64.", width=130
    ),
    "Host load": st.column_config.TextColumn(
        help="Whether other processes used the processor.", width=75
    ),
}
_DURATION = {
    False: "Takes one to three minutes",
    True: "Takes several minutes, for a deep network half an hour",
}


@st.fragment
def optimizations_view(choice: Choice) -> None:
    """Show what the optimizations change on a network, and offer to measure it."""
    rows = {row.key: row for row in choice.rows}
    titles = {key: architecture_title(row, published=choice.published) for key, row in rows.items()}
    key = select_key(
        "Network",
        titles,
        COMPARE_OPTIMIZED,
        default=next(iter(rows)),
        help="The network that the optimizations are measured on.",
    )
    row, title = rows[key], titles[key]
    records = local_records(published=choice.published)
    effects = newest_optimizations(records, row.key)
    measurement_panel(lambda: _offer(choice, row, again=bool(effects)))
    if not effects:
        st.caption(f"The optimizations have not been measured on {plain(title)} here yet.")
        return
    measured = [effect for effect in effects if effect.before and effect.after]
    if measured:
        _show_measured(row, measured, _conditions(records, effects))
    for effect in effects:
        if effect.problem:
            st.markdown(f"**{effect.title}**: {plain(effect.problem)}")
    with st.expander("What each one does", icon=":material/help:"):
        st.markdown("\n".join(f"- **{effect.title}**: {effect.what}" for effect in effects))


def _show_measured(
    row: Architecture, effects: Sequence[OptimizationEffect], conditions: Conditions
) -> None:
    """Show chart, table and CSV file of effects with both sides measured."""
    badges = [Findings(effects=(effect,)).badge for effect in effects]
    conditions_caption([conditions], badges)
    figure = optimization_gains([_gain(effect) for effect in effects])
    show_figure(figure, key="tricks")
    st.dataframe(
        pd.DataFrame([_table_row(effect) for effect in effects]),
        hide_index=True,
        height="content",
        column_config=_CONFIG,
        key="tricks_table",
    )
    st.download_button(
        "Optimizations as CSV",
        csv_text(optimization_rows(effects, conditions)),
        f"optimizations-{row.key}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _conditions(
    records: Sequence[MeasurementRecord], effects: Sequence[OptimizationEffect]
) -> Conditions:
    """Return the conditions under which the effects were measured."""
    record = next(record for record in records if effects[0] in record.findings.effects)
    assert record.conditions
    return record.conditions


def _table_row(effect: OptimizationEffect) -> dict[str, str]:
    assert effect.before
    assert effect.after
    bounds, memory = effect.ratio, effect.memory
    before, after = effect.before.latency, effect.after.latency
    return {
        "Optimization": effect.title,
        "Speedup": f"× {effect.speedup:.2f}"
        + (f" ({bounds.low:.2f} to {bounds.high:.2f})" if bounds else ""),
        "Conclusion": effect.verdict,
        "Peak memory": f"{as_bytes(effect.before.peak)} → {as_bytes(effect.after.peak)}"
        + (f" (× {memory:.2f})" if memory else ""),
        "Results": result_text(effect),
        "Host load": Findings(effects=(effect,)).badge,
        "Measured": effect.measured,
        "Latency, ms (p50 ± IQR/2)": f"{before.p50:.3g} ± {before.iqr / 2:.2g} → "
        f"{after.p50:.3g} ± {after.iqr / 2:.2g}",
        "Without → with": f"{effect.before.label} → {effect.after.label}",
    }


def _gain(effect: OptimizationEffect) -> OptimizationGain:
    speedup, bounds = effect.speedup or 0.0, effect.ratio
    low, high = (bounds.low, bounds.high) if bounds else (speedup, speedup)
    significant = effect.verdict in ("faster", "slower")
    return OptimizationGain(effect.title, speedup, low, high, significant, effect.memory or 1.0)


def _offer(choice: Choice, row: Architecture, *, again: bool) -> None:
    batch = OPTIMIZATION_BATCH[choice.published]
    plan = Plan((row.key,), published=choice.published, tricks=True, tricks_batch=batch)
    st.button(
        "Measure again" if again else "Measure the optimizations",
        icon=":material/timer:",
        on_click=start_measurement,
        args=(plan,),
        key="compare_try",
    )
    st.caption(
        f"Each is timed with and without it, in turns, on one thread, with {batch} images per "
        "training step. "
        f"{_DURATION[choice.published]}, in a separate process."
    )
