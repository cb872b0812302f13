"""Where a network's work and its time go, layer by layer and by kind of layer."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from cnnviz.comparison.recorded_timings import local_records, newest_layer_times
from cnnviz.plots.stacked_bars import Segment, kind_colors, stacked_bars
from cnnviz.ui.compare.charts.chart_data import MOST_LINES, PLAIN, Known
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import shorten

if TYPE_CHECKING:
    from cnnviz.benchmark.results.records import LayerTimes
    from cnnviz.models.structure.counts import Count


def layers(found: Known) -> None:
    """Show each network's MACs and, below them, its time."""
    kept = local_records(published=found.choice.published)
    every = [row for row in found.architectures.values() if row.key in found.counts]
    rows = paged(every, MOST_LINES, key="compare_layers_page")
    timed = {
        found.title(row): times for row in rows if (times := newest_layer_times(kept, row.key))
    }
    counts = {found.title(row): found.counts[row.key] for row in rows}
    bars = {title: _bars(count, timed.get(title)) for title, count in counts.items()}
    if not bars:
        return
    figure = stacked_bars(bars, x_title="share of the whole", colors=kind_colors(bars))
    st.plotly_chart(figure, key="compare_layers", config=PLAIN)
    if timed:
        _say(timed)
        _kinds(counts, timed)
    else:
        st.info("No layer has been timed yet: measure these.", icon=":material/timer:")


def _bars(count: "Count", timed: "LayerTimes | None") -> dict[str, list[Segment]]:
    """Return a network's MACs and, where somebody has taken it, its time."""
    from cnnviz.comparison.layer_kinds import BETWEEN, total_milliseconds, work_by_layer

    macs = [
        Segment(one.name, one.work, one.share, f"{shorten(one.macs)} MACs")
        for one in count.layers
        if one.macs
    ]
    if timed is None:
        return {"MACs": macs}
    kinds, total = work_by_layer(count), total_milliseconds(timed)
    time = [
        Segment(
            one.name,
            kinds.get(one.name, one.kind),
            one.milliseconds / total,
            f"{one.milliseconds:.3g} ms" + (f", {one.gflops:.3g} GFLOP/s" if one.macs else ""),
        )
        for one in timed.layers
    ]
    rest = Segment("no layer", BETWEEN, timed.between / total, f"{timed.between:.3g} ms")
    return {"MACs": macs, "time": [*time, rest]}


def _say(timed: "dict[str, LayerTimes]") -> None:
    """Say what the bars of time are shares of, and what is in none of the layers."""
    from cnnviz.comparison.layer_kinds import total_milliseconds

    rest = {title: times.between / total_milliseconds(times) for title, times in timed.items()}
    least, most = min(rest, key=rest.__getitem__), max(rest, key=rest.__getitem__)
    span = (
        f"{rest[most]:.0%} ({plain(most)})"
        if least == most
        else f"from {rest[least]:.0%} ({plain(least)}) to {rest[most]:.0%} ({plain(most)})"
    )
    st.caption(
        "Time is of a pass with a clock in each layer, medians. What passes between the layers is "
        f"{span}: sums, reshaping, Python, one to two microseconds for each clock, and products "
        "of attention that no layer stands for."
    )
    busy = [title for title, times in timed.items() if times.badge == "host busy"]
    if busy:
        st.warning(
            f"The host was busy while the layers of {plain(', '.join(busy))} were timed.",
            icon=":material/warning:",
        )


def _kinds(counts: "dict[str, Count]", timed: "dict[str, LayerTimes]") -> None:
    """Show what each kind of layer has of the MACs, and what it takes of the time."""
    from cnnviz.comparison.layer_kinds import kind_shares

    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Network": title,
                    "Kind of layer": one.kind,
                    "Layers": one.layers or None,
                    "of the MACs, %": 100 * one.macs_share,
                    "of the time, %": 100 * (one.time_share or 0),
                    "GFLOP/s": one.gflops,
                }
                for title, times in timed.items()
                for one in kind_shares(counts[title], times)
            ]
        ),
        hide_index=True,
        placeholder="–",
        column_config={
            "of the MACs, %": st.column_config.ProgressColumn(
                help="Counted.", format="%.2f", min_value=0.0, max_value=100.0
            ),
            "of the time, %": st.column_config.ProgressColumn(
                help="Measured here, one image at a time, on one thread.",
                format="%.2f",
                min_value=0.0,
                max_value=100.0,
            ),
            "GFLOP/s": st.column_config.NumberColumn(
                help="Two operations for each MAC, over the measured time.", format="%.3g"
            ),
        },
        key="compare_kinds",
    )
