"""Charts of latency: against MACs, its distribution, and throughput by batch size."""

import streamlit as st

from cnnviz.comparison.recorded_timings import (
    latency_by_batch_size,
    local_records,
    newest_layer_times,
    throughput_range,
)
from cnnviz.plots.latencies import (
    latency_boxes,
    latency_ecdf,
    throughput_by_batch_size,
    throughput_heat_map,
)
from cnnviz.plots.macs_vs_latency import macs_vs_latency
from cnnviz.ui.compare.charts.chart_data import MAX_LINES, ChartData
from cnnviz.ui.components.figures import color_scheme, show_figure
from cnnviz.ui.shell.markdown import names_text


def macs_and_latency(data: ChartData) -> None:
    """Show latency against MACs, and explain networks with low throughput."""
    from cnnviz.comparison.slow_networks import TimedNetwork, explain_throughput

    records = local_records(published=data.choice.published)
    networks = {
        data.title(row): TimedNetwork(
            data.title(row),
            float(summary.costs.macs),
            summary.speed.p50,
            data.counts.get(row.key),
            newest_layer_times(records, row.key),
        )
        for row in data.architectures.values()
        for summary in data.summaries
        if summary.architecture == row.key and summary.speed
        if summary.costs and summary.costs.macs
    }
    if not networks:
        _not_measured()
        return
    figure = macs_vs_latency(
        list(networks),
        [network.macs for network in networks.values()],
        [network.milliseconds for network in networks.values()],
    )
    show_figure(figure, key="compare_work")
    st.markdown(explain_throughput(list(networks.values())))


def latency_distribution(data: ChartData) -> None:
    """Show box plots of the call times, and every call if there are few networks."""
    calls = {
        data.title(row): data.latencies.by_architecture[row.key].latency.calls
        for row in data.architectures.values()
        if row.key in data.latencies.by_architecture
    }
    if not calls:
        _not_measured()
        return
    show_figure(latency_boxes(calls), key="compare_boxes")
    if len(calls) <= MAX_LINES:
        show_figure(latency_ecdf(calls), key="compare_distributions")
    else:
        st.caption(f"Choose at most {MAX_LINES} networks to see every call as an ECDF.")


def batch_size_chart(data: ChartData) -> None:
    """Show images per second against batch size."""
    records = local_records(published=data.choice.published)
    lines = {
        data.title(row): {size: throughput_range(latency) for size, latency in sizes.items()}
        for row in data.architectures.values()
        if (sizes := latency_by_batch_size(records, row.key))
    }
    if not lines:
        _not_measured()
        return
    if len(lines) <= MAX_LINES:
        show_figure(throughput_by_batch_size(lines), key="compare_batches")
    else:
        figure = throughput_heat_map(lines, theme=color_scheme())
        show_figure(figure, key="compare_batch_table")
    titles = [data.title(row) for row in data.architectures.values()]
    missing = [title for title in titles if title not in lines]
    st.caption(
        "One thread. Images per second at the median call; error bars show the interquartile range "
        "of the calls. The overhead of a call is shared by the images of a batch. Where a larger "
        "batch no longer raises throughput, arithmetic or memory is the limit."
        + (f" Not measured with larger batches: {names_text(missing)}." if missing else "")
    )


def _not_measured() -> None:
    st.info("Latency has not been measured yet: measure it below.", icon=":material/timer:")
