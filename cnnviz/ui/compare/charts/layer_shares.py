"""Shares of MACs and time by layer and by kind of layer."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from cnnviz.comparison.recorded_timings import local_records, newest_layer_times
from cnnviz.plots.stacked_bars import Segment, kind_colors, stacked_bars
from cnnviz.ui.compare.charts.chart_data import MAX_LINES, ChartData
from cnnviz.ui.compare.conditions import busy_warning
from cnnviz.ui.compare.selection import name_column, name_row_height
from cnnviz.ui.components.figures import show_figure
from cnnviz.ui.components.pagination import paged
from cnnviz.ui.shell.markdown import names_text, plain
from cnnviz.ui.shell.units import shorten

if TYPE_CHECKING:
    from cnnviz.benchmark.results.findings import LayerTimes
    from cnnviz.models.structure.counts import Count


def layer_shares(data: ChartData) -> None:
    """Show each network's MACs by layer and, if it was measured, its time."""
    records = local_records(published=data.choice.published)
    counted = [row for row in data.architectures.values() if row.key in data.counts]
    rows = paged(counted, MAX_LINES, key="compare_layers_page")
    counts = {data.title(row): data.counts[row.key] for row in rows}
    timed = {
        data.title(row): times for row in rows if (times := newest_layer_times(records, row.key))
    }
    bars = {title: _bars(count, timed.get(title)) for title, count in counts.items()}
    if not bars:
        return
    figure = stacked_bars(bars, x_title="share of the network", colors=kind_colors(bars))
    show_figure(figure, key="compare_layers")
    if timed:
        _caption(timed)
        _kind_table(counts, timed)
    else:
        st.info("Layer times have not been measured yet: measure below.", icon=":material/timer:")


def _bars(count: "Count", timed: "LayerTimes | None") -> dict[str, list[Segment]]:
    """Return the bar of a network's MACs and, if its layers were timed, that of its time."""
    from cnnviz.comparison.layer_kinds import time_shares

    macs = [
        Segment(layer.name, layer.work, layer.share, f"{shorten(layer.macs)} MACs")
        for layer in count.layers
        if layer.macs
    ]
    if timed is None:
        return {"MACs": macs}
    time = [
        Segment(
            share.name,
            share.kind,
            share.share,
            f"{share.milliseconds:.3g} ms"
            + ("" if share.gflops is None else f", {share.gflops:.3g} GFLOP/s"),
        )
        for share in time_shares(count, timed)
    ]
    return {"MACs": macs, "time": time}


def _caption(timed: "dict[str, LayerTimes]") -> None:
    """Say how time was measured, and how much of it belongs to no layer."""
    from cnnviz.comparison.layer_kinds import between_share

    between = {title: between_share(times) for title, times in timed.items()}
    least, most = min(between, key=between.__getitem__), max(between, key=between.__getitem__)
    span = (
        f"{between[most]:.0%} ({plain(most)})"
        if least == most
        else f"{between[least]:.0%} ({plain(least)}) to {between[most]:.0%} ({plain(most)})"
    )
    st.caption(
        f"Median times of a forward pass with a timer in each layer. Of the time, {span} lies "
        "between the layers: sums, reshaping, attention products, Python, and one to two "
        "microseconds for each timer."
    )
    busy = [title for title, times in timed.items() if times.badge == "host busy"]
    if busy:
        busy_warning(f"while the layers of {names_text(busy)} were timed")


def _kind_table(counts: "dict[str, Count]", timed: "dict[str, LayerTimes]") -> None:
    """Show the share of MACs and of time that each kind of layer has."""
    from cnnviz.comparison.layer_kinds import kind_shares

    rows = [
        {
            "Network": title,
            "Kind of layer": share.kind,
            "Layers": share.layers or None,
            "Share of MACs, %": 100 * share.macs_share,
            "Share of time, %": 100 * (share.time_share or 0),
            "GFLOP/s": share.gflops,
        }
        for title, times in timed.items()
        for share in kind_shares(counts[title], times)
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        placeholder="–",
        row_height=name_row_height(list(timed)),
        column_config={
            "Network": name_column(list(timed)),
            "Share of MACs, %": st.column_config.ProgressColumn(
                help="Counted.", format="%.2f", min_value=0.0, max_value=100.0
            ),
            "Share of time, %": st.column_config.ProgressColumn(
                help="Measured here, one image at a time on one thread.",
                format="%.2f",
                min_value=0.0,
                max_value=100.0,
            ),
            "GFLOP/s": st.column_config.NumberColumn(
                help="Two operations per MAC, divided by the measured time.", format="%.3g"
            ),
        },
        key="compare_kinds",
    )
