"""Any layer before and after what follows it, with gradients beside activations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import architectures, layer_outputs
from cnnviz.ui.components.maps_view import Stage, digit_answer, digit_stage, maps_view
from cnnviz.ui.inside.shared import boxes, described, last_runs
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.layer import choose_layer, remember_map

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import Activation
    from cnnviz.inspection.receptive_field.fields import Field

_SHOWN = {
    "values": "Activations",
    "gradients": "Gradients",
    "both": "Both",
}


def show(network: TrainedNetwork, subject: Subject) -> None:
    """Show the chosen layer's chain, its gradients, and all tools to read them with."""
    from cnnviz.inspection.activations.layer_activations import chain_of

    row = network.architecture
    choose, what, of = st.columns([3, 3, 2], vertical_alignment="bottom")
    with of:
        target = _choose_target()
    found = layer_outputs.activations(network, subject.image, target=target)
    named = last_runs(found)
    with choose:
        layer = choose_layer("Layer", described(found), key="inside_layer", default=row.middle)
    with what:
        shown = st.segmented_control(
            "Show",
            list(_SHOWN),
            format_func=lambda key: _SHOWN[key],
            default="both",
            required=True,
            key="inside_shown",
            persist_state="session",
        )
    chain = [name for name in chain_of(layer, architectures.trace(row.key)) if name in named]
    fields = architectures.fields(row.key, tuple(chain), ("", *chain))
    answer = layer_outputs.forward_pass(network, subject.image).probabilities
    maps_view(
        [
            digit_stage(subject.image, row.input_size),
            *_stages([named[name] for name in chain], fields, str(shown)),
        ],
        key="inside_layers",
        subject=f"{network.key} {network.version} {layer} {hash(subject.key)}",
        answer=digit_answer(answer, subject.label),
        tools=True,
        on_select=remember_map,
    )
    st.caption(
        f"Gradients are of the logit of "
        f"{int(answer.argmax()) if target is None else target} with respect to each value."
    )


def _choose_target() -> int | None:
    chosen: int | None = st.selectbox(
        "Gradient of the logit of",
        [None, *range(10)],
        format_func=lambda digit: "the answer" if digit is None else str(digit),
        key="inside_target",
        persist_state="session",
    )
    return chosen


def _stages(chain: "Sequence[Activation]", fields: "dict[str, Field]", shown: str) -> list[Stage]:
    found: list[tuple[str, Stage]] = []
    for activation in chain:
        twin = "x".join(map(str, activation.values.shape))
        for kind, title, values in (
            ("values", activation.kind, activation.values),
            ("gradients", "Its gradient", activation.gradients),
        ):
            if shown in (kind, "both"):
                stage = Stage(title, activation.layer, values, twin=twin)
                found.append((activation.layer, stage))
    places = ["", *(layer for layer, _ in found)]
    return [
        Stage(
            stage.title,
            layer,
            stage.values,
            fields=boxes(fields.get(layer), places),
            twin=stage.twin,
        )
        for layer, stage in found
    ]
