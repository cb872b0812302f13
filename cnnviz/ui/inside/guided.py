"""One digit, three layers side by side, and what tells them apart."""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits, mixed_indices
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs, loading
from cnnviz.ui.components.maps_view import Stage, digit_answer, digit_stage, maps_view
from cnnviz.ui.inside import sentences
from cnnviz.ui.inside.attention_view import attention_view
from cnnviz.ui.inside.shared import boxes
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.layer import remember_map
from cnnviz.ui.shell.caching import cached

if TYPE_CHECKING:
    from cnnviz.inspection.activations.channel_statistics import Survey

SURVEYED = 500  # digits; more change the second decimal of a layer's figures
_STRONGEST = 3  # channels that are shown once more


@cached
def channel_statistics(network: TrainedNetwork, digits: Digits) -> "dict[str, Survey]":
    """Return what the network's three layers do over `SURVEYED` test digits of all classes."""
    from cnnviz.inspection.activations.channel_statistics import survey

    chosen = mixed_indices(digits, SURVEYED)
    return survey(loading.model(network), digits.test_images[chosen], digits.test_labels[chosen])


def show(network: TrainedNetwork, subject: Subject) -> None:
    """Show the early, the middle and the late layer, and attention where there is any."""
    from cnnviz.inspection.activations.attention import no_rollout

    row = network.architecture
    found = layer_outputs.forward_pass(network, subject.image)
    surveys = channel_statistics(network, loading.digits())
    names = tuple(maps.layer for maps in found.maps)
    fields = architectures.fields(row.key, names, ("", *names))
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
    if maps := layer_outputs.attention(network, subject.image):
        st.subheader("Attention")
        attention_view(subject.image, maps, key="inside_attention")
        if maps[-1].layer != sentences.ROLLOUT:
            st.caption(no_rollout(maps))
        with st.expander("How to read attention"):
            st.markdown(
                "Point at a token to see where it looks: the deeper the orange, the larger the "
                "share of what it gathers comes from there. A click keeps the token. The shares of "
                "a token add up to 100%; the scale ends at the largest. Attention says what a "
                "layer mixes, not why the network answers as it does."
            )
