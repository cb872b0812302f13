"""A layer and what follows it directly, activations beside gradients."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.models.structure.counts import size_text
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.components.maps_view import Actions, MapStage, digit_answer, digit_stage, maps_view
from cnnviz.ui.components.receptive_fields import field_boxes
from cnnviz.ui.pickers.image import InputImage
from cnnviz.ui.pickers.layer import choose_layer, remember_map
from cnnviz.ui.pickers.options import choose_key
from cnnviz.ui.shell.glossary import with_common_terms
from cnnviz.ui.shell.parameters import INSIDE_SHOWN

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import LayerActivation
    from cnnviz.inspection.receptive_field.fields import Field

_SHOWN = {
    "values": "Activations",
    "gradients": "Gradients",
    "both": "Both",
}


def layers_view(network: TrainedNetwork, image: InputImage) -> None:
    """Show the activations and gradients of the chosen layer and of those directly after it."""
    from cnnviz.inspection.activations.layer_activations import chain_of, last_runs

    row = network.architecture
    choose, what, of = st.columns([3, 3, 2], vertical_alignment="bottom")
    with of:
        target = _choose_target()
    activations = layer_outputs.activations(network, image.pixels, target=target)
    named = last_runs(activations)
    with choose:
        layer = choose_layer(
            "Layer", _layer_titles(activations), key="inside_layer", default=row.middle
        )
    with what:
        shown = choose_key(
            "Show",
            _SHOWN,
            INSIDE_SHOWN,
            help="Activations are what the layer puts out; gradients are how the score of the "
            "class depends on it.",
        )
    chain = [name for name in chain_of(layer, architectures.trace(row.key)) if name in named]
    fields = architectures.fields(row.key, tuple(chain), ("", *chain))
    forward_pass = layer_outputs.forward_pass(network, image.pixels)
    maps_view(
        [
            digit_stage(image.pixels, row.input_size),
            *_stages([named[name] for name in chain], fields, shown),
        ],
        key="inside_layers",
        subject=f"{network.key} {network.version} {layer} {hash(image.key)}",
        answer=digit_answer(forward_pass.probabilities, image.label),
        tools=True,
        actions=Actions(select=remember_map),
    )
    explained = forward_pass.ranking[0] if target is None else target
    st.caption(
        with_common_terms(
            f"Gradients of the logit of class {explained} with respect to each value."
        )
    )


def _layer_titles(activations: "Sequence[LayerActivation]") -> dict[str, str]:
    """Return the title of each layer: name, kind and output shape."""
    from cnnviz.inspection.activations.layer_activations import last_runs

    count = Counter(activation.layer for activation in activations)
    return {
        layer: f"{layer} · {a.kind} · {size_text(a.values.shape)}"
        + (f" · runs {count[layer]} times" if count[layer] > 1 else "")
        for layer, a in last_runs(activations).items()
    }


def _choose_target() -> int | None:
    chosen: int | None = st.selectbox(
        "Gradient of the logit of class",
        [None, *range(10)],
        format_func=lambda digit: "the predicted class" if digit is None else str(digit),
        key="inside_target",
        persist_state="session",
        help="The gradients show how this class's score depends on each value.",
    )
    return chosen


def _stages(
    chain: "Sequence[LayerActivation]", fields: "dict[str, Field]", shown: str
) -> list[MapStage]:
    stages: list[tuple[str, MapStage]] = []
    for activation in chain:
        twin = "x".join(map(str, activation.values.shape))
        for kind, title, values in (
            ("values", activation.kind, activation.values),
            ("gradients", "Gradient", activation.gradients),
        ):
            if shown in (kind, "both"):
                stage = MapStage(title, activation.layer, values, twin=twin)
                stages.append((activation.layer, stage))
    places = ["", *(layer for layer, _ in stages)]
    return [
        MapStage(
            stage.title,
            layer,
            stage.values,
            fields=field_boxes(fields.get(layer), places),
            twin=stage.twin,
        )
        for layer, stage in stages
    ]
