"""The forward pass, layer by layer, at the pace of whoever looks."""

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.architecture.shapes_table import shapes_table
from cnnviz.ui.cached import architectures, layer_outputs, loading
from cnnviz.ui.components.maps_view import Stage, digit_answer, digit_stage, maps_view
from cnnviz.ui.inside.shared import boxes
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.layer import remember_map

_FRAMES = 64  # at most; a deeper network shows its blocks


def show(network: TrainedNetwork, subject: Subject) -> None:
    """Show one layer after the other, then the forward pass as a list of shapes."""
    from cnnviz.inspection.activations.layer_activations import cut

    row = network.architecture
    names = tuple(cut(loading.model(network).model, _FRAMES))
    found = layer_outputs.activations(network, subject.image, names=names)
    fields = architectures.fields(row.key, names)
    named = {activation.name: activation.layer for activation in found}
    answer = layer_outputs.forward_pass(network, subject.image).probabilities
    maps_view(
        [
            digit_stage(subject.image, row.input_size),
            *(
                Stage(
                    f"{i} of {len(found)}: {activation.kind}",
                    activation.name,
                    activation.values,
                    fields=boxes(fields.get(activation.layer), [""]),
                )
                for i, activation in enumerate(found, 1)
            ),
        ],
        key="inside_film",
        subject=f"{network.key} {network.version} {hash(subject.key)}",
        answer=digit_answer(answer, subject.label),
        film=True,
        tools=True,
        on_select=lambda name, channel: remember_map(named[name], channel),
    )
    st.subheader("The forward pass as a list of shapes")
    shapes_table(row)
