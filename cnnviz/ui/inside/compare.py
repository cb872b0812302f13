"""Two inputs, or two states of the weights, side by side with the difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.models.catalogue import Architecture
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.components.maps_view import Stage, brightest, digit_stage, maps_view
from cnnviz.ui.pickers.image import Subject
from cnnviz.ui.pickers.networks import titled
from cnnviz.ui.shell.units import probability

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import Activation

_WITH = {"input": "Another digit", "weights": "Other weights"}
_FRESH = ""  # stands for weights before any training


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the two: what looks, at what."""

    network: TrainedNetwork
    subject: Subject
    title: str
    found: "Sequence[Activation]"
    answer: str


def show(network: TrainedNetwork, subject: Subject) -> None:
    """Show early, middle and late layers of both, and the second less the first."""
    row = network.architecture
    choose, other = st.columns([2, 3], vertical_alignment="bottom")
    kind = choose.segmented_control(
        "Compare with",
        list(_WITH),
        format_func=lambda key: _WITH[key],
        default="input",
        required=True,
        key="inside_with",
        persist_state="session",
    )
    with other:
        second = _other_input(network, row) if kind == "input" else _other_weights(network, subject)
    first = _side(network, subject, network.title if kind == "weights" else subject.title)
    maps_view(
        _stages(row, first, second),
        key="inside_compare",
        subject=f"{network.key} {network.version} {first.title} {second.title}",
        tools=True,
        columns=3,
    )


def _stages(row: Architecture, first: _Side, second: _Side) -> list[Stage]:
    from cnnviz.inspection.activations.layer_activations import difference

    found: list[Stage] = []
    for side in (first, second):
        image = digit_stage(side.subject.image, row.input_size)
        found.append(Stage(side.title, "", image.values, (side.answer,)))
    change = (second.subject.image / 255 - first.subject.image / 255)[None]
    found.append(Stage("Second less first", "input", change.astype(np.float32)))
    for a, b, less in zip(
        first.found, second.found, difference(first.found, second.found), strict=True
    ):
        limit = brightest(a.values, b.values) or None
        for title, values in (("First", a.values), ("Second", b.values), ("Difference", less)):
            found.append(Stage(title, a.name, values, twin=a.name, limit=limit))
    return found


def _side(network: TrainedNetwork, subject: Subject, title: str) -> _Side:
    row = network.architecture
    names = tuple(row.layers_by_role.values())
    found = layer_outputs.activations(network, subject.image, names=names)
    shares = layer_outputs.forward_pass(network, subject.image).probabilities
    sure = float(shares.max())
    answer = f"Read as {int(shares.argmax())}, {probability(sure)} sure."
    return _Side(network, subject, title, found, answer)


def _other_input(network: TrainedNetwork, row: Architecture) -> _Side:
    del row
    digits = loading.digits()
    index = st.number_input(
        f"Second test digit (of {len(digits.test_labels):,})",
        min_value=0,
        max_value=len(digits.test_labels) - 1,
        value=mixed_index(digits, 1),
        key="inside_second",
        width=220,
    )
    label = int(digits.test_labels[index])
    title = f"Test digit {index:,}, labeled {label}"
    return _side(network, Subject(digits.test_images[index, 0], label, title), title)


def _other_weights(network: TrainedNetwork, subject: Subject) -> _Side:
    options = _weights_like(network)
    chosen = st.selectbox(
        "Second network of the same architecture",
        [_FRESH, *options],
        format_func=lambda key: options[key].title if key else "Before any training (seed 0)",
        key="inside_other",
    )
    second = options[chosen] if chosen else networks.untrained(network.architecture_key)
    return _side(second, subject, second.title)


def _weights_like(network: TrainedNetwork) -> dict[str, TrainedNetwork]:
    """Return what else there is of an architecture, the network's own checkpoints first."""
    same = [
        n for n in networks.networks("classify") if n.architecture_key == network.architecture_key
    ]
    own = [n for n in same if n.key == networks.base_key(network.key)]
    found = [*(moment for n in own for moment in networks.snapshots_of(n)), *own, *same]
    return {key: n for key, n in titled(list(dict.fromkeys(found))).items() if key != network.key}
