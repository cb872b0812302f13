"""Objectives of feature visualization."""

import itertools

import numpy as np
import pytest

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.interventions import feature_visualization as v
from cnnviz.inspection.interventions import objectives
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs.networks import load_network, shipped


def trained(key: str = "sprint_cnn") -> LoadedNetwork:
    network = next(network for network in shipped() if network.architecture_key == key)
    return load_network(network)


def test_a_class_minus_another_prefers_it() -> None:
    network = trained()
    *_, last = v.visualize(
        network,
        objectives.difference_objective(
            objectives.logit_objective(4), objectives.logit_objective(9)
        ),
        steps=60,
    )
    pixels = (255 * last.image).round().astype(np.uint8)[None, None]
    four, nine = (
        v.objective_values(network, objectives.logit_objective(digit), pixels)[0]
        for digit in (4, 9)
    )
    assert four - nine == pytest.approx(last.value, rel=0.1)
    assert four > nine


def test_a_unit_is_one_place_of_its_channel() -> None:
    network = trained()
    layer = next(layer for layer in map_layers(network) if layer.role == "early")
    digits = load_digits("embedded").test_images[:4]
    rows, columns = layer.grid
    places = itertools.product(range(rows), range(columns))
    units = [
        v.objective_values(network, objectives.unit_objective(layer, 2, *place), digits)
        for place in places
    ]
    mean = v.objective_values(network, objectives.channel_objective(layer, 2), digits)
    assert np.mean(units, axis=0) == pytest.approx(mean, abs=1e-5)


def test_the_best_logit_or_difference_among_digits_by_hand() -> None:
    logits = np.array([[1.0, 4.0, 0.0], [3.0, 2.0, 9.0], [2.0, -5.0, 1.0]], np.float32)
    assert objectives.best_logit(logits, 0) == 3
    assert objectives.best_logit(logits, 0, less=1) == 7  # 2 - (-5)
    assert objectives.best_logit(logits, 1, less=2) == 4
