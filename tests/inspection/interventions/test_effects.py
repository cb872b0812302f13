"""Accuracy before and after edits."""

import numpy as np
import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.activations.partial_forward import prefix
from cnnviz.inspection.interventions.edits import (
    Scale,
)
from cnnviz.inspection.interventions.effects import EditEffect, baseline, edit_effects
from cnnviz.models.catalog import Architecture, of_task
from cnnviz.models.inference import evaluate
from cnnviz.models.loaded_network import LoadedNetwork
from cnnviz.training.runs.networks import load_network, shipped
from tests.inspection.interventions.random_network import random_network

ROWS = of_task("classify")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_scaling_by_one_changes_nothing_and_muting_changes_something(row: Architecture) -> None:
    model, digits = random_network(row), load_digits("embedded")
    network = LoadedNetwork(model, row)
    tested = baseline(network, digits.test_images[::100], digits.test_labels[::100])
    layers = map_layers(network)
    image = digits.test_images[0, 0]
    early = next(layer for layer in layers if layer.role == "early")
    *_, same = edit_effects(network, [Scale(early.name, 0, 1)], image, tested, layers=layers)
    assert np.allclose(same.before, same.after, atol=1e-6)
    assert (same.lost, same.gained, same.tested) == (0, 0, 10)
    mute = tuple(Scale(early.name, channel, 0) for channel in range(early.channels))
    *_, muted = edit_effects(network, mute, image, tested, layers=layers)
    assert not np.allclose(muted.after, same.before, atol=1e-6)


def trained() -> LoadedNetwork:
    network = next(network for network in shipped() if network.architecture_key == "sprint_cnn")
    return load_network(network)


def test_accuracy_after_muting_is_that_of_a_network_with_the_weights_at_zero() -> None:
    network = trained()
    model, row = network.model, network.architecture
    digits, layers = load_digits("embedded"), map_layers(network)
    tested = baseline(network, digits.test_images, digits.test_labels)
    mute = [Scale(row.late, channel, 0) for channel in range(0, 30)]
    kept = prefix(network, digits.test_images, layer=row.late)
    *_, found = edit_effects(
        network, mute, digits.test_images[3, 0], tested, layers=layers, before=kept
    )
    model.get_submodule(row.late).register_forward_hook(  # this copy is the test's own
        lambda _module, _inputs, output: torch.cat(
            [torch.zeros_like(output[:, :30]), output[:, 30:]], dim=1
        )
    )
    images, labels = torch.from_numpy(digits.test_images), torch.from_numpy(digits.test_labels)
    alone = evaluate(model, images, labels, size=row.input_size)
    assert found.accuracy_after.value == alone.accuracy < found.accuracy_before.value
    assert found.difference.value == pytest.approx(
        found.accuracy_after.value - found.accuracy_before.value
    )
    assert found.accuracy_after.low < alone.accuracy < found.accuracy_after.high


def test_effects_grow_batch_by_batch_to_the_whole() -> None:
    network = trained()
    digits, layers = load_digits("embedded"), map_layers(network)
    tested = baseline(network, digits.test_images[:250], digits.test_labels[:250])
    arguments = (
        network,
        [Scale(network.architecture.early, 0, 0)],
        digits.test_images[0, 0],
        tested,
    )
    found: list[EditEffect] = list(edit_effects(*arguments, layers=layers))
    assert [one.tested for one in found] == [100, 200, 250]
    assert not torch.is_inference_mode_enabled()
