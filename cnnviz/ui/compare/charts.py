"""The networks in pictures: what they cost, what they are worth, and where it goes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cnnviz.catalogue import Architecture
from cnnviz.comparison import Standing
from cnnviz.measured import LayerTime
from cnnviz.plots.bubbles import Bubble, bubbles, work_and_time
from cnnviz.plots.latencies import batch_curves, distributions
from cnnviz.plots.stacked import Part, kind_colours, ratios, stacked
from cnnviz.timings import batch_curve, layer_times, records
from cnnviz.ui import cache
from cnnviz.ui.amounts import as_bytes, shorten
from cnnviz.ui.compare import material, speed
from cnnviz.ui.compare.choice import Choice
from cnnviz.ui.compare.table import standings
from cnnviz.ui.later import soon

_PLAIN = {"displayModeBar": False}
_MOST_BARS = 12  # networks whose layers are stacked at once


@dataclass(frozen=True, eq=False)
class _Known:
    """What the charts are made from.

    Attributes:
        choice: who is compared.
        rows: what is known of each.
        speeds: what is on record of their speed.
    """

    choice: Choice
    rows: Sequence[Standing]
    speeds: speed.Speeds


@dataclass(frozen=True)
class _Respect:
    """One number in which networks differ.

    Attributes:
        title: name and unit.
        value: of a standing; None where unknown.
        text: it as text.
    """

    title: str
    value: Callable[[Standing], float | None]
    text: Callable[[float], str]


def _counted(attribute: str) -> Callable[[Standing], float | None]:
    return lambda row: float(getattr(row.counted, attribute)) if row.counted else None


_COSTS = {
    "macs": _Respect("MACs for one image", _counted("macs"), shorten),
    "latency": _Respect(
        "latency for one image, p50, ms",
        lambda row: row.speed.p50 if row.speed else None,
        lambda value: f"{value:.3g} ms",
    ),
    "parameters": _Respect("parameters", _counted("parameters"), shorten),
    "activations": _Respect(
        "activations of one image, bytes",
        _counted("activation_bytes"),
        lambda value: as_bytes(int(value)),
    ),
}


@st.fragment
def show(choice: Choice) -> None:
    """Show one chart at a time, as soon as what it needs is known."""
    chosen = st.segmented_control(
        "Chart",
        list(_CHARTS),
        default=next(iter(_CHARTS)),
        required=True,
        key="compare_chart",
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    timed, draw = _CHARTS[str(chosen)]
    calls = {**material.count_calls(choice), **material.answer_calls(choice)}
    ready = soon(calls)
    material.say_problems(choice, ready)
    material.wait(calls, ready, "Counting and asking", key="compare_charts_pulse")
    known = speed.speeds(choice)
    if timed:
        speed.measure(choice, known)
    draw(_Known(choice, standings(choice, ready, known), known))


def _worth(found: _Known) -> None:
    options = [key for key in _COSTS if key != "latency" or found.speeds.kept]
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    cost = left.selectbox(
        "Cost", options, format_func=lambda key: _COSTS[key].title, key="compare_cost"
    )
    by_size = right.checkbox("Fewer parameters also count as better", key="compare_by_size")
    drawn = [
        bubble
        for row in found.rows
        if (bubble := _bubble(row, _COSTS[cost], found.choice)) is not None
    ]
    if not drawn:
        st.info("Nothing is known of both yet.", icon=":material/info:")
        return
    worth = "ImageNet top-1 (cited)" if found.choice.published else "accuracy"
    figure = bubbles(drawn, x_title=_COSTS[cost].title, y_title=worth, by_size=by_size)
    st.plotly_chart(figure, key="compare_bubbles", config=_PLAIN)
    left_out = [row.title for row in found.rows if row.title not in {b.title for b in drawn}]
    where = (
        "Cited accuracy, no bounds"
        if found.choice.published
        else f"Accuracy on {material.tested(found.choice)} with 95% bounds"
    )
    st.caption(
        f"{where}. The area is the number of parameters."
        + (f" Not known of both: {', '.join(left_out)}." if left_out else "")
    )


def _bubble(row: Standing, cost: _Respect, choice: Choice) -> Bubble | None:
    """Return a network as a bubble; None where its cost or its worth is not known."""
    x, size = cost.value(row), _COSTS["parameters"].value(row)
    if not x or not size:
        return None
    if choice.published:
        return None if row.top1 is None else Bubble(row.title, x, row.top1, size)
    found = row.accuracy
    return Bubble(row.title, x, found.value, size, found.low, found.high) if found else None


def _work(found: _Known) -> None:
    known = [row for row in found.rows if row.speed and row.counted and row.counted.macs]
    if not known:
        return
    titles = [row.title for row in known]
    macs = [float(row.counted.macs) for row in known if row.counted]
    times = [row.speed.p50 for row in known if row.speed]
    figure = work_and_time(titles, macs, times)
    st.plotly_chart(figure, key="compare_work", config=_PLAIN)
    st.markdown(outliers(titles, macs, times))


def outliers(titles: Sequence[str], macs: Sequence[float], times: Sequence[float]) -> str:
    """Return who multiplies quickest and slowest, and why that may be, in words.

    Args:
        titles: of the networks.
        macs: for one image.
        times: milliseconds for one image.
    """
    rates = [2 * work / (time * 1e6) for work, time in zip(macs, times, strict=True)]
    quick, slow = rates.index(max(rates)), rates.index(min(rates))
    if quick == slow:
        return f"**{titles[quick]}** computes {rates[quick]:.3g} GFLOP/s."
    less, faster = macs[quick] / macs[slow], times[quick] / times[slow]
    first = (
        f"**{titles[quick]}** computes {rates[quick]:.3g} GFLOP/s, **{titles[slow]}** only "
        f"{rates[slow]:.3g}."
    )
    if less > 1:  # the lesson: fewer multiplications, not as much less time
        first += f" {titles[slow]} has {less:.3g} times fewer MACs than {titles[quick]}, and " + (
            f"is only {faster:.2g} times as fast." if faster > 1 else "is slower even so."
        )
    return (
        f"{first} MACs are not time: depthwise and 1×1 convolutions read about as many numbers as "
        "they multiply and wait for memory, and many small layers cost their calls, however "
        "little each computes."
    )


def _spread(found: _Known) -> None:
    calls = {
        row.title: found.speeds.kept[row.architecture].latency.calls
        for row in found.rows
        if row.architecture in found.speeds.kept
    }
    if calls:
        st.plotly_chart(distributions(calls), key="compare_distributions", config=_PLAIN)


def _batches(found: _Known) -> None:
    kept = records(published=found.choice.published)
    lines = {
        row.title: {size: times.images_per_second for size, times in curve.items()}
        for row in found.rows
        if (curve := batch_curve(kept, row.architecture))
    }
    if not lines:
        st.info(
            "No larger batches are on record: tick the box and measure.", icon=":material/info:"
        )
        return
    st.plotly_chart(batch_curves(lines), key="compare_batches", config=_PLAIN)
    st.caption(
        "One thread. What a call costs beside its arithmetic is shared by the images of a batch; "
        "where the line is flat, the processor is busy with arithmetic and memory alone."
    )


def _layers(found: _Known) -> None:
    rows = list({row.key: row for row in found.choice.rows}.values())[:_MOST_BARS]
    published = found.choice.published
    work = {_title(row, published): _macs_parts(row, published) for row in rows}
    kept = records(published=published)
    times = {
        _title(row, published): [
            Part(one.name, one.kind, one.milliseconds / timed.whole, _timed(one))
            for one in timed.layers
        ]
        for row in rows
        if (timed := layer_times(kept, row.key))
    }
    colours = kind_colours(work, times)
    st.markdown("**MACs, layer by layer**")
    figure = stacked(work, x_title="share of the network's MACs", colours=colours)
    st.plotly_chart(figure, key="compare_macs", config=_PLAIN)
    st.markdown("**Time, layer by layer**")
    if times:
        st.plotly_chart(
            stacked(times, x_title="share of the time of a whole pass", colours=colours),
            key="compare_times",
            config=_PLAIN,
        )
        st.caption("What is missing to 100% passes between the layers: sums, reshaping, Python.")
    else:
        st.info("No layer times are on record: tick the box and measure.", icon=":material/info:")


def _timed(layer: LayerTime) -> str:
    rate = f", {layer.gflops:.3g} GFLOP/s" if layer.macs else ""
    return f"{layer.milliseconds:.3g} ms{rate}"


def _title(row: Architecture, published: bool) -> str:
    return row.published.name if published and row.published else row.title


def _macs_parts(row: Architecture, published: bool) -> list[Part]:
    count = cache.structure(row.key, published=published).count
    return [
        Part(layer.name, layer.kind, layer.share, f"{shorten(layer.macs)} MACs")
        for layer in count.layers
        if layer.macs
    ]


def _two(found: _Known) -> None:
    if len(found.rows) < 2:
        st.info("Choose a second network above.", icon=":material/info:")
        return
    rows = {row.key: row for row in found.rows}
    left, right = st.columns(2)
    first = _one(left, "First", rows, 0)
    second = _one(right, "Second", rows, 1)
    a, b = rows[first], rows[second]
    measured = [
        (respect, x, y)
        for respect in _COSTS.values()
        if (x := respect.value(a)) and (y := respect.value(b))
    ]
    mistakes = _mistakes(a, b)
    names = [respect.title for respect, _, _ in measured] + [name for name, _, _ in mistakes]
    values = [y / x for _, x, y in measured] + [value for _, value, _ in mistakes]
    texts = [f"{r.text(x)} → {r.text(y)}" for r, x, y in measured] + [t for _, _, t in mistakes]
    if names:
        figure = ratios(names, values, texts, first=a.title, second=b.title)
        st.plotly_chart(figure, key="compare_two", config=_PLAIN)
        st.caption("To the left of 1 the second network takes less, to the right it takes more.")


def _mistakes(a: Standing, b: Standing) -> list[tuple[str, float, str]]:
    wrong = [1 - row.accuracy.value if row.accuracy else 0.0 for row in (a, b)]
    if not all(wrong):
        return []
    return [("mistakes, share", wrong[1] / wrong[0], f"{wrong[0]:.2%} → {wrong[1]:.2%}")]


def _one(
    column: "st.delta_generator.DeltaGenerator",
    label: str,
    rows: Mapping[str, Standing],
    place: int,
) -> str:
    """Return the key of one of two networks."""
    widget = f"compare_two_{label.lower()}"
    if st.session_state.get(widget) not in rows:
        st.session_state[widget] = list(rows)[place]
    return str(
        column.selectbox(label, list(rows), format_func=lambda key: rows[key].title, key=widget)
    )


_CHARTS: Mapping[str, tuple[bool, Callable[[_Known], None]]] = {
    "What it costs": (False, _worth),
    "MACs and latency": (True, _work),
    "Latency": (True, _spread),
    "Batches": (True, _batches),
    "Layers": (True, _layers),
    "Two of them": (False, _two),
}
