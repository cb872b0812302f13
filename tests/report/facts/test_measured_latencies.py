"""Which measurement a report takes its latencies from."""

from collections.abc import Callable

from cnnviz.data.mnist import Digits
from cnnviz.report import build_report
from cnnviz.report.facts.measured_latencies import host_load, measured_latencies
from tests.report.material import measure, shipped
from tests.report.reading import fact, said

FewDigits = Callable[..., Digits]


def test_latency_is_that_of_the_measurement_with_most_of_the_networks(
    few_digits: FewDigits,
) -> None:
    wanted = measure("lenet5", "mnist_cnn")
    measure("lenet5", calls=(50.0, 60.0, 70.0))  # newer, with fewer
    measure("mnist_fcn", "mnist_cnn")  # without the subject
    latencies = measured_latencies(["lenet5", "mnist_cnn", "mnist_fcn"])
    assert latencies
    assert latencies.key == wanted
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


def test_the_network_of_the_report_must_be_among_them() -> None:
    measure("sprint_cnn")
    assert measured_latencies(["lenet5", "sprint_cnn"]) is None
    assert host_load(None) == ""
