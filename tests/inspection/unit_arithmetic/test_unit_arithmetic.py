"""Any unit of any network of the catalog, worked out and held against the network's tensor."""

import pytest
import torch
from torch import nn

from cnnviz.data.mnist import load_digits
from cnnviz.inspection import unit_arithmetic
from cnnviz.inspection.unit_arithmetic import SOFTMAX, Unit
from cnnviz.inspection.unit_arithmetic.results import Convolved, Softmaxed, WeightedSum
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.loaded_network import LoadedNetwork
from tests.inspection.unit_arithmetic.layers import CLOSE, places

CLASSIFIERS = [row for row in CATALOG.values() if row.task == "classify"]

every_row = pytest.mark.parametrize("row", CLASSIFIERS, ids=lambda row: row.key)


def built(row: Architecture) -> nn.Module:
    torch.manual_seed(0)
    return row.build().eval()


@every_row
def test_every_kind_of_layer_of_a_network_equals_its_tensor(row: Architecture) -> None:
    model, image = built(row), load_digits("embedded").test_images[3]
    network = LoadedNetwork(model, row)
    kinds: dict[object, str] = {}
    for found in unit_arithmetic.supported_layers(model):
        shape: object = found.kind
        if found.convolution:
            module = model.get_submodule(found.layer)
            assert isinstance(module, nn.Conv2d)
            shape = module.kernel_size, module.stride, module.groups > 1
        kinds.setdefault(shape, found.layer)
    for layer in kinds.values():
        run = unit_arithmetic.layer_run(network, image, layer)
        for unit in places(run):
            found_unit = unit_arithmetic.unit_of_run(run, unit, model)
            assert found_unit.difference < CLOSE
            assert found_unit.after is None or found_unit.after.difference < CLOSE


def test_the_activation_that_follows_is_found() -> None:
    row = CATALOG["mnist_cnn"]
    image = load_digits("embedded").test_images[0]
    found = unit_arithmetic.compute_unit(
        LoadedNetwork(built(row), row), image, "conv1", Unit(3, 4, 5)
    )
    assert isinstance(found, Convolved)
    assert found.after is not None
    assert found.after.kind == "ReLU"
    assert found.after.value == max(0.0, found.value)


def test_probabilities_are_worked_out_of_the_logits() -> None:
    row, image = CATALOG["lenet5"], load_digits("embedded").test_images[0]
    found = [
        unit_arithmetic.compute_unit(LoadedNetwork(built(row), row), image, SOFTMAX, Unit(i))
        for i in range(10)
    ]
    assert all(isinstance(share, Softmaxed) and share.difference < CLOSE for share in found)
    assert sum(share.value for share in found) == pytest.approx(1)


def test_a_fully_connected_layer_is_a_sum_of_products() -> None:
    row, image = CATALOG["mnist_cnn"], load_digits("embedded").test_images[0]
    found = unit_arithmetic.compute_unit(LoadedNetwork(built(row), row), image, "fc2", Unit(7))
    assert isinstance(found, WeightedSum)
    assert found.value == pytest.approx(float(found.inputs @ found.weights) + found.bias)
    assert found.difference < CLOSE


def test_what_is_not_worked_out_is_said_in_a_sentence() -> None:
    row, image = CATALOG["vit"], load_digits("embedded").test_images[0]
    model = built(row)
    network = LoadedNetwork(model, row)
    with pytest.raises(ValueError, match=r"one of .*patch_embed\.proj.*, got blocks\.0, a Block"):
        unit_arithmetic.compute_unit(network, image, "blocks.0", Unit())
    with pytest.raises(ValueError, match=r"layer must be one of .*, got 'nowhere'"):
        unit_arithmetic.compute_unit(network, image, "nowhere", Unit())
    with pytest.raises(
        ValueError, match=r"must lie in 64 channels of 7 × 7, got channel 0, row 99, column 0"
    ):
        unit_arithmetic.compute_unit(network, image, "patch_embed.proj", Unit(0, 99, 0))


def test_a_model_is_left_as_it_was() -> None:
    row, image = CATALOG["mnist_cnn"], load_digits("embedded").test_images[0]
    model = built(row)
    network = LoadedNetwork(model, row)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    unit_arithmetic.compute_unit(network, image, "conv1", Unit())
    found = unit_arithmetic.gradient_of_weight(network, image, 7, "conv1", (0, 0, 0, 0))
    unit_arithmetic.weight_update(network, image, 7, found, 1.0)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(not module._forward_hooks for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
