"""What is known of an architecture, beside what is measured: its paper, its idea, its fame."""

import streamlit as st

from cnnviz.models.catalogue import Architecture
from cnnviz.models.structure.summary import Structure
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import as_bytes, shorten


def facts(row: Architecture, *, published: bool) -> None:
    """Say what a row of the catalogue says of itself; nothing stands for what it leaves out."""
    left, right = st.columns([3, 2])
    with left:
        if row.idea:
            st.markdown(row.idea)
        st.caption(_origin(row))
        if row.lecture:
            st.markdown(f"**The lecture:** {row.lecture}")
        if row.published is not None and published:
            st.markdown(f"**As published:** {plain(row.published.name)}. {_accuracy(row)}")
        else:
            st.markdown(f"**At the scale of MNIST:** {row.note}")
    with right:
        points = [f":material/add: {point}" for point in row.pros]
        points += [f":material/remove: {point}" for point in row.cons]
        st.markdown("  \n".join(points))


def totals(structure: Structure) -> None:
    """Show what the whole network takes, measured."""
    count = structure.count
    cells = (
        (
            "Parameters",
            f"{count.parameters:,}",
            f"{as_bytes(count.weight_bytes)} of memory in float32",
        ),
        (
            "MACs",
            shorten(count.macs),
            f"multiply-accumulates for one image; {shorten(2 * count.macs)} FLOP",
        ),
        (
            "Activations",
            as_bytes(count.activation_bytes),
            "memory of all outputs for one image, in float32",
        ),
        (
            "Layers and operations",
            f"{len(count.layers)}",
            "each run of an innermost module, and each operation between modules",
        ),
    )
    with st.container(horizontal=True):
        for label, value, note in cells:
            st.metric(label, value, help=note, border=True)


def _origin(row: Architecture) -> str:
    source = f"[{row.paper.title}]({row.paper.url})" if row.paper else "from the lecture"
    return f"{row.family}, {f'{row.year}, ' if row.year else ''}{source}"


def _accuracy(row: Architecture) -> str:
    found = row.published
    if found is None or found.top1 is None:
        return "No accuracy on ImageNet was published for it."
    return f"Top-1 accuracy on ImageNet {found.top1:.2%} ({plain(found.source)})."
