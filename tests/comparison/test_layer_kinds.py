import pytest

from cnnviz.comparison.layer_kinds import (
    BETWEEN,
    between_share,
    kind_shares,
    time_shares,
    total_milliseconds,
    work_by_layer,
)
from cnnviz.models.catalog import CATALOG
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_architecture
from tests.comparison.separable import timed


def test_convolutions_are_told_apart_by_their_groups_and_by_single_pixels(counted: Count) -> None:
    assert work_by_layer(counted) == {
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
    by_kind = {
        share.kind: share
        for share in kind_shares(count(trace_architecture(CATALOG["mobilenet_v2"], published=True)))
    }
    apart = by_kind["Conv2d, depthwise"]
    assert apart.layers == 17  # one in each of the inverted residuals of the paper
    assert 0.05 < apart.macs_share < 0.10
    assert sum(share.macs_share for share in by_kind.values()) == pytest.approx(1)


def test_shares_of_time_and_of_products_add_up_to_all(counted: Count) -> None:
    times = timed(0.1, dense=0.1, depthwise=0.4, grouped=0.2, point=0.1, relu=0.1)
    assert total_milliseconds(times) == pytest.approx(1.0)
    assert between_share(times) == pytest.approx(0.1)
    by_kind = {share.kind: share for share in kind_shares(counted, times)}
    assert next(iter(by_kind)) == "Conv2d, depthwise"  # most of the time first
    assert sum(share.time_share or 0 for share in by_kind.values()) == pytest.approx(1)
    assert sum(share.macs_share for share in by_kind.values()) == pytest.approx(1)
    apart = by_kind["Conv2d, depthwise"]
    assert (apart.layers, apart.macs) == (1, 7200)
    assert apart.macs_share == pytest.approx(7200 / 49600)
    assert apart.time_share == pytest.approx(0.4)
    assert apart.gflops == pytest.approx(2 * 7200 / 0.4 / 1e6)
    assert by_kind[BETWEEN].time_share == pytest.approx(0.1)
    assert by_kind[BETWEEN].gflops is None
    assert by_kind["ReLU"].gflops is None


def test_what_nobody_has_timed_has_no_share_of_the_time(counted: Count) -> None:
    shares = kind_shares(counted)
    assert {one.time_share for one in shares} == {None}
    assert shares[0].kind == "Conv2d, grouped"  # most of the MACs first
    assert BETWEEN not in {one.kind for one in shares}


def test_each_layer_has_its_share_of_the_time_and_the_rest_comes_last(counted: Count) -> None:
    times = timed(0.5, dense=0.25, depthwise=1.0, relu=0.25)
    shares = time_shares(counted, times)
    assert [(one.name, one.kind, one.share) for one in shares] == [
        ("dense", "Conv2d", 0.125),
        ("depthwise", "Conv2d, depthwise", 0.5),
        ("relu", "ReLU", 0.125),
        ("no layer", BETWEEN, 0.25),
    ]
    assert shares[-1].gflops is None
