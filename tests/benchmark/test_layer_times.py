import itertools
import time

import pytest
import torch
from torch import Tensor, nn

from cnnviz.benchmark.layer_times import layer_times
from cnnviz.benchmark.timing.clocks import Clock
from cnnviz.benchmark.timing.engines import example, input_shape, network
from cnnviz.models.catalog import CATALOG, Architecture
from cnnviz.models.structure.counts import count
from cnnviz.models.structure.trace import trace_architecture


class Wait(nn.Module):
    """A layer that takes its time."""

    def __init__(self, milliseconds: float) -> None:
        super().__init__()
        self.seconds = milliseconds / 1000

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "meta":
            time.sleep(self.seconds)
        return x + 0


def test_the_time_goes_to_the_layer_that_takes_it() -> None:
    model = nn.Sequential(Wait(20), nn.Linear(4, 3), Wait(5)).eval()
    times = layer_times(model, torch.zeros(2, 4), seconds=0)
    layers = times.layers
    assert [(layer.name, layer.kind, layer.macs) for layer in layers] == [
        ("0", "Wait", 0),
        ("1", "Linear", 12),
        ("2", "Wait", 0),
    ]
    assert layers[0].milliseconds >= 20
    assert layers[2].milliseconds >= 5
    assert layers[1].milliseconds < layers[2].milliseconds
    assert times.whole >= 25
    assert times.n == 5
    assert times.between < 5
    assert times.contention
    assert times.contention > 1.5  # sleeping takes no processor


def test_a_layer_that_runs_twice_adds_up() -> None:
    again = Wait(5)
    model = nn.Sequential(again, nn.Linear(4, 3), again).eval()
    layers = layer_times(model, torch.zeros(2, 4), seconds=0).layers
    assert [layer.name for layer in layers] == ["0", "1"]
    assert layers[0].milliseconds >= 10


def test_medians_on_a_clock_of_our_own() -> None:
    ticks = itertools.count()  # one second for each look at the clock
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU()).eval()
    clock = Clock(wall=lambda: float(next(ticks)), cpu=lambda: 0.0)
    times = layer_times(model, torch.zeros(1, 4), seconds=0, clock=clock)
    assert [layer.milliseconds for layer in times.layers] == [1000, 1000]
    assert times.whole == 1000
    assert times.between == 1000 * (5 - 2)  # five looks after the first, two of them in layers
    assert times.contention is None


def test_gflops_count_the_whole_batch() -> None:
    (layer,) = layer_times(nn.Sequential(nn.Linear(4, 3)).eval(), torch.zeros(8, 4)).layers
    assert layer.gflops == pytest.approx(2 * 12 * 8 / (layer.milliseconds / 1000) / 1e9)


def test_the_model_is_as_before() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU()).eval()
    layer_times(model, torch.zeros(1, 4), seconds=0)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert {p.device.type for p in model.parameters()} == {"cpu"}
    assert all(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("row", CATALOG.values(), ids=CATALOG)
def test_products_of_a_rows_layers_are_those_that_are_counted(row: Architecture) -> None:
    x = example(input_shape(row, published=False), 1)
    layers = layer_times(network(row, published=False), x, seconds=0).layers
    counted = count(trace_architecture(row, published=False))
    containers = {m.name for m in trace_architecture(row, published=False).modules}
    assert sum(layer.macs for layer in layers) == sum(
        layer.macs for layer in counted.layers if layer.name not in containers
    )
    assert all(layer.milliseconds > 0 for layer in layers)
