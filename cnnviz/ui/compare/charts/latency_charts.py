"""How long networks take: beside their work, call by call, and by batch."""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.comparison.recorded_timings import (
    latency_by_batch_size,
    local_records,
    newest_layer_times,
)
from cnnviz.plots.latencies import (
    ThroughputRange,
    latency_boxes,
    latency_ecdf,
    throughput_by_batch_size,
    throughput_heat_map,
)
from cnnviz.plots.macs_vs_latency import macs_vs_latency
from cnnviz.ui.compare.charts.chart_data import MOST_LINES, PLAIN, Known
from cnnviz.ui.shell.markdown import plain

if TYPE_CHECKING:
    from cnnviz.benchmark.timing.latency import Latency


def work(found: Known) -> None:
    """Show latency against MACs, and why who is out of line is so."""
    from cnnviz.comparison.slow_networks import TimedNetwork, explain_throughput

    kept = local_records(published=found.choice.published)
    known = [
        TimedNetwork(
            found.title(row),
            float(standing.costs.macs),
            standing.speed.p50,
            found.counts.get(row.key),
            newest_layer_times(kept, row.key),
        )
        for row in found.architectures.values()
        for standing in found.rows
        if standing.architecture == row.key and standing.speed
        if standing.costs and standing.costs.macs
    ]
    known = list({one.title: one for one in known}.values())
    if not known:
        _nothing()
        return
    figure = macs_vs_latency(
        [one.title for one in known],
        [one.macs for one in known],
        [one.milliseconds for one in known],
    )
    st.plotly_chart(figure, key="compare_work", config=PLAIN)
    st.markdown(explain_throughput(known))


def spread(found: Known) -> None:
    """Show where the calls of each network lie."""
    calls = {
        found.title(row): found.speeds.kept[row.key].latency.calls
        for row in found.architectures.values()
        if row.key in found.speeds.kept
    }
    if not calls:
        _nothing()
        return
    st.plotly_chart(latency_boxes(calls), key="compare_boxes", config=PLAIN)
    if len(calls) <= MOST_LINES:
        st.plotly_chart(latency_ecdf(calls), key="compare_distributions", config=PLAIN)
    else:
        st.caption(f"Choose {MOST_LINES} networks or fewer to see every call, as an ECDF.")


def batches(found: Known) -> None:
    """Show images a second over the images in a batch."""
    kept = local_records(published=found.choice.published)
    lines = {
        found.title(row): {size: rate(times) for size, times in curve.items()}
        for row in found.architectures.values()
        if (curve := latency_by_batch_size(kept, row.key))
    }
    if not lines:
        _nothing()
        return
    if len(lines) <= MOST_LINES:
        st.plotly_chart(throughput_by_batch_size(lines), key="compare_batches", config=PLAIN)
    else:
        theme = st.context.theme.type or "light"
        figure = throughput_heat_map(lines, theme=theme)
        st.plotly_chart(figure, key="compare_batch_table", config=PLAIN)
    missing = [found.title(row) for row in found.architectures.values()]
    missing = [title for title in missing if title not in lines]
    st.caption(
        "One thread; images a second at the median call, bars for the middle half of the calls. "
        "What a call costs beside its arithmetic is shared by the images of a batch; where more "
        "images bring no more of them a second, arithmetic and memory are the limit."
        + (f" Larger batches are not on record of {plain(', '.join(missing))}." if missing else "")
    )


def rate(times: "Latency") -> ThroughputRange:
    """Return images a second at the median call and at the quarters around it."""
    slow, quick = (1000 * times.images / times.percentile(share) for share in (75, 25))
    return ThroughputRange(times.images_per_second, slow, quick)


def _nothing() -> None:
    st.info("Nothing is on record of these yet: measure them.", icon=":material/timer:")
