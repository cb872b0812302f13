"""Activations of two inputs, or of two sets of weights, and their difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz.data.mnist import mixed_index
from cnnviz.models.catalog import Architecture
from cnnviz.plots import colors
from cnnviz.stats.percentages import probability
from cnnviz.training.runs import networks
from cnnviz.training.runs.networks import TrainedNetwork
from cnnviz.ui.cached import layer_outputs, loading
from cnnviz.ui.components.maps_view import MapStage, digit_stage, maps_view
from cnnviz.ui.inside import sentences
from cnnviz.ui.pickers.image import InputImage, image_at
from cnnviz.ui.pickers.networks import with_unique_titles
from cnnviz.ui.pickers.options import choose_key, select_key
from cnnviz.ui.pickers.whole_number import whole_number
from cnnviz.ui.shell import address
from cnnviz.ui.shell.parameter_types import Integer
from cnnviz.ui.shell.parameters import INSIDE_OTHER, INSIDE_SECOND, INSIDE_WITH

if TYPE_CHECKING:
    from cnnviz.inspection.activations.layer_activations import LayerActivation

_WITH = {"input": "Another digit", "weights": "Other weights"}
_FRESH = "fresh"  # stands for untrained weights


@dataclass(frozen=True, eq=False)
class _Side:
    """One side of the comparison: a network and its input."""

    network: TrainedNetwork
    image: InputImage
    title: str
    activations: "Sequence[LayerActivation]"
    answer: str


def comparison_view(network: TrainedNetwork, image: InputImage) -> None:
    """Show early, middle and late layers of both, and the second minus the first."""
    row = network.architecture
    choose, other = st.columns([2, 3], vertical_alignment="bottom")
    with choose:
        kind = choose_key(
            "Compare with",
            _WITH,
            INSIDE_WITH,
            help="Another input to the same network, or the same input to other weights.",
        )
    with other:
        second = _other_input(network, row) if kind == "input" else _other_weights(network, image)
    first = _side(network, image, network.title if kind == "weights" else image.title)
    st.markdown(sentences.difference_sentence(_shares(first, second)))
    maps_view(
        _stages(row, first, second),
        key="inside_compare",
        subject=f"{network.key} {network.version} {first.title} {second.title}",
        tools=True,
        columns=3,
    )


def _shares(first: _Side, second: _Side) -> list[float]:
    """Return the difference of the early, middle and late activations, 0 to 1."""
    from cnnviz.inspection.activations.layer_activations import difference_share

    pairs = zip(first.activations, second.activations, strict=True)
    return [difference_share(a.values, b.values) for a, b in pairs]


def _stages(row: Architecture, first: _Side, second: _Side) -> list[MapStage]:
    from cnnviz.inspection.activations.layer_activations import (
        activation_differences,
        image_difference,
    )

    stages: list[MapStage] = []
    for side in (first, second):
        stage = digit_stage(side.image.pixels, row.input_size)
        stages.append(MapStage(side.title, "", stage.values, (side.answer,)))
    pixels = image_difference(first.image.pixels, second.image.pixels)
    stages.append(MapStage("Second minus first", "input", pixels))
    for a, b, change in zip(
        first.activations,
        second.activations,
        activation_differences(first.activations, second.activations),
        strict=True,
    ):
        limit = colors.scale_limit(a.values, b.values) or None
        for title, values in (("First", a.values), ("Second", b.values), ("Difference", change)):
            stages.append(MapStage(title, a.name, values, twin=a.name, limit=limit))
    return stages


def _side(network: TrainedNetwork, image: InputImage, title: str) -> _Side:
    row = network.architecture
    names = tuple(row.layers_by_role.values())
    activations = layer_outputs.activations(network, image.pixels, names=names)
    forward = layer_outputs.forward_pass(network, image.pixels)
    predicted = forward.ranking[0]
    answer = f"Predicted: {predicted} ({probability(float(forward.probabilities[predicted]))})."
    return _Side(network, image, title, activations, answer)


def _other_input(network: TrainedNetwork, row: Architecture) -> _Side:
    del row
    digits = loading.digits()
    last = len(digits.test_labels) - 1
    index = whole_number(
        f"Index of the second digit (0 to {last:,})",
        0,
        last,
        width=220,
        help="Its index in the test set.",
        **address.bind(INSIDE_SECOND, Integer(0, last), default=mixed_index(digits, 1)),
    )
    image = image_at(digits, index)
    return _side(network, image, image.title)


def _other_weights(network: TrainedNetwork, image: InputImage) -> _Side:
    options = _weights_like(network)
    titles = {_FRESH: "Untrained (seed 0)"} | {key: n.title for key, n in options.items()}
    chosen = select_key(
        "Second network of the same architecture",
        titles,
        INSIDE_OTHER,
        help="Its maps are compared with those of the network above, channel by channel.",
    )
    second = options.get(chosen) or networks.untrained(network.architecture_key)
    return _side(second, image, second.title)


def _weights_like(network: TrainedNetwork) -> dict[str, TrainedNetwork]:
    """Return the other networks of an architecture, the network's own snapshots first."""
    same = [
        n for n in networks.networks("classify") if n.architecture_key == network.architecture_key
    ]
    own = [n for n in same if n.key == networks.base_key(network.key)]
    choices = [*(snapshot for n in own for snapshot in networks.snapshots_of(n)), *own, *same]
    return {
        key: n
        for key, n in with_unique_titles(list(dict.fromkeys(choices))).items()
        if key != network.key
    }
