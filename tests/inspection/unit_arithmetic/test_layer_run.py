"""What one layer receives and puts out, on layers whose output can be written down."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from cnnviz.inspection.unit_arithmetic.layer_run import (
    LayerRun,
    Unit,
    planes,
    run_layer,
    unit_index,
)
from cnnviz.models.catalog import CATALOG
from cnnviz.models.loaded_network import LoadedNetwork
from tests.loaded import loaded

TWELVE = torch.arange(12.0)


class Branches(nn.Module):
    """A layer that two others read, and one that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.unused = nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 1)
        self.relu, self.tanh = nn.ReLU(), nn.Tanh()
        nn.init.constant_(self.twice.weight, 2.0)

    def forward(self, x: Tensor) -> Tensor:
        y = self.twice(x)
        z: Tensor = self.relu(self.relu(y) - 3)
        return z + self.tanh(y)


@pytest.mark.parametrize(
    ("shape", "last", "unit", "value"),
    [
        ((1, 3, 2, 2), False, Unit(1, 1, 0), 6),  # 1 x 4 + 1 x 2 + 0
        ((1, 2, 2, 3), True, Unit(1, 1, 0), 7),  # (1 x 2 + 0) x 3 + 1
        ((1, 4, 3), False, Unit(1, 1, 0), 7),  # four tokens of a 2 x 2 grid
        ((1, 6, 2), False, Unit(1, 1, 0), 9),  # two class tokens, then four of a 2 x 2 grid
        ((4, 3), False, Unit(1, 1, 0), 7),
        ((1, 12), False, Unit(7), 7),
        ((1, 1, 12), False, Unit(7), 7),
    ],
)
def test_a_unit_of_the_maps_lies_where_its_index_says_by_hand(
    shape: tuple[int, ...], last: bool, unit: Unit, value: int
) -> None:
    tensor = TWELVE.reshape(shape)
    assert tensor[unit_index(tensor.shape, unit, nhwc=last)] == value
    maps = planes(tensor, nhwc=last)
    assert maps[unit.channel, unit.row, unit.column] == value
    layer = LayerRun("it", nn.Identity(), tensor, tensor, nhwc=last)
    assert torch.equal(layer.outputs, maps)
    assert layer.index(unit) == unit_index(tensor.shape, unit, nhwc=last)


def test_what_a_layer_receives_and_puts_out_is_kept() -> None:
    x = torch.tensor([[[[1.0, -1.0]]]])  # (1, 1, 1, 2)
    found = run_layer(loaded(Branches()), x, "twice")
    assert found.received.flatten().tolist() == [1, -1]
    assert found.output.flatten().tolist() == [2, -2]
    assert found.inputs.shape == found.outputs.shape == (1, 1, 2)
    assert {name: t.flatten().tolist() for name, t in found.followers.items()} == {
        "relu": [2, 0],
        "tanh": pytest.approx([0.9640, -0.9640], abs=1e-4),
    }


def test_of_a_layer_that_runs_twice_the_last_run_counts() -> None:
    found = run_layer(loaded(Branches()), torch.tensor([[[[2.0]]]]), "relu")
    assert found.received.item() == 4 - 3
    assert found.output.item() == 1


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("nowhere", "layer must be one of twice, .*, got 'nowhere'"),
        ("", "layer must be one of twice, .*, got ''"),
        ("unused", "'unused' must run in the forward pass, got 0 runs"),
    ],
)
def test_a_layer_that_is_not_there_or_does_not_run_is_named(layer: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run_layer(loaded(Branches()), torch.zeros(1, 1, 1, 1), layer)


@pytest.mark.parametrize(
    ("module", "network", "last"),
    [
        (nn.Conv2d(1, 1, 1), True, False),
        (nn.Linear(1, 1), False, True),
        (nn.ReLU(), True, True),
        (nn.ReLU(), False, False),
    ],
)
def test_where_channels_lie_depends_on_the_layer_before_the_network(
    module: nn.Module, network: bool, last: bool
) -> None:
    row = replace(CATALOG["mnist_cnn"], nhwc=network)
    loaded = LoadedNetwork(nn.Sequential(module), row)
    found = run_layer(loaded, torch.zeros(1, 1, 1, 1), "0")
    assert found.nhwc is last


def test_the_model_keeps_its_mode_and_gets_no_hooks() -> None:
    model = Branches().train()
    run_layer(loaded(model), torch.zeros(1, 1, 1, 1), "twice")
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_the_strongest_unit_of_a_channel_has_the_largest_magnitude() -> None:
    output = torch.tensor([[[[9.0, 9.0, 9.0]] * 2, [[1.0, 0.0, -2.0], [-5.0, 4.0, 5.0]]]])
    run = LayerRun("it", nn.Identity(), output, output)  # (1, 2, 2, 3)
    assert run.strongest(1) == Unit(1, 1, 0)  # -5, before 5
    assert run.strongest(0) == Unit(0, 0, 0)
