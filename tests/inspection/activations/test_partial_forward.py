"""A forward pass resumed at a layer, against the whole one."""

import pytest
import torch

from cnnviz.data.mnist import load_digits
from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.inspection.activations.partial_forward import (
    all_logits,
    first_to_run,
    prefix,
    resumed_logits,
)
from cnnviz.inspection.interventions.edits import (
    Scale,
    apply_edits,
)
from cnnviz.models.catalog import Architecture, of_task
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.interventions.random_network import random_network

ROWS = of_task("classify")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_resuming_at_any_of_the_three_layers_gives_what_running_everything_gives(
    row: Architecture,
) -> None:
    model, digits = random_network(row), load_digits("embedded").test_images[::250]
    network = LoadedNetwork(model, row)
    layers = map_layers(network)
    x = prefix(network, digits, layer="").batches[0]
    for layer in (layer for layer in layers if layer.role):
        changed = apply_edits(network, [Scale(layer.name, layer.channels // 2, -3)], layers)
        kept = prefix(network, digits, layer=layer.name)
        with torch.inference_mode():
            whole = changed.model(x)
        found = torch.cat(list(resumed_logits(changed, kept)))
        assert torch.allclose(found, whole, atol=1e-3 * float(whole.abs().max()))
        again = torch.cat(list(resumed_logits(changed, kept)))  # what was kept is as before
        assert torch.equal(again, found)


def test_the_earliest_layer_is_the_one_that_runs_first() -> None:
    row = ROWS["lenet5"]
    assert first_to_run(LoadedNetwork(row.build(), row), ["tanh5", "c3", "s4"]) == "c3"
    assert first_to_run(LoadedNetwork(row.build(), row), []) == ""


def test_all_logits_are_those_of_each_digit_alone_across_batches() -> None:
    row = ROWS["lenet5"]
    network = LoadedNetwork(random_network(row), row)
    digits = load_digits("embedded").test_images[:101]  # one more than a batch
    expected = network.model(network.input(digits))
    logits = all_logits(network, digits)
    assert logits.shape == (101, 10)
    torch.testing.assert_close(logits, expected, rtol=1e-3, atol=1e-4)
