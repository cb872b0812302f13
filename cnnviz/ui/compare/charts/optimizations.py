"""The usual optimizations, each tried on one of the chosen networks."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from cnnviz.benchmark.results.measurements import Record
from cnnviz.benchmark.results.records import TRICKS_BATCH, Conditions, Effect, Findings, Plan
from cnnviz.comparison.recorded_timings import local_records, newest_optimizations
from cnnviz.models.catalogue import Architecture
from cnnviz.plots.speedups import OptimizationGain, optimization_gains
from cnnviz.ui.compare import conditions, measurement_panel
from cnnviz.ui.compare.charts.chart_data import PLAIN
from cnnviz.ui.compare.selection import Choice
from cnnviz.ui.shell import address
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.parameter_types import OneOf
from cnnviz.ui.shell.parameters import COMPARE_OPTIMIZED
from cnnviz.ui.shell.units import as_bytes

_CONFIG = {
    "Trick": st.column_config.TextColumn(pinned=True, width=150),
    "Images/s": st.column_config.TextColumn(
        help="Times the images a second without it, with 95% bounds.", width=150
    ),
    "Memory": st.column_config.TextColumn(
        help="Of the tensors that a call makes and that are alive at once, at most.", width=190
    ),
    "Results": st.column_config.TextColumn(
        help="Whether the outputs, or the gradients of a step, stay the same in float64.", width=130
    ),
    "Host": st.column_config.TextColumn(help="Whether others used the processor.", width=75),
}
_LASTS = {
    False: "Takes one to three minutes",
    True: "Takes minutes, for a deep network half an hour",
}


@st.fragment
def show(choice: Choice) -> None:
    """Show what the tricks did to a network, and offer to try them."""
    rows = {row.key: row for row in choice.rows}
    titles = {key: _title(row, choice.published) for key, row in rows.items()}
    key = st.selectbox(
        "Network",
        list(rows),
        format_func=titles.__getitem__,
        **address.bind(COMPARE_OPTIMIZED, OneOf(titles), default=next(iter(rows))),
    )
    row, title = rows[str(key)], titles[str(key)]
    kept = local_records(published=choice.published)
    found = newest_optimizations(kept, row.key)
    measurement_panel.show(lambda: _offer(choice, row, again=bool(found)))
    if not found:
        st.caption(f"Nothing is on record of what they do to {plain(title)} on this machine.")
        return
    tried = [effect for effect in found if effect.before and effect.after]
    if tried:
        conditions.say(
            [_conditions(kept, found)], [Findings(effects=(effect,)).badge for effect in tried]
        )
        st.plotly_chart(
            optimization_gains([_gain(effect) for effect in tried]), config=PLAIN, key="tricks"
        )
        st.dataframe(
            table(tried),
            hide_index=True,
            height="content",
            column_config=_CONFIG,
            key="tricks_table",
        )
        st.download_button(
            "Tricks as CSV",
            figures(tried, _conditions(kept, found)).to_csv(index=False),
            f"tricks-{row.key}.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    for effect in found:
        if effect.problem:
            st.markdown(f"**{effect.title}**: {plain(effect.problem)}")
    with st.expander("What each does", icon=":material/help:"):
        st.markdown("\n".join(f"- **{effect.title}**: {effect.what}" for effect in found))


def _conditions(kept: Sequence[Record], found: Sequence[Effect]) -> Conditions:
    """Return under which circumstances the tricks were tried."""
    one = next(record for record in kept if found[0] in record.findings.effects)
    assert one.conditions
    return one.conditions


def figures(tried: Sequence[Effect], where: Conditions) -> pd.DataFrame:
    """Return what tricks did in full figures, one a line, and under which circumstances."""
    lines = []
    for effect in tried:
        assert effect.before
        assert effect.after
        bounds = effect.ratio
        lines.append(
            {
                "trick": effect.title,
                "measured": effect.measured,
                "without_p50_ms": effect.before.latency.p50,
                "with_p50_ms": effect.after.latency.p50,
                "images_per_second_ratio": effect.speedup,
                "ratio_low": bounds.low if bounds else None,
                "ratio_high": bounds.high if bounds else None,
                "says": effect.verdict,
                "without_peak_bytes": effect.before.peak,
                "with_peak_bytes": effect.after.peak,
                "results": _results(effect),
                "host_badge": Findings(effects=(effect,)).badge,
                "machine": where.host,
                "hardware": where.hardware,
                "cores": where.cores,
                "measured_at": where.created,
                "torch": where.versions.get("torch", ""),
                "load_before": where.load_before,
                "load_after": where.load_after,
            }
        )
    return pd.DataFrame(lines)


def table(tried: Sequence[Effect]) -> pd.DataFrame:
    """Return what tricks did, one a line; all of them have both sides."""
    return pd.DataFrame([_line(effect) for effect in tried])


def _line(effect: Effect) -> dict[str, str]:
    assert effect.before
    assert effect.after
    bounds, memory = effect.ratio, effect.memory
    return {
        "Trick": effect.title,
        "Images/s": f"× {effect.speedup:.2f}"
        + (f" ({bounds.low:.2f} to {bounds.high:.2f})" if bounds else ""),
        "Says": effect.verdict,
        "Memory": f"{as_bytes(effect.before.peak)} → {as_bytes(effect.after.peak)}"
        + (f" (× {memory:.2f})" if memory else ""),
        "Results": _results(effect),
        "Host": Findings(effects=(effect,)).badge,
        "of": effect.measured,
        "Time, ms (p50 ± IQR/2)": f"{_time(effect, before=True)} → {_time(effect, before=False)}",
        "Without → with": f"{effect.before.label} → {effect.after.label}",
    }


def _time(effect: Effect, *, before: bool) -> str:
    side = effect.before if before else effect.after
    assert side
    return f"{side.latency.p50:.3g} ± {side.latency.iqr / 2:.2g}"


def _results(effect: Effect) -> str:
    if effect.kept is None:
        return f"differ by up to {effect.difference or 0:.1%}"
    return "the same" if effect.kept else "NOT the same"


def _gain(effect: Effect) -> OptimizationGain:
    speed, bounds = effect.speedup or 0.0, effect.ratio
    low, high = (bounds.low, bounds.high) if bounds else (speed, speed)
    sure = effect.verdict in ("quicker", "slower")
    return OptimizationGain(effect.title, speed, low, high, sure, effect.memory or 1.0)


def _offer(choice: Choice, row: Architecture, *, again: bool) -> None:
    batch = TRICKS_BATCH[choice.published]
    st.button(
        "Try them again" if again else "Try the tricks on it",
        icon=":material/timer:",
        on_click=measurement_panel.begin,
        args=(Plan((row.key,), published=choice.published, tricks=True, tricks_batch=batch),),
        key="compare_try",
    )
    st.caption(
        f"Each with and without in turns, one thread, {batch} images in a step of training. "
        f"{_LASTS[choice.published]}, in a process of its own."
    )


def _title(row: Architecture, published: bool) -> str:
    return row.published.name if published and row.published else row.title
