"""The forward pass as an animation, one layer after the other."""

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_answer, digit_stage, maps_view
from cnnviz.ui.components.receptive_fields import field_boxes
from cnnviz.ui.inside.shapes_table import shapes_table
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import remember_map

_FRAMES = 64  # at most; a deeper network shows its blocks


def animation_view(network: TrainedNetwork, image: InputImage) -> None:
    """Show one layer after the other, then the shapes of all tensors."""
    row = network.architecture
    names = architectures.main_modules(row.key, _FRAMES)
    activations = layer_outputs.activations(network, image.pixels, names=names)
    fields = architectures.fields(row.key, names)
    named = {activation.name: activation.layer for activation in activations}
    answer = layer_outputs.forward_pass(network, image.pixels).probabilities
    maps_view(
        [
            digit_stage(image.pixels, row.input_size),
            *(
                MapStage(
                    f"{i} of {len(activations)}: {activation.kind}",
                    activation.name,
                    activation.values,
                    fields=field_boxes(fields.get(activation.layer), [""]),
                )
                for i, activation in enumerate(activations, 1)
            ),
        ],
        key="inside_film",
        subject=f"{network.key} {network.version} {hash(image.key)}",
        answer=digit_answer(answer, image.label),
        one_by_one=True,
        tools=True,
        actions=Actions(select=lambda name, channel: remember_map(named[name], channel)),
    )
    st.subheader("Tensor shapes in the forward pass")
    shapes_table(row)
