"""The report: every number equals its source, nothing is without one, and both files are sound."""

import dataclasses
import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from cnnviz.benchmark.results import measurements
from cnnviz.benchmark.results.records import Conditions, Findings, Plan, Timing
from cnnviz.benchmark.timing.latency import Latency
from cnnviz.data.mnist import Digits, load_digits
from cnnviz.evaluation.agreement import Answers
from cnnviz.models.catalogue import CATALOGUE, architecture
from cnnviz.models.structure.shapes import outline
from cnnviz.report import Figure, Missing, Report, gather, subject, to_html, to_markdown
from cnnviz.report.build import usual_alternatives
from cnnviz.report.command import main
from cnnviz.report.document.blocks import Block, Drawing, Facts, Name, Section, Table
from cnnviz.report.facts.head_to_head import Duel, duel
from cnnviz.report.facts.network_facts import Dossier, dossier, number_in, timed
from cnnviz.report.facts.recommendation import CRITERIA, Candidate, rank, recommended, verdict
from cnnviz.report.facts.test_results import Evidence, ask
from cnnviz.report.sections.record import train_command
from cnnviz.report.sections.svg_drawings import architecture_drawing, blocks
from cnnviz.system import paths
from cnnviz.training import command
from cnnviz.training.engine.settings import Settings
from cnnviz.training.engine.trainer import Trainer
from cnnviz.training.runs import checkpoint, networks, snapshots
from cnnviz.training.runs import store as runs
from cnnviz.training.runs.records import Status
from cnnviz.training.runs.session import build

ROOT = Path(__file__).parents[2]
FewDigits = Callable[..., Digits]
EVIL = "<script>alert(1)</script> | ![x](http://evil.example/x) `y`"
FIXED = re.compile(  # what text of our own may say with digits in it
    r"95% (?:interval|confidence)|28 × 28|float32|SHA-256|p[59][05]|F1|MNIST"
)
TIMES = Latency(cold=9.0, warm=(2.0, 4.0), calls=(1.0, 1.5, 3.0), cpu=5.0, images=1)
VOID = {"meta", "img", "br", "link", "input", "hr"}


def shipped(key: str) -> networks.Network:
    return networks.network(f"shipped-{key}")


def card(key: str) -> dict:  # type: ignore[type-arg]
    return dict(json.loads((ROOT / "checkpoints" / f"{key}.json").read_text()))


def epoch(place: int, accuracy: float) -> dict[str, object]:
    """A line of a run's log after a pass."""
    return {
        "kind": "epoch",
        "step": 10 * place,
        "epoch": float(place),
        "seconds": 2.5 * place,
        "took": 2.5,
        "test_loss": 1 - accuracy,
        "test_accuracy": accuracy,
        "confusion": [[0] * 10 for _ in range(10)],
    }


LOG = [epoch(1, 0.8125), epoch(2, 0.9)]


def finished_run(
    settings: Settings, *, label: str = "", log: Sequence[object] = (), **status: object
) -> networks.Network:
    run = runs.create(settings, preset="lecture", versions={"torch": "2.15.0"})
    torch.manual_seed(0)
    weights = build(settings).state_dict()
    checkpoint.save(run.path / "weights.safetensors", weights, {})
    known = {
        "state": "finished",
        "seconds": 12.5,
        "test_accuracy": 0.9,
        "tested_on": "1,000 test digits",
        "trained_on": "4,000 digits (embedded)",
        "hardware": "CPU, 2 cores, float32, 1 thread",
    }
    run.write_status(Status(**(known | status)))  # type: ignore[arg-type]
    if log:
        lines = "".join(f"{json.dumps(line)}\n" for line in log)
        (run.path / "metrics.jsonl").write_text(lines)
    if label:
        run.rename(label)
    return networks.network(run.id)


def measure(*models: str, calls: tuple[float, ...] = TIMES.calls, cpu: float = 5.0) -> str:
    made = measurements.create(Plan(models=models))
    times = dataclasses.replace(TIMES, calls=calls, cpu=cpu)
    made.write(
        measurements.Record(
            plan=Plan(models=models),
            state="finished",
            conditions=Conditions("here", "CPU, 2 cores", 2, {"torch": "2"}, "2026-01-01", 0.5),
            findings=Findings(
                timings=tuple(
                    Timing(key, CATALOGUE[key].title, "torch", 1, 1, times) for key in models
                )
            ),
        )
    )
    return made.id


def some_digits(test: int) -> Digits:
    """The first embedded test digits of a walk through all classes."""
    every = load_digits("embedded")
    places = np.arange(test) * 389 % len(every.test_labels)
    return dataclasses.replace(
        every, test_images=every.test_images[places], test_labels=every.test_labels[places]
    )


@dataclasses.dataclass(frozen=True)
class Made:
    """A report with what it was made of.

    Attributes:
        report: the report.
        chosen: the network, and the alternatives behind it.
        digits: that it was asked about.
        runs: the folder with the runs and the measurements.
    """

    report: Report
    chosen: tuple[networks.Network, ...]
    digits: Digits
    runs: Path


@pytest.fixture(scope="module", params=["shipped-lenet5", "shipped-detr", "run"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Every kind of report: on a classifier, a detector and a run, with and without latency."""
    digits, folder = some_digits(120), tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNNVIZ_RUNS_DIR", str(folder))
        if request.param == "run":
            network = finished_run(Settings(model="lenet5", seed=3), label=EVIL, log=LOG)
            others = [shipped("mnist_cnn"), shipped("sprint_cnn")]
            measure("lenet5", "mnist_cnn")
        else:
            network = subject(request.param)
            others = usual_alternatives(network)[:3]
        return Made(gather(network, others, digits), (network, *others), digits, folder)


@pytest.fixture
def report(made: Made) -> Report:
    return made.report


def section(report: Report, title: str) -> Section:
    return next(each for each in report.sections if each.title == title)


def said(report: Report, title: str) -> str:
    text = to_markdown(Report("", (), (section(report, title),)))
    return re.sub(r" \\\[\d+\\\]", "", text)


def fact(report: Report, title: str, name: str) -> Figure:
    for block in section(report, title).blocks:
        if isinstance(block, Facts):
            for called, cell in block.rows:
                if called == name:
                    [figure] = [part for part in cell if isinstance(part, Figure)]
                    return figure
    raise AssertionError(name)


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
        if isinstance(figure.value, bool) or figure.text.startswith("Test picture"):
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
    known = card("lenet5")
    report = gather(shipped("lenet5"), [], few_digits(30, 60))
    model = networks.load(shipped("lenet5"))
    assert fact(report, "In short", "Test accuracy").value == known["accuracy"]
    assert fact(report, "In short", "Parameters").value == sum(
        p.numel() for p in model.parameters()
    )
    assert fact(report, "In short", "Training").value == known["seconds"]
    assert fact(report, "Training time and hardware", "Hardware").value == known["hardware"]
    assert fact(report, "Training time and hardware", "GPUs").value == 0
    assert fact(report, "Data", "Training examples").value == 59_000
    assert fact(report, "Data", "Validation and test examples").value == 10_000
    assert fact(report, "Data", "Spared from training").value == 1_000
    assert fact(report, "How to reproduce", "SHA-256").value == known["sha256"]
    assert fact(report, "How to reproduce", "torch").value == known["versions"]["torch"]
    stored = (ROOT / "checkpoints" / "lenet5.safetensors").stat().st_size
    assert fact(report, "Parameters and size", "Weights on disk").value == stored
    table = section(report, "How to reproduce").blocks[-3]
    assert isinstance(table, Table)
    pairs = [pair for row in table.rows for pair in (row[:2], row[2:]) if pair[0]]
    shown = {name.text: figure.value for (name,), (figure,) in pairs}  # type: ignore[union-attr]
    assert shown == known["settings"]


def test_the_figures_of_a_run_are_those_of_its_files(few_digits: FewDigits) -> None:
    network = finished_run(Settings(model="lenet5", epochs=4, seed=3), state="stopped", epoch=1.5)
    report = gather(network, [], few_digits(30, 60))
    content = network.weights.read_bytes()
    assert fact(report, "In short", "Test accuracy").value == 0.9
    assert fact(report, "In short", "Training").value == 12.5
    assert fact(report, "How to reproduce", "SHA-256").value == hashlib.sha256(content).hexdigest()
    assert fact(report, "How to reproduce", "Seed").value == 3
    assert f"run {network.key}, its status and settings" in report.sources()
    assert "4 asked for; the run was stopped after 1.5" in said(
        report, "Training time and hardware"
    )
    check = f'sha256sum "$CNNVIZ_RUNS_DIR/{network.key}/weights.safetensors"'
    assert check in said(report, "How to reproduce")
    shown = subprocess.run(check, shell=True, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith(hashlib.sha256(content).hexdigest())


def test_without_the_variable_the_check_looks_into_the_usual_folder(
    few_digits: FewDigits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CNNVIZ_RUNS_DIR")
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    network = finished_run(Settings(model="lenet5"))
    text = said(gather(network, [], few_digits(30, 40)), "How to reproduce")
    assert f"sha256sum runs/{network.key}/weights.safetensors" in text


def test_a_status_that_cannot_be_read_gives_no_number(few_digits: FewDigits) -> None:
    network = finished_run(Settings(model="lenet5"), log=LOG)
    network.weights.with_name("status.json").write_text("[]")
    report = gather(networks.network(network.key), [], few_digits(30, 40))
    assert "Training | not known: the run's status cannot be read |" in said(report, "In short")
    markdown = to_markdown(report)
    assert "0.0\u00a0s" not in markdown
    assert "before the first epoch" not in markdown
    text = said(report, "Training time and hardware")
    assert "asked for; how far it came is not known: the run's status cannot be read" in text


def test_a_moment_is_reported_as_one(few_digits: FewDigits) -> None:
    network = finished_run(
        Settings(model="lenet5", epochs=2), log=LOG, step=20, total_steps=20, epoch=2.0
    )
    weights, _ = checkpoint.load(network.weights)
    for step in (5, 10):
        file = snapshots.path(network.weights.parent, step)
        file.parent.mkdir(exist_ok=True)
        checkpoint.save(file, weights, {})
    report = gather(networks.network(f"{network.key}@10"), [], few_digits(30, 40))
    text = said(report, "Training time and hardware")
    assert "2 asked for in the whole run; these weights are of step 10, after 1 |" in text
    assert fact(report, "In short", "Test accuracy").value == 0.8125
    assert "90.00%" not in text  # of the second pass
    assert "take from it the weights of step 10" in said(report, "How to reproduce")
    report = gather(networks.network(f"{network.key}@5"), [], few_digits(30, 40))
    assert "not on record for this step" in said(report, "In short")
    assert "before the first epoch" not in to_markdown(report)


def test_counts_on_the_digits_here_are_those_of_the_model(few_digits: FewDigits) -> None:
    digits = few_digits(30, 150)
    model, row = networks.load(shipped("lenet5")), architecture("lenet5")
    evidence = ask(model, row, digits)
    x = (torch.from_numpy(digits.test_images) / 255 - 0.1307) / 0.3081
    border = (0 - 0.1307) / 0.3081
    with torch.no_grad():
        scores = model(torch.nn.functional.pad(x, (2, 2, 2, 2), value=border))
    right = (scores.argmax(1).numpy() == digits.test_labels).sum()
    assert evidence.right.sum() == right
    assert evidence.spoiled[0].before.value == right / 150
    text = said(gather(shipped("lenet5"), [], digits), "Metrics")
    assert f"{right} of 150 test digits are right" in text


def test_mistakes_come_surest_first_and_confusions_by_count() -> None:
    digits = load_digits("embedded")
    labels = np.array([0, 1, 2, 2, 2])
    said_ = np.array([1, 1, 7, 7, 3])
    sure = np.array([0.6, 0.9, 0.7, 0.95, 0.8], np.float32)
    probabilities = np.zeros((5, 10), np.float32)
    probabilities[np.arange(5), said_] = sure
    some = dataclasses.replace(digits, test_images=digits.test_images[:5], test_labels=labels)
    evidence = Evidence(some, Answers(probabilities), ())
    assert [(m.place, m.true, m.said) for m in evidence.mistakes(3)] == [
        (3, (2,), (7,)),
        (4, (2,), (3,)),
        (2, (2,), (7,)),
    ]
    assert evidence.pairs(2) == [(2, 7, 2), (0, 1, 1)]
    assert evidence.per_class() == {0: 0.0, 1: 1.0, 2: 0.0}
    assert evidence.handed_over(0.8) == (2, 2)
    assert evidence.mistakes(1)[0].png().startswith(b"\x89PNG")


def test_a_damaged_log_costs_the_curve_and_nothing_else(few_digits: FewDigits) -> None:
    network = finished_run(Settings(model="lenet5"))
    log = network.weights.with_name("metrics.jsonl")
    log.write_text("damaged\n")
    text = said(gather(network, [], few_digits(30, 40)), "Training time and hardware")
    assert "The curve cannot be drawn: the log of run" in text
    log.unlink()
    text = said(gather(network, [], few_digits(30, 40)), "Training time and hardware")
    assert "No log of its training was kept" in text
    assert "python -m cnnviz train --model lenet5" in text


def test_the_curve_ends_at_the_last_figures_of_the_log(few_digits: FewDigits) -> None:
    report = gather(finished_run(Settings(model="lenet5"), log=LOG), [], few_digits(30, 40))
    [curve] = [
        block
        for block in section(report, "Training time and hardware").blocks
        if isinstance(block, Drawing)
    ]
    assert [figure.value for figure in curve.figures] == [2.0, 1 - 0.9, 2.0, 0.9]
    assert curve.rows[1][0] == "Loss on the test digits, last"
    root = ElementTree.fromstring(curve.svg)
    written = {node.text for node in root.iter("text")}
    assert {"0.1", "90.00%", "2 passes"} < written
    loss, accuracy = (
        line.get("points", "").split() for line in root.iter("polyline") if line.get("points")
    )
    x = [[float(spot.split(",")[0]) for spot in line] for line in (loss, accuracy)]
    y = [[float(spot.split(",")[1]) for spot in line] for line in (loss, accuracy)]
    assert all(line[0] < line[1] for line in x)
    assert y[0][0] < y[0][1]  # the loss falls, and y grows downwards
    assert y[1][0] > y[1][1]


def test_blocks_of_a_network_join_what_leaves_the_size_as_it_is() -> None:
    assert blocks(outline(architecture("mnist_cnn"))) == [
        ("input", 1, (1, 28, 28)),
        ("Conv2d", 1, (32, 28, 28)),
        ("MaxPool2d", 1, (32, 14, 14)),
        ("Conv2d", 1, (64, 14, 14)),
        ("MaxPool2d", 1, (64, 7, 7)),
        ("Flatten", 1, (3136,)),
        ("Linear", 1, (128,)),
        ("Linear", 1, (10,)),
    ]
    assert ("Block", 6, (50, 64)) in blocks(outline(architecture("vit")))


@pytest.mark.parametrize("key", ["mnist_cnn", "vit", "detr", "resnet152", "mobilenet_v1"])
def test_every_drawing_is_an_image_with_its_numbers(key: str) -> None:
    drawn = architecture_drawing(outline(architecture(key)), "counted")
    root = ElementTree.fromstring(drawn.svg)
    width, height = map(float, root.get("viewBox", "").split()[2:])
    for box in root.iter("rect"):
        x, y, w, h = (float(box.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height
    written = " ".join(node.text or "" for node in root.iter("text"))
    assert all(figure.text in written for figure in drawn.figures)


def test_numbers_are_read_out_of_records() -> None:
    assert number_in("the 10,000 test digits of MNIST") == 10_000
    assert number_in("1,000 canvases") == 1_000
    assert number_in("") is None


def test_no_interval_is_made_up_for_what_is_no_share() -> None:
    assert dossier(shipped("detr")).interval is None
    found = dossier(shipped("lenet5")).interval
    assert found
    assert found.low < card("lenet5")["accuracy"] < found.high


def test_spoiled_honesty_is_said(few_digits: FewDigits) -> None:
    digits = few_digits(30, 60)
    for spare, careful in ((False, True), (True, False)):
        settings = Settings(model="lenet5", source="full", spare_embedded_test=spare)
        text = said(gather(finished_run(settings), [], digits), "Data")
        assert ("Careful" in text) is careful


# Latency


def test_latency_is_that_of_the_measurement_with_most_of_the_networks(
    few_digits: FewDigits,
) -> None:
    wanted = measure("lenet5", "mnist_cnn")
    measure("lenet5", calls=(50.0, 60.0, 70.0))  # newer, with fewer
    measure("mnist_fcn", "mnist_cnn")  # without the subject
    found = timed(["lenet5", "mnist_cnn", "mnist_fcn"])
    assert found
    assert found.key == wanted
    others = [shipped("mnist_cnn"), shipped("mnist_fcn")]
    report = gather(shipped("lenet5"), others, few_digits(30, 60), by="latency")
    p50 = fact(report, "Latency", "Median (p50)")
    assert (p50.value, p50.text, p50.unit) == (1.5, "1.5", "ms")
    assert wanted in p50.source
    assert "on here, CPU, 2 cores" in p50.source
    assert "3 ms over 5 calls" not in said(report, "Latency")
    assert "2.3\u00a0ms over 5 calls" in said(report, "Latency")  # (2 + 4 + 1 + 1.5 + 3) / 5
    assert "shares the first place of 2 with MnistCNN, fully connected" in said(
        report, "Why this one"
    )
    assert "nobody has measured them beside it: 1 of the alternatives" in said(
        report, "Why this one"
    )


@pytest.mark.parametrize(("cpu", "busy"), [(5.5, False), (2.0, True)])
def test_a_busy_machine_is_said(few_digits: FewDigits, cpu: float, busy: bool) -> None:
    measure("lenet5", "mnist_cnn", cpu=cpu)  # 5.5 ms on the clock
    report = gather(shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 40), by="latency")
    assert ("on a quiet machine" in said(report, "Why this one")) is busy


def test_latency_that_was_not_measured_is_missing_with_the_way_to_it(
    few_digits: FewDigits,
) -> None:
    report = gather(shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 60), by="latency")
    assert "Not measured" in said(report, "Latency")
    assert "`python -m cnnviz bench --models lenet5 mnist_cnn`" in said(report, "Latency")
    assert "By latency nothing speaks for or against LeNet-5" in said(report, "Why this one")
    assert not any(figure.unit == "ms" for figure in report.figures())


def test_of_equal_measurements_the_quiet_one_counts() -> None:
    quiet = measure("lenet5", "mnist_cnn", cpu=5.5)
    measure("lenet5", "mnist_cnn", cpu=2.0)  # newer, on a busy machine
    assert timed(["lenet5", "mnist_cnn"]).key == quiet  # type: ignore[union-attr]


def test_a_time_from_a_busy_machine_is_never_shown_without_saying_so(
    few_digits: FewDigits,
) -> None:
    measure("lenet5", "mnist_cnn", cpu=2.0)
    report = gather(shipped("lenet5"), [shipped("mnist_cnn")], few_digits(30, 40))
    assert "the machine was busy" in said(report, "In short")
    assert "others used the processor while 2 of these" in said(report, "Alternatives")


def test_calls_that_overlap_do_not_tell_two_networks_apart() -> None:
    known = dossier(shipped("lenet5"))
    measure("lenet5")
    found = timed(["lenet5"])
    assert found

    def taking(*calls: float) -> Candidate:
        times = dataclasses.replace(TIMES, calls=calls, cpu=sum(calls))
        timing = dataclasses.replace(found.timings["lenet5"], latency=times)
        return Candidate(known, dataclasses.replace(found, timings={"lenet5": timing}))

    first, apart = taking(1.0, 2.0, 3.0), taking(4.0, 5.0, 6.0)
    assert [figure.value for figure in first.quartiles or ()] == [1.5, 2.5]
    lie = verdict(CRITERIA["latency"], first, [apart])
    assert "1.5" in str(lie)
    assert "lie apart" in str(lie)
    assert "overlap: single calls" in str(verdict(CRITERIA["latency"], first, [first]))


# Why this one


def candidate(title: str, accuracy: float | None, parameters: int, tested: str) -> Candidate:
    known: Dossier = dossier(shipped("lenet5"))
    network = dataclasses.replace(
        known.network, title=title, accuracy=accuracy, tested_on=tested, key=title
    )
    counted = dataclasses.replace(known.counted, parameters=parameters)
    return Candidate(dataclasses.replace(known, network=network, counted=counted), None)


def sentences(by: str, chosen: Candidate, *others: Candidate) -> str:
    def text(part: object) -> str:
        return part.text if isinstance(part, Name) else getattr(part, "what", str(part))

    cells = verdict(CRITERIA[by], chosen, others)
    return " ".join("".join(map(text, cell)) for cell in cells)


FULL = "10,000 digits"
A = ("A", 0.99, 500, FULL)
B = ("B", 0.95, 100, FULL)


def test_the_first_is_called_so_with_its_price() -> None:
    text = sentences("accuracy", candidate(*A), candidate(*B))
    assert text == (
        "By accuracy, A is the first of 2: 99.00% against 95.00% of the next, B. "
        "The price: it is behind B in number of parameters, 500 against 100."
    )


def test_another_that_is_better_is_named() -> None:
    text = sentences("accuracy", candidate(*B), candidate(*A))
    assert text.startswith("By accuracy, B is not the best choice: it is at place 2 of 2")
    assert "the first, A, has 99.00%." in text
    assert "What speaks for it: it is ahead of A in number of parameters, 100 against 500." in text
    by_size = sentences("size", candidate(*A), candidate("C", 0.995, 90, FULL))
    assert (
        "It is also behind C in the test, 99.00% against 99.50% "
        "(95% intervals 98.79–99.18% and 99.34–99.62%)." in by_size
    )
    assert "nothing that was measured speaks for it" in by_size


def test_doubt_is_said() -> None:
    close = candidate("C", 0.9895, 100, FULL)
    assert "record overlap. That is no test" in sentences("accuracy", candidate(*A), close)
    cells = verdict(CRITERIA["accuracy"], candidate(*A), [close], decided=True)
    assert "overlap" not in str(cells)  # where there is a test, only it decides
    by_size = verdict(CRITERIA["size"], candidate(*A), [close], decided=False)
    assert "which overlap; the same digits do not tell the two apart" in str(by_size)
    several = sentences("accuracy", candidate(*A), close, candidate(*B))
    assert "C was picked for its score, the best of 2 alternatives" in several
    elsewhere = candidate("D", 0.95, 100, "1,000 digits")
    assert "different digits" in sentences("accuracy", candidate(*A), elsewhere)
    assert "overlap" not in sentences("accuracy", candidate(*A), candidate(*B))


def test_a_tie_and_the_unknown_are_said() -> None:
    twin = candidate("C", 0.99, 500, FULL)
    assert "shares the first place of 2 with C" in sentences("accuracy", candidate(*A), twin)
    unknown = candidate("C", None, 500, FULL)
    assert "nothing speaks for or against C" in sentences("accuracy", unknown, twin)
    assert "nothing to compare with" in sentences("accuracy", twin, unknown)
    assert rank(CRITERIA["accuracy"], candidate(*B), [candidate(*A), unknown]) == (2, 2)
    assert isinstance(CRITERIA["latency"].figure(twin), Missing)


def test_where_the_rival_learned_from_other_digits_it_is_said(few_digits: FewDigits) -> None:
    digits = few_digits(30, 40)
    run = finished_run(Settings(model="lenet5"))
    text = said(gather(run, [shipped("sprint_cnn")], digits), "Data")
    assert "SprintCNN differs: it learned from 59,000 digits of MNIST" in text
    text = said(gather(shipped("lenet5"), [shipped("sprint_cnn")], digits), "Data")
    assert "differs" not in text
    assert "digits that it has never seen" in text


def test_the_criterion_decides_who_is_recommended() -> None:
    both = [candidate(*A), candidate(*B)]
    chosen = {by.key: recommended(by, both[0], both[1:]) for by in CRITERIA.values()}
    assert chosen == {"accuracy": [Name("A")], "size": [Name("B")], "latency": []}
    equal = recommended(CRITERIA["size"], candidate("C", 0.5, 100, FULL), both)
    assert equal == [Name("C"), Name("B")]


def paired(first: list[int], second: list[int]) -> Duel:
    """Two networks that answer a row of zeros so."""
    labels = np.zeros(len(first), np.int64)
    digits = dataclasses.replace(some_digits(len(first)), test_labels=labels)

    def certain(said_: list[int]) -> Answers:
        return Answers(np.eye(10, dtype=np.float32)[said_])

    evidence = Evidence(digits, certain(first), ())
    a, b = candidate(*A), candidate(*B)
    return duel(a, b, evidence, digits, lambda _: certain(second))


def test_two_networks_are_told_apart_on_the_same_digits() -> None:
    # the first alone is right on 9 of 20, the second on 1: p = 2 (1 + 10) / 2**10 by hand
    apart = paired([0] * 9 + [1] + [0] * 10, [1] * 9 + [0] + [0] * 10)
    assert apart.decided
    counted, means = apart.sentences()
    values = [part.value for part in counted if isinstance(part, Figure)]
    assert values[:3] == [20, 9, 1]
    assert values[3] == pytest.approx(40)  # percentage points: 19 against 11 of 20
    ahead = counted[counted.index(" is ahead by ") - 1]
    assert ahead == Name("A")
    assert values[4] < 40 < values[5]
    [chance] = [p for p in means if isinstance(p, Figure) and "McNemar" in p.source]
    assert chance.value == pytest.approx(22 / 1024)
    close = paired([0] * 3 + [1] + [0] * 16, [1] * 3 + [0] + [0] * 16)
    assert not close.decided  # p = 2 (1 + 4) / 2**4


def test_a_damaged_alternative_is_left_out_in_a_sentence(few_digits: FewDigits) -> None:
    damaged = finished_run(Settings(model="lenet5"), label="Broken", test_accuracy=0.995)
    damaged.weights.write_bytes(b"damaged")
    report = gather(shipped("lenet5"), [damaged, shipped("mnist_fcn")], few_digits(30, 40))
    text = said(report, "Alternatives")
    assert "Left out, since the files are damaged: Broken." in text
    assert "| Broken" not in text
    assert " of 2" in said(report, "Why this one")
    assert str(damaged.weights.parent) not in to_markdown(report)


def test_a_rival_without_an_answer_leaves_the_record(few_digits: FewDigits) -> None:
    def refuse(_: networks.Network) -> Answers:
        raise ValueError("/srv/secret/weights")

    other = shipped("sprint_cnn")
    report = gather(shipped("lenet5"), [other], few_digits(30, 40), ask=refuse)
    text = said(report, "Why this one")
    assert "They were not asked about the same digits, so their accuracies on record" in text
    assert "McNemar" not in text
    assert "/srv" not in to_markdown(report)
    assert "Best by accuracy on record: SprintCNN, but it was not asked" in said(report, "In short")


def test_who_is_not_told_apart_is_not_recommended(few_digits: FewDigits) -> None:
    digits = few_digits(30, 40)
    others = [shipped("sprint_cnn")]
    right = np.eye(10, dtype=np.float32)[digits.test_labels]
    report = gather(shipped("lenet5"), others, digits, ask=lambda _: Answers(right))
    assert "Best by accuracy on record: SprintCNN, but the same digits do not tell it from" in said(
        report, "In short"
    )
    wrong = Answers(np.roll(right, 1, axis=1))
    report = gather(shipped("lenet5"), others, digits, ask=lambda _: wrong)
    assert "but asked about the same digits, LeNet-5 is ahead" in said(report, "In short")
    report = gather(others[0], [shipped("lenet5")], digits, ask=lambda _: wrong)
    assert "Recommended by accuracy: SprintCNN." in said(report, "In short")


def test_alternatives_must_do_the_same_task(few_digits: FewDigits) -> None:
    with pytest.raises(ValueError, match="another task"):
        gather(shipped("lenet5"), [shipped("detr")], few_digits(30, 20))
    with pytest.raises(ValueError, match="choose accuracy, latency, size"):
        gather(shipped("lenet5"), [], few_digits(30, 20), by="beauty")


# How to make it again


@pytest.mark.parametrize(
    "settings",
    [
        Settings(model="lenet5", source="embedded"),
        Settings(
            model="mnist_cnn",
            epochs=3,
            learning_rate=0.0035,
            dropout=0.25,
            channels_last=False,
            spare_embedded_test=True,
            seed=7,
            source="embedded",
            schedule="one-cycle",
        ),
    ],
)
def test_the_command_trains_by_the_same_settings(settings: Settings) -> None:
    words = train_command(settings).split()
    assert words[:4] == ["python", "-m", "cnnviz", "train"]
    made = command._new(command._parser().parse_args(words[4:]))
    assert made.settings() == settings


def test_the_command_makes_the_same_weights_to_the_bit(few_digits: FewDigits) -> None:
    settings = Settings(model="lenet5", epochs=1, seed=7, augmentation=1.0, source="embedded")
    words = train_command(settings).split()
    again = command._new(command._parser().parse_args(words[4:])).settings()

    def weights(settings: Settings) -> dict[str, torch.Tensor]:
        trainer = Trainer(build(settings), few_digits(96, 20), settings)
        assert list(trainer.events())
        return trainer.model.state_dict()

    first, second = weights(settings), weights(again)
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = weights(settings.replace(seed=8))
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_the_command_writes_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["shipped-sprint_cnn", "--against", "shipped-lenet5", "--criterion", "size"]
    html, markdown = tmp_path / "a.html", tmp_path / "a.md"
    assert main([*common, "-o", str(html)]) == 0
    assert main([*common, "-o", str(markdown)]) == 0  # the ending tells the format
    capsys.readouterr()
    assert main([*common, "--format", "markdown", "-o", str(markdown)]) == 0
    assert capsys.readouterr().err == f"cnnviz: written over {markdown}\n"
    assert main([*common, "--format", "html", "-o", str(markdown)]) == 2
    assert main([*common, "-o", str(tmp_path / "report.txt")]) == 2
    assert not (tmp_path / "report.txt").exists()
    assert Page.read(html.read_text(encoding="utf-8")).open == []
    text = markdown.read_text(encoding="utf-8")
    assert "By size, SprintCNN is the first of 2" in text
    assert " ".join(["python -m cnnviz report", *common[:1], "--criterion size"]) in text
    assert "--against shipped-lenet5 --format html" in text


@pytest.mark.parametrize("key", ["shipped-nothing", "fresh-lenet5", "../../etc"])
def test_an_unknown_key_is_one_sentence(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([key]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"cnnviz: there is no trained network '{key}': ")
    assert "choose shipped-" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("key", ["shipped-lenet", "lenet5", "shipped-lenet-5"])
def test_a_key_that_is_nearly_right_is_suggested(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([key]) == 2
    assert "did you mean shipped-lenet5" in capsys.readouterr().err


def test_a_damaged_run_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(Settings(model="lenet5"))
    run.weights.with_name("config.json").write_text("{}")
    assert main([run.key]) == 2
    assert capsys.readouterr().err.endswith("another version of cnnviz, or is damaged\n")


def test_a_folder_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shipped-sprint_cnn", "--against", "-o", str(tmp_path / "no" / "a.html")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


# The files


class Page(HTMLParser):
    """What an HTML file holds."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.crossed = False

    @classmethod
    def read(cls, text: str) -> "Page":
        page = cls()
        page.feed(text)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "srcset", "data", "poster"):
                self.addresses.append(value or "")
            if name == "alt":
                self.text += value or ""
            if name == "id":
                self.ids.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.crossed = self.crossed or not self.open or self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.text += data


def plain(markdown: str) -> str:
    """Markdown without its escapes."""
    return re.sub(r"\\(.)", r"\1", markdown.replace("\u2060", ""))


def test_the_html_is_whole_and_fetches_nothing(report: Report) -> None:
    text = to_html(report)
    page = Page.read(text)
    assert not page.crossed
    assert page.open == []
    assert {"script", "link", "iframe", "object", "embed"}.isdisjoint(page.tags)
    papers = [a for a in page.addresses if not a.startswith(("#", "data:image/png;base64,"))]
    assert papers
    assert all(re.match(r"https://(arxiv|doi)\.org/", address) for address in papers)
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)
    assert "url(" not in text
    assert "@import" not in text


def test_a_users_text_is_shown_letter_by_letter(few_digits: FewDigits) -> None:
    evil = finished_run(Settings(model="lenet5"), label=EVIL)
    chosen = gather(evil, [shipped("mnist_cnn")], few_digits(30, 40))
    beside = gather(shipped("mnist_cnn"), [evil], few_digits(30, 40))
    label = runs.run(evil.key).title()
    for report in (chosen, beside):
        page = Page.read(to_html(report))
        assert "script" not in page.tags
        assert label in page.text
        markdown = to_markdown(report)
        assert re.search(r"(?<!\\)!?\[x", markdown) is None
        assert "<script" not in markdown.replace("\\<script", "")
        assert well_formed(markdown)


def well_formed(markdown: str) -> bool:
    """Whether every table has as many cells in each line as in its head."""
    tables = re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE)
    for table in tables:
        lines = table.splitlines()
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
        if len(set(cells)) != 1 or not re.fullmatch(r"\|(?: --- \|)+", lines[1]):
            return False
    return len(tables) > 3


def test_markdown_tables_are_well_formed(report: Report) -> None:
    markdown = to_markdown(report)
    assert well_formed(markdown)
    assert markdown.startswith("# ")
    assert "data:image" not in markdown
    pictures = "<img" in to_html(report)
    assert ("The pictures are in the HTML report." in markdown) is pictures


# The page


@pytest.fixture(scope="module")
def dashboard() -> AppTest:
    return AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()


def test_the_page_says_what_its_link_names_in_vain(dashboard: AppTest) -> None:
    app = dashboard
    app.query_params["report_against"] = "zzz"
    app.query_params["report_criterion"] = "beauty"
    app.switch_page("pages/report.py").run()
    assert not app.exception
    told = " ".join(info.value for info in app.info)
    assert "cannot be found, and may have been deleted: the usual ones are compared" in told
    assert "There is no “beauty” to choose here" in told
    usual = usual_alternatives(shipped("mnist_cnn"))
    assert len(app.multiselect(key="report_against").value) == len(usual)
    assert not {"report_against", "report_criterion"} & set(app.query_params)


def test_the_page_shows_what_its_link_names(dashboard: AppTest) -> None:
    app = dashboard
    app.query_params["report_against"] = "shipped-lenet5"
    app.query_params["report_criterion"] = "size"
    app.switch_page("pages/report.py").run()
    assert not app.exception
    html = app.get("iframe")[0].proto.srcdoc
    assert f"{card('mnist_cnn')['accuracy']:.2%}" in html
    assert "Recommended by size: LeNet-5." in html
    app.session_state["network"] = "shipped-lenet5"
    app.query_params.clear()
    app.run()
    assert not app.exception
    app.query_params["network"] = "shipped-sprint_cnn"  # LeNet-5 was never taken off
    app.run()
    assert app.multiselect(key="report_against").value == ["shipped-lenet5"]
    app.query_params["report_task"] = "Several digits"
    app.run()
    assert not app.exception
    assert f"{card('detr')['accuracy']:.2%}" in app.get("iframe")[0].proto.srcdoc
