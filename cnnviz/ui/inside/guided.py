"""One digit, three layers side by side, and what tells them apart."""

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.components.maps_view import Stage, digit_answer, digit_stage, maps_view
from cnnviz.ui.inside import sentences
from cnnviz.ui.inside.attention_view import attention_view
from cnnviz.ui.inside.shared import boxes
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.layer import remember_map
from cnnviz.ui.shell import cache

_STRONGEST = 3  # channels that are shown once more


def show(network: TrainedNetwork, subject: Subject) -> None:
    """Show the early, the middle and the late layer, and attention where there is any."""
    row = network.architecture
    found = cache.forward_pass(network, subject.image)
    surveys = cache.survey(network, cache.digits())
    names = tuple(maps.layer for maps in found.maps)
    fields = cache.fields(row.key, names, ("", *names))
    shown = [
        Stage(
            maps.role.capitalize(),
            maps.layer,
            maps.values,
            (
                *sentences.layer(maps, surveys[maps.role]),
                *sentences.reach(fields.get(maps.layer), row.input_size),
            ),
            fields=boxes(fields.get(maps.layer), ("", *names)),
            strongest=_STRONGEST,
        )
        for maps in found.maps
    ]
    maps_view(
        [digit_stage(subject.image, row.input_size), *shown],
        key="inside_view",
        subject=f"{network.key} {network.version} {hash(subject.key)}",
        answer=digit_answer(found.probabilities, subject.label),
        on_select=remember_map,
    )
    if maps := cache.attention(network, subject.image):
        st.subheader("Attention")
        attention_view(subject.image, maps, key="inside_attention")
        if maps[-1].layer != sentences.ROLLOUT:
            st.caption(cache.no_rollout(maps))
        with st.expander("How to read attention"):
            st.markdown(
                "Point at a token to see where it looks: the deeper the orange, the larger the "
                "share of what it gathers comes from there. A click keeps the token. The shares of "
                "a token add up to 100%; the scale ends at the largest. Attention says what a "
                "layer mixes, not why the network answers as it does."
            )
