"""The paper, idea, pros and cons of an architecture, and the measured size of the network."""

import streamlit as st

from cnnviz.models.catalog import Architecture
from cnnviz.models.structure.summary import Structure
from cnnviz.ui.shell.glossary import with_common_terms
from cnnviz.ui.shell.markdown import plain
from cnnviz.ui.shell.units import as_bytes, shorten


def facts(row: Architecture, *, published: bool) -> None:
    """Show what the catalog says about an architecture; missing facts are left out."""
    if row.idea:
        st.markdown(with_common_terms(row.idea))
    st.caption(_origin(row))
    if row.lecture:
        st.markdown(f"**The lecture:** {row.lecture}")
    if row.published is not None and published:
        st.markdown(f"**As published:** {plain(row.published.name)}. {_accuracy(row)}")
    else:
        st.markdown(f"**At MNIST scale:** {row.note}")
    if row.published is None:
        st.caption(
            "There is only one scale: its source describes this network for images as small as "
            "these."
        )
    points = [f":material/add: {point}" for point in row.pros]
    points += [f":material/remove: {point}" for point in row.cons]
    st.markdown(with_common_terms("  \n".join(points)))


def totals(structure: Structure) -> None:
    """Show measured totals of the network: parameters, MACs, activations and layers."""
    count = structure.count
    cells = (
        (
            "Parameters",
            f"{count.parameters:,}",
            f"{as_bytes(count.weight_bytes)} in float32",
        ),
        (
            "MACs",
            shorten(count.macs),
            f"multiply-accumulate operations for one image; {shorten(2 * count.macs)} FLOPs",
        ),
        (
            "Activations",
            as_bytes(count.activation_bytes),
            "memory of all layer outputs for one image, in float32",
        ),
        (
            "Layers and operations",
            f"{len(count.layers)}",
            "calls of modules without submodules, and operations between modules",
        ),
    )
    with st.container(horizontal=True):
        for label, value, note in cells:
            st.metric(label, value, help=note)


def _origin(row: Architecture) -> str:
    source = f"[{row.paper.title}]({row.paper.url})" if row.paper else "from the lecture"
    return f"{row.family}, {f'{row.year}, ' if row.year else ''}{source}"


def _accuracy(row: Architecture) -> str:
    published = row.published
    if published is None or published.top1 is None:
        return "No ImageNet accuracy has been published."
    return f"ImageNet top-1 accuracy {published.top1:.2%} ({plain(published.source)})."
