import pytest
import torch

from cnnviz.inspection.activations.map_layers import map_layers
from cnnviz.models.catalog import Architecture, of_task
from cnnviz.models.hooks import recording
from cnnviz.models.inference import evaluating
from cnnviz.models.loaded_network import LoadedNetwork

ROWS = of_task("classify")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_three_layers_of_every_row_are_among_them_and_all_put_out_their_maps(
    row: Architecture,
) -> None:
    model = row.build().eval()
    network = LoadedNetwork(model, row)
    found = map_layers(network)
    roles = {layer.role: layer.name for layer in found if layer.role}
    assert roles == row.layers_by_role
    assert not any(module._forward_hooks for module in model.modules())
    with evaluating(model), recording(model, [layer.name for layer in found]) as outputs:
        model(torch.rand(3, 1, row.input_size, row.input_size))
    for layer in found:
        assert layer.maps(outputs[layer.name]).shape == (3, layer.channels, *layer.grid)
        assert outputs[layer.name].shape[layer.dimension] == layer.channels


def test_kernels_are_known_by_size_and_number() -> None:
    row = ROWS["lenet5"]
    found = {layer.name: layer for layer in map_layers(LoadedNetwork(row.build(), row))}
    assert (found["c3"].kernel, found["c3"].sources, found["c3"].channels) == ((5, 5), 6, 16)
    assert found["tanh1"].kernel is None
    assert found["tanh1"].grid == (28, 28)
    assert "f6" not in found


def test_pairs_of_tokens_are_no_maps() -> None:
    for key, layer in (("convit", "blocks.0.attn.pos_proj"), ("t2t_vit", "token_attention.0.proj")):
        row = ROWS[key]
        names = [found.name for found in map_layers(LoadedNetwork(row.build(), row))]
        assert layer not in names
        assert row.late in names
