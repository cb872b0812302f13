"""What is known of a network: its record, and the measurement that it is taken from."""

from collections.abc import Callable

from cnnviz.data.mnist import Digits
from cnnviz.report import build_report
from cnnviz.report.facts.measured_latencies import measured_latencies
from cnnviz.report.facts.network_facts import first_number, network_facts
from tests.report.material import card, measure, shipped
from tests.report.reading import fact, said

FewDigits = Callable[..., Digits]

# Numbers


def test_numbers_are_read_out_of_records() -> None:
    assert first_number("the 10,000 test digits of MNIST") == 10_000
    assert first_number("1,000 canvases") == 1_000
    assert first_number("") is None


def test_no_interval_is_made_up_for_what_is_no_share() -> None:
    assert network_facts(shipped("detr")).interval is None
    found = network_facts(shipped("lenet5")).interval
    assert found
    assert found.low < card("lenet5")["accuracy"] < found.high


# Latency


def test_latency_is_that_of_the_measurement_with_most_of_the_networks(
    few_digits: FewDigits,
) -> None:
    wanted = measure("lenet5", "mnist_cnn")
    measure("lenet5", calls=(50.0, 60.0, 70.0))  # newer, with fewer
    measure("mnist_fcn", "mnist_cnn")  # without the subject
    found = measured_latencies(["lenet5", "mnist_cnn", "mnist_fcn"])
    assert found
    assert found.key == wanted
    others = [shipped("mnist_cnn"), shipped("mnist_fcn")]
    report = build_report(shipped("lenet5"), others, few_digits(30, 60), by="latency")
    p50 = fact(report, "Latency", "Median (p50)")
    assert (p50.value, p50.text, p50.unit) == (1.5, "1.5", "ms")
    assert wanted in p50.source
    assert "on here, CPU, 2 cores" in p50.source
    assert "3 ms over 5 calls" not in said(report, "Latency")
    assert "2.3\u00a0ms over 5 calls" in said(report, "Latency")  # (2 + 4 + 1 + 1.5 + 3) / 5
    assert "shares first place of 2 with MnistCNN, fully connected" in said(
        report, "Why this network"
    )
    assert "not measured together with this network: 1 of the alternatives" in said(
        report, "Why this network"
    )


def test_of_equal_measurements_the_quiet_one_counts() -> None:
    quiet = measure("lenet5", "mnist_cnn", cpu=5.5)
    measure("lenet5", "mnist_cnn", cpu=2.0)  # newer, on a busy machine
    assert measured_latencies(["lenet5", "mnist_cnn"]).key == quiet  # type: ignore[union-attr]
