"""A whole report: every figure has a source, equals what is stored, and nothing takes it down."""

import hashlib
import re
import subprocess
from collections.abc import Callable
from typing import get_args

import pytest

from cnnviz.data.mnist import Digits
from cnnviz.report import Report, build, build_report, to_html, to_markdown
from cnnviz.report.document.blocks import Block, DataTable
from cnnviz.report.facts.network_facts import NetworkFacts, network_facts
from cnnviz.training.engine.settings import Settings
from cnnviz.training.runs import checkpoint, networks, snapshots
from cnnviz.training.runs.networks import TrainedNetwork
from tests.report.material import LOG, ROOT, card, finished_run, shipped
from tests.report.reading import Page, fact, plain, said, section

FewDigits = Callable[..., Digits]

FIXED = re.compile(  # what text of our own may say with digits in it
    r"95% (?:interval|confidence)|28 × 28|float32|SHA-256|p[59][05]|F1|MNIST"
)

# Numbers


def test_every_figure_has_a_source_and_stands_in_both_files(report: Report) -> None:
    html, markdown = Page.read(to_html(report)).text, plain(to_markdown(report))
    assert len(report.figures()) > 40
    for figure in report.figures():
        assert figure.source
        assert str(figure) in html
        assert str(figure) in markdown
    for source in report.sources():
        assert source in html
        assert source in markdown


def test_every_text_is_its_value_rounded(report: Report) -> None:
    numbers = [figure for figure in report.figures() if not isinstance(figure.value, str)]
    assert len(numbers) > 30
    for figure in numbers:
        if isinstance(figure.value, bool) or figure.text.startswith("Test image"):
            continue
        text, value = figure.text.replace(",", ""), float(figure.value)
        value *= {"MB": 1e-6}.get(figure.unit, 100 if text.endswith("%") else 1)
        digits = text.rstrip("%")
        decimals = len(digits.partition(".")[2])
        # whole numbers are exact; three significant digits of what has many more
        slack = 0.5 * 10.0**-decimals + 1e-9 if "." in digits or "%" in text or figure.unit else 0
        assert abs(float(digits) - value) <= slack, figure


def test_no_number_stands_in_our_own_words(report: Report) -> None:
    for cell in report.cells():
        for part in cell:
            if isinstance(part, str):
                assert not re.search(r"\d", FIXED.sub("", part)), part
    for each in report.sections:
        for block in each.blocks:
            assert isinstance(block, get_args(Block))


def test_the_figures_of_a_shipped_network_are_those_of_its_card(few_digits: FewDigits) -> None:
    fields = card("lenet5")
    report = build_report(shipped("lenet5"), [], few_digits(30, 60))
    model = networks.load_network(shipped("lenet5")).model
    assert fact(report, "Summary", "Test accuracy").value == fields["accuracy"]
    assert fact(report, "Summary", "Parameters").value == sum(p.numel() for p in model.parameters())
    assert fact(report, "Summary", "Training time").value == fields["seconds"]
    assert fact(report, "Training time and hardware", "Hardware").value == fields["hardware"]
    assert fact(report, "Training time and hardware", "GPUs").value == 0
    assert fact(report, "Data", "Training examples").value == 59_000
    assert fact(report, "Data", "Validation and test examples").value == 10_000
    assert fact(report, "Data", "Left out of the training").value == 1_000
    assert fact(report, "How to reproduce", "SHA-256").value == fields["sha256"]
    assert fact(report, "How to reproduce", "torch").value == fields["versions"]["torch"]
    stored = (ROOT / "checkpoints" / "lenet5.safetensors").stat().st_size
    assert fact(report, "Parameters and size", "Weights on disk").value == stored
    table = section(report, "How to reproduce").blocks[-3]
    assert isinstance(table, DataTable)
    pairs = [pair for row in table.rows for pair in (row[:2], row[2:]) if pair[0]]
    shown = {name.text: figure.value for (name,), (figure,) in pairs}  # type: ignore[union-attr]
    assert shown == fields["settings"]


def test_the_figures_of_a_run_are_those_of_its_files(few_digits: FewDigits) -> None:
    network = finished_run(Settings(model="lenet5", epochs=4, seed=3), state="stopped", epoch=1.5)
    report = build_report(network, [], few_digits(30, 60))
    content = network.weights.read_bytes()
    assert fact(report, "Summary", "Test accuracy").value == 0.9
    assert fact(report, "Summary", "Training time").value == 12.5
    assert fact(report, "How to reproduce", "SHA-256").value == hashlib.sha256(content).hexdigest()
    assert fact(report, "How to reproduce", "Seed").value == 3
    assert f"run {network.key}, its status and settings" in report.sources()
    assert "4 planned; the run was stopped after 1.5" in said(report, "Training time and hardware")
    check = f'sha256sum "$CNNVIZ_RUNS_DIR/{network.key}/weights.safetensors"'
    assert check in said(report, "How to reproduce")
    shown = subprocess.run(check, shell=True, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(hashlib.sha256(content).hexdigest())


def test_a_status_that_cannot_be_read_gives_no_number(few_digits: FewDigits) -> None:
    network = finished_run(Settings(model="lenet5"), log=LOG)
    network.weights.with_name("status.json").write_text("[]")
    report = build_report(networks.find_network(network.key), [], few_digits(30, 40))
    assert "Training time | unknown: the run's status cannot be read |" in said(report, "Summary")
    markdown = to_markdown(report)
    assert "0.0\u00a0s" not in markdown
    assert "before the first epoch" not in markdown
    text = said(report, "Training time and hardware")
    assert "planned; the number completed is unknown: the run's status cannot be read" in text


def test_a_moment_is_reported_as_one(few_digits: FewDigits) -> None:
    network = finished_run(
        Settings(model="lenet5", epochs=2), log=LOG, step=20, total_steps=20, epoch=2.0
    )
    weights, _ = checkpoint.load_checkpoint(network.weights)
    for step in (5, 10):
        file = snapshots.snapshot_path(network.weights.parent, step)
        file.parent.mkdir(exist_ok=True)
        checkpoint.save_checkpoint(file, weights, {})
    report = build_report(networks.find_network(f"{network.key}@10"), [], few_digits(30, 40))
    text = said(report, "Training time and hardware")
    assert "2 planned for the whole run; these weights are from step 10, after 1 |" in text
    assert fact(report, "Summary", "Test accuracy").value == 0.8125
    assert "90.00%" not in text  # of the second pass
    assert "Then take the weights of step 10" in said(report, "How to reproduce")
    report = build_report(networks.find_network(f"{network.key}@5"), [], few_digits(30, 40))
    assert "not recorded for this step" in said(report, "Summary")
    assert "before the first epoch" not in to_markdown(report)


# Why this one


def test_a_damaged_alternative_is_left_out_in_a_sentence(few_digits: FewDigits) -> None:
    damaged = finished_run(Settings(model="lenet5"), label="Broken", test_accuracy=0.995)
    damaged.weights.write_bytes(b"damaged")
    report = build_report(shipped("lenet5"), [damaged, shipped("mnist_fcn")], few_digits(30, 40))
    text = said(report, "Alternatives")
    assert "Left out because their files are damaged: Broken." in text
    assert "| Broken" not in text
    assert " of 2" in said(report, "Why this network")
    assert str(damaged.weights.parent) not in to_markdown(report)


def test_the_record_of_each_network_is_read_once(
    few_digits: FewDigits, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [finished_run(Settings(model="lenet5")), shipped("mnist_fcn")]
    read = list[str]()

    def recorded(network: TrainedNetwork) -> NetworkFacts:
        read.append(network.key)
        return network_facts(network)

    monkeypatch.setattr(build, "network_facts", recorded)
    build_report(shipped("lenet5"), others, few_digits(30, 40))
    assert sorted(read) == sorted(["shipped-lenet5", *(other.key for other in others)])


def test_alternatives_must_do_the_same_task(few_digits: FewDigits) -> None:
    with pytest.raises(
        ValueError, match=r"must have the task of LeNet-5 \(classify\), got DETR \(detect\)"
    ):
        build_report(shipped("lenet5"), [shipped("detr")], few_digits(30, 20))
    with pytest.raises(
        ValueError, match="criterion must be one of accuracy, latency, size, got 'beauty'"
    ):
        build_report(shipped("lenet5"), [], few_digits(30, 20), by="beauty")
