"""The sections of figures, against numbers worked out by hand."""

import pytest

from cnnviz.report.document.blocks import Paragraph
from cnnviz.report.facts.candidates import Candidate
from cnnviz.report.facts.measured_latencies import measured_latencies
from cnnviz.report.facts.network_facts import network_facts
from cnnviz.report.sections.measurements import latency_section, metrics_section, size_section
from cnnviz.training.runs import networks
from tests.report.material import A, candidate, measure, report_context, shipped
from tests.report.reading import facts_of, words


def lenet5(*, timed: bool) -> Candidate:
    latencies = measured_latencies(["lenet5"]) if timed else None
    return Candidate(network_facts(shipped("lenet5")), latencies)


def test_the_size_is_that_of_the_network() -> None:
    facts = facts_of(size_section(report_context(lenet5(timed=False))).blocks[0])
    model = networks.load_network(shipped("lenet5")).model
    parameters = sum(p.numel() for p in model.parameters())
    assert facts["Parameters"] == f"{parameters:,}"
    assert facts["Weights in float32"] == f"{4 * parameters / 1e6:.3g} MB"
    stored = shipped("lenet5").weights.stat().st_size
    assert facts["Weights on disk"] == f"{stored / 1e6:.3g} MB"


def test_the_latency_is_that_of_three_calls_by_hand() -> None:
    measure("lenet5")  # calls of 1, 1.5 and 3 ms; a cold one of 9; a warm-up of 2 and 4
    facts = facts_of(latency_section(report_context(lenet5(timed=True))).blocks[0])
    assert facts["Median (p50)"] == "1.5 ms"
    assert facts["p90"] == "2.7 ms"
    assert facts["p95"] == "2.85 ms"
    assert facts["Interquartile range"] == "1.25 ms to 2.25 ms"
    assert facts["First call (cold)"] == "9 ms"
    assert facts["The lecture's mean"] == "2.3 ms over 5 calls"  # (2 + 4 + 1 + 1.5 + 3) / 5
    assert facts["Throughput at the median"] == "667 images/s"
    assert facts["Timed calls"] == "3"


@pytest.mark.parametrize(
    ("cpu", "text"),
    [
        (5.5, "none detected: wall time was 1.00 times CPU time"),
        (4.4, "some: wall time was 1.25 times CPU time"),
        (2.2, "heavy: wall time was 2.50 times CPU time"),
    ],
)
def test_other_load_is_the_ratio_of_wall_time_and_processor_time(cpu: float, text: str) -> None:
    measure("lenet5", cpu=cpu)  # 5.5 ms on the clock
    facts = facts_of(latency_section(report_context(lenet5(timed=True))).blocks[0])
    assert facts["Other load on the machine"] == text
    assert facts["Machine"] == "CPU, 2 cores, here"
    assert facts["Load average before"] == "0.50"


def test_without_a_measurement_the_command_names_every_network_once() -> None:
    other = Candidate(network_facts(shipped("sprint_cnn")), None)
    context = report_context(lenet5(timed=False), other, lenet5(timed=False))
    [block] = latency_section(context).blocks
    assert isinstance(block, Paragraph)
    [missing] = block.parts
    assert missing.command == "python -m cnnviz bench --models lenet5 sprint_cnn"  # type: ignore[union-attr]
    assert words(block.parts) == "Not measured on this machine"


def test_metrics_are_recorded_and_counted_again_by_hand() -> None:
    recorded, _, counted = metrics_section(report_context(candidate(*A))).blocks
    assert facts_of(recorded) == {
        "Recorded test accuracy": "99.00%",
        "Tested on": "10,000 digits",
        "95% interval": "98.79–99.18%",
    }
    facts = facts_of(counted)
    assert facts["Accuracy recomputed here"] == "20.00%: 1 of 5 test digits"
    assert facts["Class with the lowest accuracy"] == "0, with 0.00%"
    assert facts["Misclassified digits"] == "4 of 5"
    # confidences: 0.6, 0.96 (the correct one), 0.7, 0.995 and 0.8
    assert facts["If a person checks low-confidence predictions"] == (
        "at a confidence threshold of 90%, 60.00% of the predictions are checked, and 1 of the "
        "other 2 are wrong; at a confidence threshold of 99%, 80.00% of the predictions are "
        "checked, and 1 of the other 1 are wrong"
    )
