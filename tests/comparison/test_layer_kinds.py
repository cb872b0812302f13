import pytest
import torch
from torch import nn

from cnnviz.benchmark.results.records import LayerTime, LayerTimes
from cnnviz.comparison.layer_kinds import BETWEEN, shares, whole, works
from cnnviz.comparison.slow_networks import Timed, explain
from cnnviz.models.catalogue import CATALOGUE
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace, trace_row


class Separable(nn.Module):
    """A dense, a depthwise, a grouped and a 1 x 1 convolution, and a sum."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.grouped = nn.Conv2d(8, 8, 3, padding=1, groups=2, bias=False)
        self.point = nn.Conv2d(8, 8, 1, bias=False)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.dense(x)
        return self.relu(self.point(self.grouped(self.depthwise(x))) + x)


@pytest.fixture(scope="module")
def counted() -> Count:
    return count(trace(Separable().to("meta"), (1, 10, 10)))


def timed(between: float, **layers: float) -> LayerTimes:
    found = tuple(LayerTime(name, "", 0, ms) for name, ms in layers.items())
    return LayerTimes("separable", "Separable", found, 1.0, 5, between=between)


def test_convolutions_are_told_apart_by_their_groups_and_by_single_pixels(counted: Count) -> None:
    assert works(counted) == {
        "dense": "Conv2d",
        "depthwise": "Conv2d, depthwise",
        "grouped": "Conv2d, grouped",
        "point": "Conv2d, 1 × 1",
        "relu": "ReLU",
        "(network)": "add",
    }
    # 100 places: 8 x 9, 8 x 9, 8 x 9 x 4 and 8 x 8 products at each
    macs = [layer.macs for layer in counted.layers if layer.macs]
    assert macs == [7200, 7200, 28800, 6400]


def test_mobilenet_is_mostly_depthwise_layers_and_few_of_the_products() -> None:
    found = {
        one.kind: one for one in shares(count(trace_row(CATALOGUE["mobilenet_v2"], published=True)))
    }
    apart = found["Conv2d, depthwise"]
    assert apart.layers == 17  # one in each of the inverted residuals of the paper
    assert 0.05 < apart.macs_share < 0.10
    assert sum(one.macs_share for one in found.values()) == pytest.approx(1)


def test_shares_of_time_and_of_products_add_up_to_all(counted: Count) -> None:
    times = timed(0.1, dense=0.1, depthwise=0.4, grouped=0.2, point=0.1, relu=0.1)
    assert whole(times) == pytest.approx(1.0)
    found = {one.kind: one for one in shares(counted, times)}
    assert next(iter(found)) == "Conv2d, depthwise"  # most of the time first
    assert sum(one.time_share or 0 for one in found.values()) == pytest.approx(1)
    assert sum(one.macs_share for one in found.values()) == pytest.approx(1)
    apart = found["Conv2d, depthwise"]
    assert (apart.layers, apart.macs) == (1, 7200)
    assert apart.macs_share == pytest.approx(7200 / 49600)
    assert apart.time_share == pytest.approx(0.4)
    assert apart.gflops == pytest.approx(2 * 7200 / 0.4 / 1e6)
    assert found[BETWEEN].time_share == pytest.approx(0.1)
    assert found[BETWEEN].gflops is None
    assert found["ReLU"].gflops is None


def test_what_nobody_has_timed_has_no_share_of_the_time(counted: Count) -> None:
    found = shares(counted)
    assert {one.time_share for one in found} == {None}
    assert found[0].kind == "Conv2d, grouped"  # most of the MACs first
    assert BETWEEN not in {one.kind for one in found}


def test_the_sentence_on_outliers_divides_rightly() -> None:
    text = explain([Timed("ResNet-18", 1.8e9, 30.0), Timed("MobileNet v2", 0.3e9, 10.0)])
    assert "**ResNet-18** computes 120 GFLOP/s" in text
    assert "**MobileNet v2** only 60" in text
    assert "6 times fewer MACs than ResNet-18, and is only 3 times as fast" in text
    assert "is slower even so" in explain([Timed("A", 2e6, 1.0), Timed("B", 1e6, 4.0)])
    assert explain([Timed("A", 1e6, 1.0)]) == "**A** computes 2 GFLOP/s."
    assert "fewer" not in explain([Timed("A", 1e6, 1.0), Timed("B", 2e6, 4.0)])


def test_the_reason_is_what_was_timed_in_the_slower_one(counted: Count) -> None:
    times = timed(0.3, dense=0.1, depthwise=0.3, grouped=0.1, point=0.1, relu=0.1)
    quick = Timed("Quick", 1e6, 0.1)
    text = explain([quick, Timed("Slow", 49600, 1.0, counted, times)])
    assert "30% of the time passes between the layers" in text
    assert "one depthwise convolution has 15% of the MACs and takes 30% of the time" in text


def test_a_network_without_depthwise_layers_is_never_said_to_have_them() -> None:
    lenet = count(trace_row(CATALOGUE["lenet5"], published=False))
    text = explain([Timed("Quick", 1e6, 0.1), Timed("LeNet-5", 4e5, 1.0, lenet)])
    assert "depthwise" not in text
    assert "LeNet-5 makes 12 calls" in text


def test_layers_that_are_slow_alike_are_said_to_be(counted: Count) -> None:
    every = {layer.name: layer.share for layer in counted.layers if layer.macs}
    text = explain(
        [Timed("Quick", 1e6, 0.1), Timed("Slow", 49600, 1.0, counted, timed(0.0, **every))]
    )
    assert "slow alike" in text
