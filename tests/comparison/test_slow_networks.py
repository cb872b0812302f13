from cnnviz.comparison.slow_networks import TimedNetwork, explain_throughput
from cnnviz.models.catalog import CATALOG
from cnnviz.models.structure.counts import Count, count
from cnnviz.models.structure.trace import trace_architecture
from tests.comparison.separable import timed


def test_the_sentence_on_outliers_divides_rightly() -> None:
    text = explain_throughput(
        [TimedNetwork("ResNet-18", 1.8e9, 30.0), TimedNetwork("MobileNet v2", 0.3e9, 10.0)]
    )
    assert "**ResNet-18** reaches 120 GFLOP/s" in text
    assert "**MobileNet v2** only 60" in text
    assert "6 times fewer MACs than ResNet-18, but is only 3 times as fast" in text
    assert "but is slower." in explain_throughput(
        [TimedNetwork("A", 2e6, 1.0), TimedNetwork("B", 1e6, 4.0)]
    )
    assert explain_throughput([TimedNetwork("A", 1e6, 1.0)]) == "**A** reaches 2 GFLOP/s."
    assert "fewer" not in explain_throughput(
        [TimedNetwork("A", 1e6, 1.0), TimedNetwork("B", 2e6, 4.0)]
    )


def test_the_reason_is_what_was_timed_in_the_slower_one(counted: Count) -> None:
    times = timed(0.3, dense=0.1, depthwise=0.3, grouped=0.1, point=0.1, relu=0.1)
    quick = TimedNetwork("Quick", 1e6, 0.1)
    text = explain_throughput([quick, TimedNetwork("Slow", 49600, 1.0, counted, times)])
    assert "30% of the time is spent between the layers" in text
    assert "one depthwise convolution has 15% of the MACs and takes 30% of the time" in text


def test_a_network_without_depthwise_layers_is_never_said_to_have_them() -> None:
    lenet = count(trace_architecture(CATALOG["lenet5"], published=False))
    text = explain_throughput(
        [TimedNetwork("Quick", 1e6, 0.1), TimedNetwork("LeNet-5", 4e5, 1.0, lenet)]
    )
    assert "depthwise" not in text
    assert "LeNet-5 makes 12 calls" in text


def test_layers_that_are_slow_alike_are_said_to_be(counted: Count) -> None:
    every = {layer.name: layer.share for layer in counted.layers if layer.macs}
    text = explain_throughput(
        [
            TimedNetwork("Quick", 1e6, 0.1),
            TimedNetwork("Slow", 49600, 1.0, counted, timed(0.0, **every)),
        ]
    )
    assert "equally slow" in text
