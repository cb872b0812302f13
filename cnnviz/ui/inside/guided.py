"""One digit in three layers side by side, with measurements of each."""

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import Digits, mixed_indices
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs, loading
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_answer, digit_stage, maps_view
from cnnviz.ui.components.receptive_fields import field_boxes, field_sentences
from cnnviz.ui.inside import sentences
from cnnviz.ui.inside.attention_view import attention_view
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import remember_map
from cnnviz.ui.shell.caching import cached
from cnnviz.ui.shell.glossary import how_to_read, with_common_terms

if TYPE_CHECKING:
    from cnnviz.inspection.activations.channel_statistics import ChannelStatistics

SURVEYED = 500  # digits; more change the second decimal of a layer's figures
_STRONGEST = 3  # channels that are shown once more


@cached
def channel_statistics(network: TrainedNetwork, digits: Digits) -> "dict[str, ChannelStatistics]":
    """Return what the network's three layers do over `SURVEYED` test digits of all classes."""
    from cnnviz.inspection.activations.channel_statistics import channel_statistics

    chosen = mixed_indices(digits, SURVEYED)
    return channel_statistics(
        loading.model(network), digits.test_images[chosen], digits.test_labels[chosen]
    )


def guided_view(network: TrainedNetwork, image: InputImage) -> None:
    """Show the early, the middle and the late layer, and attention where there is any."""
    from cnnviz.inspection.activations.attention import rollout_obstacle
    from cnnviz.inspection.activations.layer_steps import steps_between

    row = network.architecture
    activations = layer_outputs.forward_pass(network, image.pixels)
    statistics = channel_statistics(network, loading.digits())
    names = tuple(maps.layer for maps in activations.maps)
    trace = architectures.trace(row.key)
    fields = architectures.fields(row.key, names, ("", *names))
    earlier = (None, *activations.maps)
    shown = [
        MapStage(
            maps.role.capitalize(),
            maps.layer,
            maps.values,
            sentences.map_notes(statistics[maps.role], maps, before, steps),
            (
                *sentences.map_figures(statistics[maps.role], maps, before, steps),
                *field_sentences(fields.get(maps.layer)),
            ),
            fields=field_boxes(fields.get(maps.layer), ("", *names)),
            strongest=_STRONGEST,
        )
        for before, maps in zip(earlier, activations.maps, strict=False)
        for steps in [steps_between(trace, before.layer, maps.layer) if before else ()]
    ]
    seen = sentences.likeness_sentence(activations.maps, image.noun)
    st.markdown(
        with_common_terms(
            f"{seen} Click a map to enlarge it; point at a value to frame what it sees."
        )
    )
    maps_view(
        [digit_stage(image.pixels, row.input_size), *shown],
        key="inside_view",
        subject=f"{network.key} {network.version} {hash(image.key)}",
        answer=digit_answer(activations.probabilities, image.label),
        actions=Actions(select=remember_map),
    )
    if maps := layer_outputs.attention(network, image.pixels):
        st.subheader("Attention")
        attention_view(image.pixels, maps, key="inside_attention")
        if maps[-1].layer != sentences.ROLLOUT:
            st.caption(rollout_obstacle(maps))
        how_to_read(
            "Point at a [[token]] to see what it [[attends|attention]] to: the deeper the orange, "
            "the larger the weight. A click keeps the token. The weights of a token sum to 100%; "
            "the scale ends at the largest. Attention says what a layer mixes, not why the network "
            "predicts a class.",
            title="How to read attention",
        )
